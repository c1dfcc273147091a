/* SPDX-License-Identifier: MIT */
/* Switching: two who take turns, as tasks and as kernel threads; and what slices cost. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hocket.h>

#include "lab.h"

/* --- the program ------------------------------------------------------------------------- */

/* From 1 on: an argument. */
enum way { YIELD = 1, SEMAPHORE, THREADS, ANY_CPU, LOOPS, WAYS };

struct table {
	enum way way;
	unsigned turns; /* of each */
	unsigned taken;
	struct hk_sem sems[2];
	sem_t system_sems[2];
	hk_time passed;
};

struct player {
	struct table *table;
	unsigned number; /* 0 or 1 */
};

static int play(void *arg)
{
	struct player *player = arg;
	struct table *table = player->table;
	for (unsigned i = 0; i < table->turns; i++) {
		if (table->way == YIELD) {
			table->taken++;
			hk_yield();
			continue;
		}
		int err = hk_sem_wait(&table->sems[player->number]);
		if (err < 0)
			return err;
		table->taken++;
		hk_sem_post(&table->sems[1 - player->number]);
	}
	return 0;
}

static int play_as_tasks(void *arg)
{
	struct table *table = arg;
	struct player players[] = { { table, 0 }, { table, 1 } };
	HK_SCOPE(scope);
	hk_time begin = hk_now();
	hk_spawn(&scope, play, &players[0]);
	hk_spawn(&scope, play, &players[1]);
	int err = hk_join(&scope);
	table->passed = hk_now() - begin;
	return err;
}

static void *play_as_thread(void *arg)
{
	struct player *player = arg;
	struct table *table = player->table;
	for (unsigned i = 0; i < table->turns; i++) {
		while (sem_wait(&table->system_sems[player->number]) != 0)
			;
		table->taken++;
		sem_post(&table->system_sems[1 - player->number]);
	}
	return NULL;
}

static int use_one_cpu(void)
{
	cpu_set_t all, one;
	int cpu = sched_getcpu();
	if (cpu < 0 || sched_getaffinity(0, sizeof(all), &all) != 0)
		return -errno;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) == 0 ? 0 : -errno;
}

static int play_as_threads(struct table *table)
{
	int err = table->way == THREADS ? use_one_cpu() : 0;
	if (err < 0)
		return err;
	sem_init(&table->system_sems[0], 0, 1);
	sem_init(&table->system_sems[1], 0, 0);
	struct player players[] = { { table, 0 }, { table, 1 } };
	pthread_t other;
	hk_time begin = hk_now();
	err = -pthread_create(&other, NULL, play_as_thread, &players[1]);
	if (err < 0)
		return err;
	play_as_thread(&players[0]);
	pthread_join(other, NULL);
	table->passed = hk_now() - begin;
	return 0;
}

/* Tasks are so quick that they play several times; the result is that of the last. */
static int program(int argc, char **argv)
{
	unsigned numbers[3]; /* the way, turns of each, how many times */
	if (!lab_arguments_read(argc, argv, numbers, 3) || numbers[0] >= WAYS)
		return EX_USAGE;
	if (numbers[0] == LOOPS)
		return lab_loops_run("switching", numbers[2], numbers[1]);
	struct table table = { .way = numbers[0], .turns = numbers[1] };
	hk_time best = HK_FOREVER;
	for (unsigned i = 0; i < numbers[2]; i++) {
		table.taken = 0;
		table.sems[0] = (struct hk_sem)HK_SEM_INIT(1);
		table.sems[1] = (struct hk_sem)HK_SEM_INIT(0);
		int err = table.way >= THREADS ? play_as_threads(&table) :
						 hk_run(NULL, play_as_tasks, &table);
		if (err < 0)
			return lab_program_failed("switching", err);
		if (table.passed < best)
			best = table.passed;
	}
	/* each turn ends with one switch; in ps, as some take a few ns */
	printf("ps %" PRId64 "\n", best * 1000 / (2 * (int64_t)table.turns));
	printf("result %08x\n",
		lab_work_checksum(LAB_WORK_CHECKSUM, &table.taken, sizeof(table.taken)));
	return EX_OK;
}

/* --- the experiment ---------------------------------------------------------------------- */

#define TURNS	  20000
#define TASK_WAYS 2
#define MATCHES	  4
#define LOOP_MS	  60
#define SETTINGS  4

static const struct match {
	const char *name;
	enum way way;
	const char *as;
	unsigned workers;
	unsigned times;
} matches[MATCHES] = {
	{ "two tasks that yield", YIELD, "concurrent", 1, 10 },
	{ "two tasks, semaphores", SEMAPHORE, "concurrent", 1, 10 },
	{ "two threads, one CPU", THREADS, "pthreads", 2, 1 },
	{ "two threads, any CPU", ANY_CPU, "pthreads", 2, 1 },
};

static const struct setting {
	const char *name;
	const char *option;
	hk_time slice_ns;
} settings[SETTINGS] = {
	{ "off", "slice=off", 0 },
	{ "10 ms", "slice=10ms", 10 * HK_MS },
	{ "1 ms", "slice=1ms", HK_MS },
	{ "0.1 ms", "slice=100us", 100 * HK_US },
};

struct switching {
	struct lab_arguments arguments[MATCHES + 1];
	struct lab_execution matches[MATCHES];
	struct lab_tries match_tries[MATCHES];
	struct lab_spread ps[MATCHES];
	struct lab_execution loops[SETTINGS];
	struct lab_tries loop_tries[SETTINGS];
	struct lab_spread cpu[SETTINGS];
};

/* What a setting costs of the CPU time, against slices off. */
static double cost(const struct switching *switching, int setting)
{
	return (double)switching->cpu[setting].median / (double)switching->cpu[0].median - 1;
}

static uint64_t cuts(const struct switching *switching, int setting)
{
	return switching->loops[setting].parks[HK_CAUSE_SLICE];
}

static const char *write_ns(char buf[LAB_TIME_MAX], int64_t ps)
{
	snprintf(buf, LAB_TIME_MAX, ps < 100000 ? "%.1f ns" : "%.0f ns", (double)ps / 1000);
	return buf;
}

static void write_sentence(const struct switching *switching, char *sentence, size_t size)
{
	char task[LAB_TIME_MAX], thread[LAB_TIME_MAX], slices[160];
	const struct lab_spread *tasks = &switching->ps[1], *threads = &switching->ps[2];
	double times = (double)threads->median / (double)tasks->median;
	if (cuts(switching, 3) == 0)
		snprintf(slices, sizeof(slices), "Slices cut nothing here");
	else
		snprintf(slices, sizeof(slices),
			"Slices cost %.1f %% of the CPU time at 10 ms, %.1f %% at 1 ms, %.1f %% at "
			"0.1 ms",
			100 * cost(switching, 1), 100 * cost(switching, 2),
			100 * cost(switching, 3));
	snprintf(sentence, size,
		"A switch between tasks that wait for each other took %s, between kernel threads "
		"on one CPU %s: %.*f times as %s. %s.",
		write_ns(task, tasks->median), write_ns(thread, threads->median),
		times >= 10 || times < 0.1 ? 0 : 1, times >= 1 ? times : 1 / times,
		times >= 1 ? "long" : "short", slices);
}

static void print_matches(const struct switching *switching, const struct screen *screen)
{
	double most = 0;
	for (int i = 0; i < MATCHES; i++)
		if ((double)switching->ps[i].median > most)
			most = (double)switching->ps[i].median;
	printf("  %-22s %9s %9s %9s\n", "a switch", "median", "least", "most");
	for (int i = 0; i < MATCHES; i++) {
		const struct lab_spread *ps = &switching->ps[i];
		char times[3][LAB_TIME_MAX];
		printf("  %-22s %9s %9s %9s\n", matches[i].name, write_ns(times[0], ps->median),
			write_ns(times[1], ps->min), write_ns(times[2], ps->max));
	}
	lab_report_result(switching->matches, MATCHES);
	putchar('\n');
	for (int i = 0; i < MATCHES; i++) {
		printf("  %-22s %s", matches[i].name, screen->unicode ? "▕" : "|");
		lab_report_bar(screen, screen->width - 27, (double)switching->ps[i].median, most,
			i < TASK_WAYS ? 2 : 1);
		putchar('\n');
	}
}

static void print_loops(const struct switching *switching)
{
	printf("  %-10s %8s %8s %8s %8s %8s\n", "slice", "CPU", "least", "most", "more", "cuts");
	for (int i = 0; i < SETTINGS; i++) {
		const struct lab_spread *cpu = &switching->cpu[i];
		char times[3][LAB_TIME_MAX], more[16] = "";
		if (i > 0)
			snprintf(more, sizeof(more), "%+.1f %%", 100 * cost(switching, i));
		printf("  %-10s %8s %8s %8s %8s %8" PRIu64 "\n", settings[i].name,
			lab_report_time(times[0], cpu->median), lab_report_time(times[1], cpu->min),
			lab_report_time(times[2], cpu->max), more, cuts(switching, i));
	}
	lab_report_result(switching->loops, SETTINGS);
}

static void print(const struct lab_experiment *experiment, const struct switching *switching,
	const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[256];
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"Two take turns, %d times each; measured %d times in turns with the others.", TURNS,
		LAB_TRIES);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_matches(switching, &screen);
	putchar('\n');
	snprintf(line, sizeof(line),
		"Two tasks compute for %d ms each in plain loops, on one worker, cut by slices:",
		LOOP_MS);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_loops(switching);
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
}

static void add_spread_ns(cJSON *item, const struct lab_spread *ps)
{
	cJSON_AddNumberToObject(item, "switch_median_ns", (double)ps->median / 1000);
	cJSON_AddNumberToObject(item, "switch_min_ns", (double)ps->min / 1000);
	cJSON_AddNumberToObject(item, "switch_max_ns", (double)ps->max / 1000);
}

static int print_json(const struct lab_experiment *experiment, const struct switching *switching,
	const char *sentence)
{
	cJSON *json = lab_json_make(experiment, switching->matches, MATCHES);
	for (int i = 0; i < MATCHES && json != NULL; i++) {
		cJSON *item = lab_json_execution(json, (size_t)i);
		cJSON_AddStringToObject(item, "who", matches[i].name);
		add_spread_ns(item, &switching->ps[i]);
	}
	cJSON *slices = cJSON_AddArrayToObject(json, "slices");
	for (int i = 0; i < SETTINGS && slices != NULL; i++) {
		cJSON *item = cJSON_CreateObject();
		cJSON_AddNumberToObject(item, "slice_ns", (double)settings[i].slice_ns);
		lab_json_spread(item, "cpu", &switching->cpu[i]);
		cJSON_AddNumberToObject(item, "cost", cost(switching, i));
		cJSON_AddNumberToObject(item, "cuts", (double)cuts(switching, i));
		cJSON_AddStringToObject(item, "result", switching->loops[i].result);
		cJSON_AddItemToArray(slices, item);
	}
	return lab_json_print(json, sentence);
}

static void prepare(struct switching *switching, const struct lab_experiment *experiment)
{
	unsigned loops[] = { LOOPS, lab_work_per_ms() * LOOP_MS, 2 };
	for (int i = 0; i < MATCHES; i++) {
		unsigned numbers[] = { matches[i].way, TURNS, matches[i].times };
		lab_arguments_make(&switching->arguments[i], experiment, numbers, 3);
		switching->match_tries[i].arguments = &switching->arguments[i];
		switching->match_tries[i].key = "ps";
		switching->matches[i].as = matches[i].as;
		switching->matches[i].workers = matches[i].workers;
		switching->matches[i].quiet = true;
		switching->matches[i].peer = i >= TASK_WAYS;
	}
	lab_arguments_make(&switching->arguments[MATCHES], experiment, loops, 3);
	for (int i = 0; i < SETTINGS; i++) {
		switching->loop_tries[i].arguments = &switching->arguments[MATCHES];
		switching->loops[i].as = "concurrent";
		switching->loops[i].workers = 1;
		switching->loops[i].more = settings[i].option;
		switching->loops[i].quiet = true;
	}
}

static int measure(struct switching *switching, const struct lab_experiment *experiment)
{
	struct lab_bench bench;
	prepare(switching, experiment);
	int code = lab_bench_open(&bench, (MATCHES + SETTINGS) * LAB_TRIES);
	if (code != 0)
		return code;
	code = lab_bench_alternate(&bench, switching->matches, switching->match_tries, MATCHES);
	if (code == 0)
		code = lab_bench_alternate(&bench, switching->loops, switching->loop_tries,
			SETTINGS);
	lab_bench_close(&bench);
	for (int i = 0; i < MATCHES && code == 0; i++)
		switching->ps[i] = lab_numbers_spread(switching->match_tries[i].value, LAB_TRIES);
	for (int i = 0; i < SETTINGS && code == 0; i++)
		switching->cpu[i] = lab_numbers_spread(switching->loop_tries[i].cpu_ns, LAB_TRIES);
	return code;
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct switching *switching = calloc(1, sizeof(*switching));
	if (switching == NULL) {
		fputs("hocket lab switching: no memory\n", stderr);
		return EX_OSERR;
	}
	int code = measure(switching, experiment);
	if (code == 0) {
		char sentence[512];
		write_sentence(switching, sentence, sizeof(sentence));
		if (options->json)
			code = print_json(experiment, switching, sentence);
		else
			print(experiment, switching, sentence);
	}
	if (code == 0)
		code = lab_report_check(experiment, switching->matches, MATCHES);
	if (code == 0)
		code = lab_report_check(experiment, switching->loops, SETTINGS);
	for (int i = 0; i < MATCHES; i++)
		lab_execution_free(&switching->matches[i]);
	for (int i = 0; i < SETTINGS; i++)
		lab_execution_free(&switching->loops[i]);
	free(switching);
	return code;
}

const struct lab_experiment lab_switching = {
	.name = "switching",
	.claim = "switching between tasks is concurrency",
	.about = "Measures a switch between two tasks and between two kernel threads, and what\n"
		 "slices cost tasks that only compute.\n",
	.run = run,
	.program = program,
};
