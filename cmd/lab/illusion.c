/* SPDX-License-Identifier: MIT */
/* The illusion: tasks that only compute, on one core, one at a time and interleaved. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hocket.h>

#include "lab.h"

#define TASKS	4
#define WORK_MS 60

enum { ONE_AT_A_TIME, SLICES_10, SLICES_1, RUNS };
static const struct {
	const char *name;
	const char *as;
	const char *more;
} settings[RUNS] = {
	{ "none", "sequential", NULL },
	{ "10 ms", "concurrent", "slice=10ms" },
	{ "1 ms", "concurrent", "slice=1ms" },
};

struct illusion {
	struct lab_execution executions[RUNS];
	struct lab_tries tries[RUNS];
	struct lab_spread wall[RUNS];
	struct lab_spread cpu[RUNS];
	int64_t done_ns[RUNS]; /* when the tasks were done, on average, the last time */
	unsigned cuts[RUNS];   /* the last time */
};

static double more_than_first(const struct lab_spread *spreads, int which)
{
	return (double)spreads[which].median / (double)spreads[ONE_AT_A_TIME].median - 1;
}

static void look_at_events(struct illusion *illusion, int which)
{
	const struct events *events = &illusion->executions[which].events;
	int64_t sum = 0;
	unsigned ends = 0;
	for (size_t i = 0; i < events->count; i++) {
		const struct hk_trace_record *record = &events->records[i];
		const struct event_task *task = events_task(events, record->task);
		if (record->what == HK_TRACE_END && task != NULL && task->parent != 0) {
			sum += (int64_t)(record->time_ns - events->header.start_ns);
			ends++;
		}
		illusion->cuts[which] +=
			record->what == HK_TRACE_PARK && record->cause == HK_CAUSE_SLICE;
	}
	illusion->done_ns[which] = ends > 0 ? sum / ends : 0;
}

static void write_sentence(const struct illusion *illusion, char *sentence, size_t size)
{
	char done[RUNS][LAB_TIME_MAX];
	for (int i = 0; i < RUNS; i++)
		lab_report_time(done[i], illusion->done_ns[i]);
	if (illusion->cuts[SLICES_1] == 0) {
		snprintf(sentence, size,
			"Nothing was interleaved: no task was ever interrupted, so both took the "
			"same way through the work (wall time %+.1f %%).",
			100 * more_than_first(illusion->wall, SLICES_1));
		return;
	}
	/* noise goes both ways: a gain must be larger than what one way differs from itself */
	const struct lab_spread *before = &illusion->cpu[ONE_AT_A_TIME];
	const struct lab_spread *after = &illusion->cpu[SLICES_1];
	bool faster = after->median < before->min;
	snprintf(sentence, size,
		"Interleaving on one core %s: %+.1f %% CPU time with slices of 10 ms, %+.1f %% "
		"with 1 ms (wall time %+.1f %% and %+.1f %%). All tasks seemed to run at once; "
		"they were done after %s on average, one at a time after %s.",
		faster ? "took less, against the claim" : "saved no work",
		100 * more_than_first(illusion->cpu, SLICES_10),
		100 * more_than_first(illusion->cpu, SLICES_1),
		100 * more_than_first(illusion->wall, SLICES_10),
		100 * more_than_first(illusion->wall, SLICES_1), done[SLICES_1],
		done[ONE_AT_A_TIME]);
}

static void print_table(const struct illusion *illusion)
{
	printf("  %-5s %7s %7s %7s %7s %7s %7s %4s\n", "slice", "wall", "least", "most", "CPU",
		"more", "done at", "cuts");
	for (int i = 0; i < RUNS; i++) {
		char times[5][LAB_TIME_MAX], more[16] = "";
		if (i != ONE_AT_A_TIME)
			snprintf(more, sizeof(more), "%+.1f %%",
				100 * more_than_first(illusion->wall, i));
		printf("  %-5s %7s %7s %7s %7s %7s %7s %4u\n", settings[i].name,
			lab_report_time(times[0], illusion->wall[i].median),
			lab_report_time(times[1], illusion->wall[i].min),
			lab_report_time(times[2], illusion->wall[i].max),
			lab_report_time(times[3], illusion->cpu[i].median), more,
			lab_report_time(times[4], illusion->done_ns[i]), illusion->cuts[i]);
	}
	lab_report_result(illusion->executions, RUNS);
}

static int print(const struct lab_experiment *experiment, const struct illusion *illusion,
	const char *sentence)
{
	static const char *const lanes[RUNS] = { "one by one", "10 ms", "1 ms" };
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[256];
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"%d tasks compute for %d ms each, on one worker. Measured %d times in turns: the "
		"median, the least and the most. Done at: the average of the tasks.",
		TASKS, WORK_MS, LAB_TRIES);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_table(illusion);
	putchar('\n');
	struct timeline_scale scale = lab_report_scale(&screen, illusion->executions, RUNS);
	timeline_draw_axis(stdout, &screen, &scale, LAB_LANE_INDENT);
	for (int i = 0; i < RUNS; i++) {
		const struct lab_execution *execution = &illusion->executions[i];
		struct timeline_lane lane = { 0 };
		unsigned char *kinds = timeline_customers(&execution->events);
		int err = kinds == NULL ? -1 : timeline_worker(&lane, &execution->events, 0, kinds);
		free(kinds);
		if (err == 0) {
			lab_report_lane(&screen, lanes[i], "");
			timeline_draw(stdout, &screen, &scale, &lane, execution->wall_ns,
				timeline_customer_kinds);
		}
		timeline_free(&lane);
		if (err != 0) {
			fputs("hocket lab illusion: no memory for a timeline\n", stderr);
			return EX_OSERR;
		}
	}
	snprintf(line, sizeof(line), "The core, the last time: a %s is a task.",
		screen.unicode ? "colour" : "letter");
	screen_print(stdout, &screen, 2, "", line);
	lab_report_others(&screen, &illusion->executions[ONE_AT_A_TIME]);
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
	return 0;
}

static int print_json(const struct lab_experiment *experiment, const struct illusion *illusion,
	const char *sentence)
{
	cJSON *json = lab_json_make(experiment, illusion->executions, RUNS);
	cJSON_AddNumberToObject(json, "tries", LAB_TRIES);
	for (int i = 0; i < RUNS && json != NULL; i++) {
		cJSON *item = lab_json_execution(json, (size_t)i);
		if (settings[i].more != NULL)
			cJSON_AddStringToObject(item, "options", settings[i].more);
		lab_json_spread(item, "wall", &illusion->wall[i]);
		lab_json_spread(item, "cpu", &illusion->cpu[i]);
		cJSON_AddNumberToObject(item, "wall_overhead", more_than_first(illusion->wall, i));
		cJSON_AddNumberToObject(item, "cpu_overhead", more_than_first(illusion->cpu, i));
		cJSON_AddNumberToObject(item, "done_average_ns", (double)illusion->done_ns[i]);
		cJSON_AddNumberToObject(item, "cuts", illusion->cuts[i]);
	}
	return lab_json_print(json, sentence);
}

static int measure(struct illusion *illusion, const struct lab_experiment *experiment)
{
	unsigned numbers[] = { TASKS, lab_work_per_ms() * WORK_MS };
	struct lab_arguments arguments;
	lab_arguments_make(&arguments, experiment, numbers, 2);
	for (int i = 0; i < RUNS; i++) {
		illusion->executions[i].as = settings[i].as;
		illusion->executions[i].workers = 1;
		illusion->executions[i].more = settings[i].more;
		illusion->tries[i].arguments = &arguments;
	}
	struct lab_bench bench;
	int code = lab_bench_open(&bench, RUNS * LAB_TRIES);
	if (code != 0)
		return code;
	code = lab_bench_alternate(&bench, illusion->executions, illusion->tries, RUNS);
	lab_bench_close(&bench);
	for (int i = 0; i < RUNS && code == 0; i++) {
		illusion->wall[i] = lab_numbers_spread(illusion->tries[i].wall_ns, LAB_TRIES);
		illusion->cpu[i] = lab_numbers_spread(illusion->tries[i].cpu_ns, LAB_TRIES);
		look_at_events(illusion, i);
	}
	return code;
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct illusion illusion = { .cuts = { 0 } };
	int code = measure(&illusion, experiment);
	if (code == 0) {
		char sentence[512];
		write_sentence(&illusion, sentence, sizeof(sentence));
		code = options->json ? print_json(experiment, &illusion, sentence) :
				       print(experiment, &illusion, sentence);
	}
	if (code == 0)
		code = lab_report_check(experiment, illusion.executions, RUNS);
	for (int i = 0; i < RUNS; i++)
		lab_execution_free(&illusion.executions[i]);
	return code;
}

const struct lab_experiment lab_illusion = {
	.name = "illusion",
	.claim = "concurrency only creates the illusion of parallel execution",
	.about =
		"Runs tasks that only compute on one core, one at a time and interleaved, several\n"
		"times in turns, and says what interleaving costs.\n",
	.run = run,
	.program = lab_loops_program,
};
