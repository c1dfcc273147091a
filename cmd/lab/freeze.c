/* SPDX-License-Identifier: MIT */
/* Freeze: a heart that beats every 10 ms, beside something that does not let go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hocket.h>

#include "beside.h"
#include "lab.h"

#define HOG_MS	  1000
#define HOGS	  2
#define ROWS	  4
#define RUNS	  (ROWS * HOGS)
#define BEATS_MAX 20000
/* A gap that is drawn as one: some lateness is noise, of the system and of others. */
#define LATE_NS	  (3 * BESIDE_BEAT_MS * HK_MS)

/* The two runs of a row: beside a loop and beside a sleep. */
static const struct row {
	const char *name;
	const char *lane;
	const char *as;
	const char *more;
	enum beside_runner runner;
} rows[ROWS] = {
	{ "tasks, slices of 10 ms", "slices", "concurrent", "slice=10ms", BESIDE_TASKS },
	{ "tasks, slices off", "off", "concurrent", "slice=off:signals=none", BESIDE_TASKS },
	{ "plain pthreads", "threads", "pthreads", NULL, BESIDE_THREADS },
	{ "a libuv loop", "libuv", "libuv", NULL, BESIDE_LIBUV },
};
static const char *const hogs[HOGS] = { "for (;;);", "raw sleep" };

/* What one run shows. */
struct view {
	struct timeline_lane lane;
	int64_t end;
	int64_t longest_ns;
	unsigned beats;
	unsigned cut; /* times that the system call was cut short */
};

struct freeze {
	long hog_ms;
	size_t rows; /* that this command can run */
	struct lab_execution executions[RUNS];
	struct view views[RUNS];
};

enum { BEATS, FROZEN };
static const struct timeline_kind looks[TIMELINE_KINDS] = {
	[BEATS] = { 'B', 2, false },
	[FROZEN] = { '-', 1, true },
};

static int make_view(struct view *view, const struct lab_execution *execution)
{
	int64_t *beats = calloc(BEATS_MAX, sizeof(*beats));
	if (beats == NULL)
		return EX_OSERR;
	size_t count = lab_numbers_read(execution->output, "beat", beats, BEATS_MAX);
	int err = 0;
	for (size_t i = 1; i < count && err == 0; i++) {
		int64_t gap = beats[i] - beats[i - 1];
		if (gap > view->longest_ns)
			view->longest_ns = gap;
		err = timeline_add(&view->lane, beats[i - 1], beats[i],
			gap < LATE_NS ? BEATS : FROZEN);
	}
	view->beats = (unsigned)count;
	view->end = count > 0 ? beats[count - 1] : 0;
	view->cut = (unsigned)lab_numbers_one(execution->output, "cut");
	free(beats);
	return err == 0 ? 0 : EX_OSERR;
}

static void write_sentence(const struct freeze *freeze, char *sentence, size_t size)
{
	char gaps[RUNS][LAB_TIME_MAX], libuv[96] = "";
	for (size_t i = 0; i < freeze->rows * HOGS; i++)
		lab_report_time(gaps[i], freeze->views[i].longest_ns);
	/* half of the time is more than any noise takes */
	int64_t stopped_ns = freeze->hog_ms * HK_MS / 2;
	bool loops = freeze->views[0].longest_ns < stopped_ns;
	bool sleeps = freeze->views[1].longest_ns < stopped_ns;
	const char *verdict = loops && sleeps ? "no task stopped the other" :
		loops			      ? "only the sleeping task stopped the other" :
		sleeps			      ? "only the looping task stopped the other" :
						"each task stopped the other";
	if (freeze->rows == ROWS)
		snprintf(libuv, sizeof(libuv), ", a libuv loop's %s and %s", gaps[6], gaps[7]);
	snprintf(sentence, size,
		"With slices %s: the longest gap between two beats was %s beside a loop and %s "
		"beside a sleep in the kernel. Without slices it was %s and %s; plain threads' was "
		"%s and %s%s.",
		verdict, gaps[0], gaps[1], gaps[2], gaps[3], gaps[4], gaps[5], libuv);
}

static void print_table(const struct freeze *freeze)
{
	printf("  %-24s %10s %10s\n", "longest gap beside", hogs[0], hogs[1]);
	for (size_t i = 0; i < ROWS; i++) {
		char gaps[HOGS][LAB_TIME_MAX];
		if (i >= freeze->rows) {
			printf("  %-24s %10s\n", rows[i].name, "not installed");
			continue;
		}
		for (size_t j = 0; j < HOGS; j++)
			lab_report_time(gaps[j], freeze->views[i * HOGS + j].longest_ns);
		printf("  %-24s %10s %10s\n", rows[i].name, gaps[0], gaps[1]);
	}
	lab_report_result(freeze->executions, freeze->rows * HOGS);
}

static void print(const struct lab_experiment *experiment, const struct freeze *freeze,
	const char *sentence)
{
	static const char *const short_hogs[HOGS] = { "loop", "sleep" };
	struct screen screen = screen_of(STDOUT_FILENO);
	struct timeline_scale scale = { 1, screen.width - LAB_LANE_INDENT - 1 };
	char line[320], hog[LAB_TIME_MAX];
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"A heart beats every %d ms. Beside it something else loops without a call, or "
		"sleeps in a system call, for %s. All on one CPU, tasks on one worker.",
		BESIDE_BEAT_MS, lab_report_time(hog, freeze->hog_ms * HK_MS));
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_table(freeze);
	putchar('\n');
	for (size_t i = 0; i < freeze->rows * HOGS; i++)
		if (freeze->views[i].end > scale.span_ns)
			scale.span_ns = freeze->views[i].end;
	timeline_draw_axis(stdout, &screen, &scale, LAB_LANE_INDENT);
	for (size_t i = 0; i < freeze->rows * HOGS; i++) {
		lab_report_lane(&screen, i % HOGS == 0 ? rows[i / HOGS].lane : NULL,
			short_hogs[i % HOGS]);
		timeline_draw(stdout, &screen, &scale, &freeze->views[i].lane, freeze->views[i].end,
			looks);
	}
	static const char *const names[] = { "the heart beats", "no beat came" };
	lab_report_legend(&screen, looks, names, 2);
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
}

static int print_json(const struct lab_experiment *experiment, const struct freeze *freeze,
	const char *sentence)
{
	cJSON *json = lab_json_make(experiment, freeze->executions, freeze->rows * HOGS);
	cJSON_AddNumberToObject(json, "beat_ns", (double)(BESIDE_BEAT_MS * HK_MS));
	cJSON_AddNumberToObject(json, "hog_ns", (double)(freeze->hog_ms * HK_MS));
	cJSON_AddBoolToObject(json, "libuv", freeze->rows == ROWS);
	for (size_t i = 0; i < freeze->rows * HOGS && json != NULL; i++) {
		const struct row *row = &rows[i / HOGS];
		cJSON *item = lab_json_execution(json, i);
		cJSON_AddStringToObject(item, "beside", hogs[i % HOGS]);
		if (row->runner == BESIDE_TASKS)
			cJSON_AddStringToObject(item, "options", row->more);
		cJSON_AddNumberToObject(item, "beats", freeze->views[i].beats);
		cJSON_AddNumberToObject(item, "longest_gap_ns",
			(double)freeze->views[i].longest_ns);
		cJSON_AddNumberToObject(item, "calls_cut_short", freeze->views[i].cut);
	}
	return lab_json_print(json, sentence);
}

static int measure(struct freeze *freeze, const struct lab_experiment *experiment)
{
	struct lab_bench bench;
	size_t count = freeze->rows * HOGS;
	int code = lab_bench_open(&bench, (unsigned)count);
	if (code != 0)
		return code;
	for (size_t i = 0; i < count && code == 0; i++) {
		const struct row *row = &rows[i / HOGS];
		unsigned numbers[] = { row->runner, BESIDE_SPIN + (unsigned)(i % HOGS),
			(unsigned)freeze->hog_ms };
		struct lab_arguments arguments;
		lab_arguments_make(&arguments, experiment, numbers, 3);
		freeze->executions[i] = (struct lab_execution){
			.as = row->as,
			.workers = row->runner == BESIDE_THREADS ? 2 : 1,
			.more = row->more,
			.quiet = true,
			.peer = row->runner != BESIDE_TASKS,
		};
		code = lab_bench_run(&bench, &freeze->executions[i], arguments.argv);
	}
	lab_bench_close(&bench);
	return code;
}

static int report(const struct lab_experiment *experiment, struct freeze *freeze, bool json)
{
	size_t count = freeze->rows * HOGS;
	int code = 0;
	for (size_t i = 0; i < count && code == 0; i++)
		code = make_view(&freeze->views[i], &freeze->executions[i]);
	if (code != 0) {
		fputs("hocket lab freeze: no memory for its timelines\n", stderr);
		return code;
	}
	char sentence[640];
	write_sentence(freeze, sentence, sizeof(sentence));
	if (json)
		code = print_json(experiment, freeze, sentence);
	else
		print(experiment, freeze, sentence);
	return code == 0 ? lab_report_check(experiment, freeze->executions, count) : code;
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct freeze freeze = {
		.hog_ms = options->hog_ms > 0 ? options->hog_ms : HOG_MS,
		.rows = beside_has_libuv() ? ROWS : ROWS - 1,
	};
	int code = measure(&freeze, experiment);
	if (code == 0)
		code = report(experiment, &freeze, options->json);
	for (size_t i = 0; i < RUNS; i++) {
		timeline_free(&freeze.views[i].lane);
		lab_execution_free(&freeze.executions[i]);
	}
	return code;
}

const struct lab_experiment lab_freeze = {
	.name = "freeze",
	.claim = "a scheduler gives each task a time: one task must not stop the others",
	.about = "Runs a heart that beats every 10 ms beside a loop without a call, and beside a\n"
		 "sleep in a system call: as tasks with and without slices, as plain threads, and\n"
		 "as callbacks of a libuv loop where libuv is installed.\n",
	.takes = LAB_TAKES_HOG_MS,
	.run = run,
	.program = beside_program,
};
