/* SPDX-License-Identifier: MIT */
/* Cores: tasks that only compute, on one worker and on more. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#include "fit.h"
#include "lab.h"

#define POINTS_MAX 16
#define TRIES	   3
#define JOBS_EACH  12 /* for each worker of the largest execution */
#define TOTAL_MS   500
#define LANES_MAX  8

struct cores {
	unsigned cpus;
	unsigned jobs;
	struct lab_execution executions[POINTS_MAX]; /* the best of the tries */
	size_t count;
	size_t within; /* that have no more workers than there are CPUs; the first has one */
	struct fit_point points[POINTS_MAX];
	bool has_amdahl;
	double serial;
	bool has_usl;
	bool usl_beyond; /* it needed points with more workers than CPUs */
	double contention;
	double coherence;
};

/* 1, 2, 3, 4, 6, 8, 12, 16 ... up to `last`, and every multiple of the CPUs on the way. */
static void choose_workers(struct cores *cores)
{
	unsigned last = 2 * cores->cpus;
	for (unsigned n = 1; n <= last && cores->count < POINTS_MAX; n++) {
		unsigned power = 1;
		while (power * 2 <= n)
			power *= 2;
		bool round = n == power || (n >= 2 && n == power + power / 2);
		if (round || n % cores->cpus == 0)
			cores->executions[cores->count++].workers = n;
		if (n <= cores->cpus)
			cores->within = cores->count;
	}
}

/* Measures one execution several times and keeps the fastest: noise only slows down. */
static int measure_best(struct lab_bench *bench, struct lab_execution *best, char *const argv[])
{
	for (int i = 0; i < TRIES; i++) {
		struct lab_execution now = {
			/* each task runs to its end in both: none of them waits */
			.as = best->workers == 1 ? "sequential" : "combined",
			.workers = best->workers,
		};
		int code = lab_bench_run(bench, &now, argv);
		if (code != 0) {
			lab_execution_free(&now);
			return code;
		}
		if (i > 0 && now.wall_ns >= best->wall_ns) {
			lab_execution_free(&now);
			continue;
		}
		lab_execution_free(best);
		*best = now;
	}
	return 0;
}

/* The runtime knows how many CPUs it may use: asks it, by a run with next to nothing to do. */
static int ask_cpus(struct cores *cores, const struct lab_experiment *experiment)
{
	struct lab_arguments arguments;
	lab_arguments_make(&arguments, experiment, (unsigned[]){ 1, 1 }, 2);
	struct lab_execution execution = { .as = "sequential", .workers = 1 };
	struct lab_bench bench;
	int code = lab_bench_open(&bench, 1);
	if (code != 0)
		return code;
	code = lab_bench_run(&bench, &execution, arguments.argv);
	lab_bench_close(&bench);
	cores->cpus = execution.cpus;
	lab_execution_free(&execution);
	return code;
}

static int measure(struct cores *cores, const struct lab_experiment *experiment)
{
	choose_workers(cores);
	unsigned most = cores->executions[cores->count - 1].workers;
	cores->jobs = JOBS_EACH * most;
	unsigned numbers[] = { cores->jobs, lab_work_per_ms() * TOTAL_MS / cores->jobs + 1 };
	struct lab_arguments arguments;
	lab_arguments_make(&arguments, experiment, numbers, 2);
	struct lab_bench bench;
	int code = lab_bench_open(&bench, (unsigned)cores->count * TRIES);
	if (code != 0)
		return code;
	for (size_t i = 0; i < cores->count && code == 0; i++)
		code = measure_best(&bench, &cores->executions[i], arguments.argv);
	lab_bench_close(&bench);
	return code;
}

static void fit(struct cores *cores)
{
	for (size_t i = 0; i < cores->count; i++) {
		cores->points[i].workers = cores->executions[i].workers;
		cores->points[i].speedup =
			(double)cores->executions[0].wall_ns / (double)cores->executions[i].wall_ns;
	}
	cores->has_amdahl = fit_amdahl(cores->points, cores->within, &cores->serial);
	cores->has_usl =
		fit_usl(cores->points, cores->within, &cores->contention, &cores->coherence);
	if (cores->has_usl)
		return;
	cores->usl_beyond = true;
	cores->has_usl =
		fit_usl(cores->points, cores->count, &cores->contention, &cores->coherence);
}

static void write_sentence(const struct cores *cores, char *sentence, size_t size)
{
	size_t last = cores->within - 1, over = cores->count - 1;
	const struct fit_point *at = &cores->points[last], *beyond = &cores->points[over];
	char gain[128];
	double more = beyond->speedup / at->speedup - 1;
	const char *what = more > 0.05 ? "were faster still" :
		more < -0.05	       ? "were slower again" :
					 "gained nothing more";
	snprintf(gain, sizeof(gain), "%.0f workers %s (%.2f times)", beyond->workers, what,
		beyond->speedup);
	if (last == 0)
		snprintf(sentence, size,
			"This machine gives one CPU: there is no core for a second worker, and %s.",
			gain);
	else
		snprintf(sentence, size,
			"%.0f workers on %u CPUs did the same work %.2f times as fast as one (%.0f "
			"%% of what %.0f cores could give); %s.",
			at->workers, cores->cpus, at->speedup, 100 * at->speedup / at->workers,
			at->workers, gain);
}

static void print_amdahl(const struct cores *cores, const struct screen *screen)
{
	char line[512];
	size_t points = cores->within - 1;
	if (!cores->has_amdahl) {
		screen_print(stdout, screen, 2, "",
			"Amdahl: one CPU gives no point to fit a serial share through.");
		return;
	}
	int used = snprintf(line, sizeof(line), "Amdahl: %.1f %% of the work is serial",
		cores->serial * 100);
	if (cores->serial > 0)
		used += snprintf(line + used, sizeof(line) - (size_t)used,
			", so no number of cores could be more than %.*f times as fast",
			cores->serial > 0.1, 1 / cores->serial);
	else
		used += snprintf(line + used, sizeof(line) - (size_t)used, " (below zero: noise)");
	snprintf(line + used, sizeof(line) - (size_t)used,
		". Fitted through %zu point%s besides the first%s.", points, points == 1 ? "" : "s",
		points < 3 ? ": too few to trust, noise goes straight into it" : "");
	screen_print(stdout, screen, 2, "", line);
}

static void print_usl(const struct cores *cores, const struct screen *screen)
{
	char line[512];
	if (!cores->has_usl) {
		screen_print(stdout, screen, 2, "",
			"Universal scalability law: two unknowns, too few points to find them.");
		return;
	}
	size_t points = (cores->usl_beyond ? cores->count : cores->within) - 1;
	snprintf(line, sizeof(line),
		"Universal scalability law: contention %.3f, coherence %.3f%s, fitted "
		"through %zu points besides the first%s.",
		cores->contention, cores->coherence,
		cores->contention < 0 || cores->coherence < 0 ? " (below zero: noise)" : "", points,
		cores->usl_beyond ?
			", those with more workers than CPUs included: it says how this machine "
			"takes too many workers, not how the program scales" :
			points < 4 ? ": too few to trust" :
				     "");
	screen_print(stdout, screen, 2, "", line);
}

static void print_table(const struct cores *cores)
{
	lab_report_columns("workers");
	printf(" %8s %8s\n", "speed-up", "of ideal");
	for (size_t i = 0; i < cores->count; i++) {
		const struct fit_point *point = &cores->points[i];
		lab_report_row(&cores->executions[i]);
		printf(" %8.2f %6.0f %%\n", point->speedup, 100 * point->speedup / point->workers);
	}
	lab_report_result(cores->executions, cores->count);
}

static int print(const struct cores *cores, const struct lab_experiment *experiment,
	const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[256];
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"%u tasks that only compute, on 1 ... %u workers; %u CPU%s. The best of %d "
		"measurements each.",
		cores->jobs, cores->executions[cores->count - 1].workers, cores->cpus,
		cores->cpus == 1 ? "" : "s", TRIES);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_table(cores);
	putchar('\n');

	struct timeline_scale scale = lab_report_scale(&screen, cores->executions, cores->count);
	timeline_draw_axis(stdout, &screen, &scale, LAB_LANE_INDENT);
	size_t shown[] = { 0, cores->within - 1, cores->count - 1 };
	for (size_t i = 0; i < 3; i++) {
		const struct lab_execution *execution = &cores->executions[shown[i]];
		if (i > 0 && shown[i] == shown[i - 1])
			continue;
		unsigned char *kinds = timeline_customers(&execution->events);
		int code = lab_report_workers(&screen, &scale, execution, kinds,
			timeline_customer_kinds, LANES_MAX);
		free(kinds);
		if (code != 0)
			return code;
		if (execution->workers > LANES_MAX)
			printf("%*s... and %u more\n", LAB_LANE_INDENT, "",
				execution->workers - LANES_MAX);
	}
	snprintf(line, sizeof(line), "A lane is a worker, a %s a task, a dot nothing to do.",
		screen.unicode ? "colour" : "letter");
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	lab_report_others(&screen, &cores->executions[cores->within - 1]);
	print_amdahl(cores, &screen);
	print_usl(cores, &screen);
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
	return 0;
}

static int print_json(const struct cores *cores, const struct lab_experiment *experiment,
	const char *sentence)
{
	cJSON *json = lab_json_make(experiment, cores->executions, cores->count);
	for (size_t i = 0; i < cores->count && json != NULL; i++) {
		cJSON *item = lab_json_execution(json, i);
		cJSON_AddNumberToObject(item, "speedup", cores->points[i].speedup);
		cJSON_AddNumberToObject(item, "efficiency",
			cores->points[i].speedup / cores->points[i].workers);
		if (i < cores->within)
			cJSON_AddNumberToObject(item, "taken_by_others",
				lab_report_taken(&cores->executions[i]));
	}
	cJSON *amdahl = cores->has_amdahl ? cJSON_AddObjectToObject(json, "amdahl") :
					    cJSON_AddNullToObject(json, "amdahl");
	if (cores->has_amdahl) {
		cJSON_AddNumberToObject(amdahl, "serial", cores->serial);
		cJSON_AddNumberToObject(amdahl, "points", (double)cores->within);
	}
	cJSON *usl = cores->has_usl ? cJSON_AddObjectToObject(json, "usl") :
				      cJSON_AddNullToObject(json, "usl");
	if (cores->has_usl) {
		cJSON_AddNumberToObject(usl, "contention", cores->contention);
		cJSON_AddNumberToObject(usl, "coherence", cores->coherence);
		cJSON_AddNumberToObject(usl, "points",
			(double)(cores->usl_beyond ? cores->count : cores->within));
		cJSON_AddBoolToObject(usl, "more_workers_than_cpus", cores->usl_beyond);
	}
	return lab_json_print(json, sentence);
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct cores *cores = calloc(1, sizeof(*cores));
	if (cores == NULL) {
		fputs("hocket lab cores: no memory\n", stderr);
		return EX_OSERR;
	}
	int code = ask_cpus(cores, experiment);
	if (code == 0)
		code = measure(cores, experiment);
	if (code == 0) {
		char sentence[512];
		fit(cores);
		write_sentence(cores, sentence, sizeof(sentence));
		code = options->json ? print_json(cores, experiment, sentence) :
				       print(cores, experiment, sentence);
	}
	if (code == 0)
		code = lab_report_check(experiment, cores->executions, cores->count);
	for (size_t i = 0; i < cores->count; i++)
		lab_execution_free(&cores->executions[i]);
	free(cores);
	return code;
}

const struct lab_experiment lab_cores = {
	.name = "cores",
	.claim = "each core runs a task independently",
	.about =
		"Runs tasks that only compute on 1, 2 ... workers, up to twice the CPUs, and fits\n"
		"the laws of Amdahl and Gunther to the speed-ups.\n",
	.run = run,
	.program = lab_loops_program,
};
