/* SPDX-License-Identifier: MIT */
/* A crowd: ever more tasks on one core, each in several turns. How long does each wait? */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <hocket.h>

#include "chart.h"
#include "fit.h"
#include "lab.h"

/* --- the program ------------------------------------------------------------------------- */

#define TURNS	4
#define NUMBERS 6 /* looked at in a turn, some 3 us */

struct guest {
	unsigned primes;
	hk_time first;	/* its first turn began */
	hk_time done;	/* its last ended */
	hk_time served; /* it ran so long */
};

struct crowd {
	struct guest *guests;
	unsigned count;
	hk_time came; /* all at once */
};

static int be_served(void *arg)
{
	struct guest *guest = arg;
	guest->first = hk_now();
	for (unsigned i = 0; i < TURNS; i++) {
		hk_time from = hk_now();
		guest->primes += lab_work_primes(LAB_WORK_FROM + i * NUMBERS, NUMBERS);
		guest->done = hk_now();
		guest->served += guest->done - from;
		if (i + 1 < TURNS)
			hk_yield();
	}
	return 0;
}

static int serve_all(void *arg)
{
	struct crowd *crowd = arg;
	HK_SCOPE(scope);
	crowd->came = hk_now();
	for (unsigned i = 0; i < crowd->count; i++)
		hk_spawn(&scope, be_served, &crowd->guests[i]);
	return hk_join(&scope);
}

/* All guests get the same work: any other result than one guest's times their number is wrong. */
static void print_result(const struct crowd *crowd)
{
	uint64_t primes = 0;
	for (unsigned i = 0; i < crowd->count; i++)
		primes += crowd->guests[i].primes;
	uint64_t each[] = { primes / crowd->count, primes % crowd->count };
	printf("result %08x\n", lab_work_checksum(LAB_WORK_CHECKSUM, each, sizeof(each)));
}

static int print_waits(const struct crowd *crowd)
{
	int64_t *first = calloc(crowd->count, sizeof(*first));
	int64_t *all = calloc(crowd->count, sizeof(*all));
	if (first == NULL || all == NULL) {
		free(first);
		free(all);
		fputs("hocket lab crowd: no memory for its waits\n", stderr);
		return EX_OSERR;
	}
	hk_time end = crowd->came;
	for (unsigned i = 0; i < crowd->count; i++) {
		const struct guest *guest = &crowd->guests[i];
		first[i] = guest->first - crowd->came;
		all[i] = guest->done - crowd->came - guest->served;
		end = guest->done > end ? guest->done : end;
	}
	lab_numbers_sort(first, crowd->count);
	lab_numbers_sort(all, crowd->count);
	printf("total %" PRId64 "\n", end - crowd->came);
	printf("first_p50 %" PRId64 "\n", lab_numbers_at(first, crowd->count, 0.5));
	printf("first_p99 %" PRId64 "\n", lab_numbers_at(first, crowd->count, 0.99));
	printf("wait_p50 %" PRId64 "\n", lab_numbers_at(all, crowd->count, 0.5));
	printf("wait_p99 %" PRId64 "\n", lab_numbers_at(all, crowd->count, 0.99));
	free(first);
	free(all);
	return EX_OK;
}

static long memory_used(void)
{
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static int program(int argc, char **argv)
{
	struct crowd crowd = { .count = 0 };
	if (!lab_arguments_read(argc, argv, &crowd.count, 1))
		return EX_USAGE;
	crowd.guests = calloc(crowd.count, sizeof(*crowd.guests));
	if (crowd.guests == NULL) {
		fputs("hocket lab crowd: no memory for its guests\n", stderr);
		return EX_OSERR;
	}
	/* calloc() gives pages when they are written: they are not the tasks' */
	for (unsigned i = 0; i < crowd.count; i++)
		crowd.guests[i].first = 1;
	long before = memory_used();
	int err = hk_run(NULL, serve_all, &crowd);
	printf("memory_kib %ld\n", memory_used() - before);
	int code = err < 0 ? lab_program_failed("crowd", err) : print_waits(&crowd);
	if (code == EX_OK)
		print_result(&crowd);
	free(crowd.guests);
	return code;
}

/* --- the experiment ---------------------------------------------------------------------- */

#define TASKS_MOST 100000
#define POINTS_MAX 16
#define WAYS	   2
#define FIT_FROM   100 /* tasks: below, what is the same for any number decides */

enum number { TOTAL, FIRST_P50, FIRST_P99, WAIT_P50, WAIT_P99, MEMORY, NUMBER_COUNT };
static const char *const keys[NUMBER_COUNT] = { "total", "first_p50", "first_p99", "wait_p50",
	"wait_p99", "memory_kib" };
static const char *const ways[WAYS] = { "sequential", "concurrent" };

struct law {
	bool known;
	double factor;
	double exponent;
};

struct growth {
	size_t points;
	double tasks[POINTS_MAX];
	struct lab_execution executions[WAYS * POINTS_MAX]; /* one way after the other */
	double numbers[WAYS][NUMBER_COUNT][POINTS_MAX];
	struct law laws[WAYS][NUMBER_COUNT];
};

/* 1, 3, 10, 30 ... and the last. */
static void choose_points(struct growth *crowd, long most)
{
	for (long i = 1; i < most && crowd->points + 2 < POINTS_MAX; i *= 10) {
		crowd->tasks[crowd->points++] = (double)i;
		if (3 * i < most)
			crowd->tasks[crowd->points++] = (double)(3 * i);
	}
	crowd->tasks[crowd->points++] = (double)most;
}

static int measure(struct growth *crowd, const struct lab_experiment *experiment)
{
	struct lab_bench bench;
	int code = lab_bench_open(&bench, (unsigned)crowd->points * WAYS);
	if (code != 0)
		return code;
	/* by tasks, then by way: what disturbs one way disturbs the other */
	for (size_t i = 0; i < crowd->points * WAYS && code == 0; i++) {
		size_t way = i % WAYS, point = i / WAYS;
		struct lab_execution *execution = &crowd->executions[way * crowd->points + point];
		unsigned tasks = (unsigned)crowd->tasks[point];
		struct lab_arguments arguments;
		lab_arguments_make(&arguments, experiment, &tasks, 1);
		execution->as = ways[way];
		execution->workers = 1;
		execution->quiet = true;
		code = lab_bench_run(&bench, execution, arguments.argv);
		for (int j = 0; j < NUMBER_COUNT && code == 0; j++)
			crowd->numbers[way][j][point] =
				(double)lab_numbers_one(execution->output, keys[j]);
	}
	lab_bench_close(&bench);
	return code;
}

static void fit(struct growth *crowd)
{
	size_t from = 0;
	while (from < crowd->points && crowd->tasks[from] < FIT_FROM)
		from++;
	if (crowd->points - from < 2)
		from = 0;
	for (int way = 0; way < WAYS; way++)
		for (int i = 0; i < NUMBER_COUNT; i++) {
			struct law *law = &crowd->laws[way][i];
			law->known = fit_power(crowd->tasks + from, crowd->numbers[way][i] + from,
				crowd->points - from, &law->factor, &law->exponent);
		}
}

static const char *time_at(const struct growth *crowd, char buf[LAB_TIME_MAX], int way,
	enum number number, size_t point)
{
	return lab_report_time(buf, (int64_t)crowd->numbers[way][number][point]);
}

static void write_sentence(const struct growth *crowd, char *sentence, size_t size)
{
	size_t last = crowd->points - 1;
	char times[6][LAB_TIME_MAX], laws[96] = "";
	if (crowd->laws[0][WAIT_P50].known && crowd->laws[1][WAIT_P50].known)
		snprintf(laws, sizeof(laws),
			", growing with the crowd to the power of %.2f and %.2f",
			crowd->laws[0][WAIT_P50].exponent, crowd->laws[1][WAIT_P50].exponent);
	snprintf(sentence, size,
		"Among %.0f task%s half waited %s or more when served one after the other, %s when "
		"interleaved%s. The first turn of half of them came after %s and %s. In all it "
		"took %s and %s.",
		crowd->tasks[last], crowd->tasks[last] > 1 ? "s" : "",
		time_at(crowd, times[0], 0, WAIT_P50, last),
		time_at(crowd, times[1], 1, WAIT_P50, last), laws,
		time_at(crowd, times[2], 0, FIRST_P50, last),
		time_at(crowd, times[3], 1, FIRST_P50, last),
		time_at(crowd, times[4], 0, TOTAL, last), time_at(crowd, times[5], 1, TOTAL, last));
}

static void print_table(const struct growth *crowd)
{
	for (int way = 0; way < WAYS; way++) {
		printf("  %-14s %15s %15s\n", ways[way], "first turn", "waits in all");
		printf("  %6s %7s %7s %7s %7s %7s %8s\n", "tasks", "total", "p50", "p99", "p50",
			"p99", "memory");
		for (size_t i = 0; i < crowd->points; i++) {
			char texts[NUMBER_COUNT][LAB_TIME_MAX];
			for (int j = 0; j < MEMORY; j++)
				time_at(crowd, texts[j], way, (enum number)j, i);
			lab_report_size(texts[MEMORY], crowd->numbers[way][MEMORY][i] * 1024);
			printf("  %6.0f %7s %7s %7s %7s %7s %8s\n", crowd->tasks[i], texts[TOTAL],
				texts[FIRST_P50], texts[FIRST_P99], texts[WAIT_P50],
				texts[WAIT_P99], texts[MEMORY]);
		}
		putchar('\n');
	}
	lab_report_result(crowd->executions, crowd->points * WAYS);
}

static void print_laws(const struct growth *crowd, const struct screen *screen)
{
	static const char *const names[] = { [TOTAL] = "total",
		[FIRST_P50] = "first turn, p50",
		[WAIT_P50] = "waits in all, p50" };
	static const enum number shown[] = { TOTAL, FIRST_P50, WAIT_P50 };
	for (int way = 0; way < WAYS; way++)
		for (size_t i = 0; i < 3; i++) {
			const struct law *law = &crowd->laws[way][shown[i]];
			char line[128], factor[LAB_TIME_MAX];
			if (!law->known)
				continue;
			snprintf(line, sizeof(line), "%s, %s = %s x tasks^%.2f", ways[way],
				names[shown[i]], lab_report_time(factor, llround(law->factor)),
				law->exponent);
			screen_print(stdout, screen, 2, "", line);
		}
	if (crowd->laws[0][TOTAL].known)
		putchar('\n');
}

static void print_chart(const struct growth *crowd, const struct screen *screen)
{
	static const struct {
		int way;
		enum number number;
		char letter;
		unsigned colour;
	} curves[] = {
		{ 0, WAIT_P50, 'S', 3 },
		{ 1, WAIT_P50, 'C', 2 },
		{ 1, FIRST_P50, 'f', 6 },
	};
	struct chart_series series[3];
	for (size_t i = 0; i < 3; i++) {
		const struct law *law = &crowd->laws[curves[i].way][curves[i].number];
		series[i] = (struct chart_series){
			.letter = curves[i].letter,
			.colour = curves[i].colour,
			.ns = crowd->numbers[curves[i].way][curves[i].number],
			.factor = law->known ? law->factor : 0,
			.exponent = law->exponent,
		};
	}
	chart_draw(stdout, screen, crowd->tasks, crowd->points, series, 3);
	screen_print(stdout, screen, 2, "",
		"Against the number of tasks, p50: S all waits of a task one after the other, C "
		"interleaved; f the wait for the first turn, interleaved; dots: the laws.");
}

static void print(const struct lab_experiment *experiment, const struct growth *crowd,
	const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[256];
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"All tasks come at once to one worker; each computes in %d turns of a few us and "
		"lets others go first between them.",
		TURNS);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_table(crowd);
	putchar('\n');
	print_chart(crowd, &screen);
	putchar('\n');
	print_laws(crowd, &screen);
	screen_print(stdout, &screen, 0, "", sentence);
}

static int print_json(const struct lab_experiment *experiment, const struct growth *crowd,
	const char *sentence)
{
	cJSON *json = lab_json_make(experiment, crowd->executions, crowd->points * WAYS);
	for (size_t i = 0; i < crowd->points * WAYS && json != NULL; i++) {
		cJSON *item = lab_json_execution(json, i);
		size_t way = i / crowd->points, point = i % crowd->points;
		cJSON_AddNumberToObject(item, "tasks", crowd->tasks[point]);
		for (int j = 0; j < NUMBER_COUNT; j++) {
			char key[32];
			snprintf(key, sizeof(key), "%s%s", keys[j], j == MEMORY ? "" : "_ns");
			cJSON_AddNumberToObject(item, key, crowd->numbers[way][j][point]);
		}
	}
	cJSON *laws = cJSON_AddArrayToObject(json, "laws");
	for (int i = 0; i < WAYS * NUMBER_COUNT && laws != NULL; i++) {
		const struct law *law = &crowd->laws[i / NUMBER_COUNT][i % NUMBER_COUNT];
		if (!law->known)
			continue;
		cJSON *item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "execution", ways[i / NUMBER_COUNT]);
		cJSON_AddStringToObject(item, "of", keys[i % NUMBER_COUNT]);
		cJSON_AddNumberToObject(item, "factor", law->factor);
		cJSON_AddNumberToObject(item, "exponent", law->exponent);
		cJSON_AddItemToArray(laws, item);
	}
	return lab_json_print(json, sentence);
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct growth *crowd = calloc(1, sizeof(*crowd));
	if (crowd == NULL) {
		fputs("hocket lab crowd: no memory\n", stderr);
		return EX_OSERR;
	}
	choose_points(crowd, options->tasks > 0 ? options->tasks : TASKS_MOST);
	int code = measure(crowd, experiment);
	if (code == 0) {
		char sentence[512];
		fit(crowd);
		write_sentence(crowd, sentence, sizeof(sentence));
		if (options->json)
			code = print_json(experiment, crowd, sentence);
		else
			print(experiment, crowd, sentence);
	}
	if (code == 0)
		code = lab_report_check(experiment, crowd->executions, crowd->points * WAYS);
	for (size_t i = 0; i < WAYS * POINTS_MAX; i++)
		lab_execution_free(&crowd->executions[i]);
	free(crowd);
	return code;
}

const struct lab_experiment lab_crowd = {
	.name = "crowd",
	.claim = "performance worsens as tasks grow in number: each waits for its turn",
	.about = "Runs 1 to 100000 tasks on one core, one after the other and interleaved: how\n"
		 "long they wait for their turns, against their number.\n",
	.takes = LAB_TAKES_TASKS,
	.run = run,
	.program = program,
};
