/* SPDX-License-Identifier: MIT */
/* Threads: which tasks ran on which kernel thread, and what a task and a thread cost. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#include "gather.h"
#include "lab.h"

#define WORKERS	    2
#define THREADS_MAX 8 /* lanes that are shown */
#define COSTS	    2

static const struct {
	const char *name;
	enum gather_way way;
} costs[COSTS] = { { "a task", GATHER_TASKS }, { "a kernel thread", GATHER_THREADS } };

/* A kernel thread that ran tasks. */
struct carrier {
	uint32_t id;
	unsigned tasks; /* different ones */
	struct timeline_lane lane;
};

/* What one execution shows. */
struct view {
	struct carrier carriers[THREADS_MAX];
	size_t shown;
	size_t count;	     /* of all */
	unsigned migrations; /* a task went on on another kernel thread than before */
	unsigned tasks;
	unsigned moved; /* tasks that migrated */
};

struct cost {
	struct lab_execution execution;
	struct lab_arguments arguments;
	struct lab_spread each_ns; /* born, met all others, gone */
	double each_bytes;	   /* resident, while all are there */
};

struct threads {
	struct lab_execution executions[LAB_FOUR];
	struct view views[LAB_FOUR];
	struct cost costs[COSTS];
};

/* What is known of a task while the events are read. */
struct seen {
	bool runs;
	bool started;
	bool moved;
	size_t carrier;	   /* on which it ran last */
	uint32_t carriers; /* a bit for each that it ran on */
};

static size_t find_carrier(struct view *view, uint32_t *ids, uint32_t id)
{
	size_t i = 0;
	while (i < view->count && ids[i] != id)
		i++;
	if (i == view->count) {
		ids[view->count++] = id;
		if (i < THREADS_MAX) {
			view->carriers[i].id = id;
			view->shown = view->count;
		}
	}
	return i;
}

static void note_start(struct view *view, struct seen *task, size_t carrier)
{
	if (task->started && task->carrier != carrier) {
		view->migrations++;
		view->moved += !task->moved;
		task->moved = true;
	}
	view->tasks += !task->started;
	task->started = true;
	task->carrier = carrier;
	if (carrier < THREADS_MAX && (task->carriers & 1u << carrier) == 0) {
		task->carriers |= 1u << carrier;
		view->carriers[carrier].tasks++;
	}
}

/* A stretch begins on the thread that runs the task; who ends it may be another. */
static int read_events(struct view *view, const struct events *events, struct seen *seen,
	uint32_t *ids, const unsigned char *kinds)
{
	int64_t from[THREADS_MAX] = { 0 };
	for (size_t i = 0; i < events->count; i++) {
		const struct hk_trace_record *record = &events->records[i];
		bool begins = record->what == HK_TRACE_START || record->what == HK_TRACE_RESUME;
		bool ends = record->what == HK_TRACE_PARK || record->what == HK_TRACE_END;
		const struct event_task *task = events_task(events, record->task);
		if (task == NULL || task->parent == 0)
			continue; /* the first task only spawns */
		struct seen *one = &seen[task - events->tasks];
		int64_t time = (int64_t)(record->time_ns - events->header.start_ns);
		if (begins) {
			size_t carrier = find_carrier(view, ids, record->thread);
			note_start(view, one, carrier);
			if (carrier < THREADS_MAX)
				from[carrier] = time;
		}
		if (ends && one->runs && one->carrier < THREADS_MAX &&
			timeline_add(&view->carriers[one->carrier].lane, from[one->carrier], time,
				kinds[task - events->tasks]) != 0)
			return EX_OSERR;
		if (begins || ends)
			one->runs = begins;
	}
	return 0;
}

static int make_view(struct view *view, const struct events *events)
{
	struct seen *seen = calloc(events->task_count + 1, sizeof(*seen));
	uint32_t *ids = calloc(events->count + 1, sizeof(*ids));
	unsigned char *kinds = timeline_customers(events);
	int code = EX_OSERR;
	if (seen != NULL && ids != NULL && kinds != NULL)
		code = read_events(view, events, seen, ids, kinds);
	free(seen);
	free(ids);
	free(kinds);
	return code;
}

static void write_sentence(const struct threads *threads, char *sentence, size_t size)
{
	const struct view *view = &threads->views[LAB_COMBINED];
	const struct cost *task = &threads->costs[0], *thread = &threads->costs[1];
	char times[COSTS][LAB_TIME_MAX], sizes[COSTS][LAB_TIME_MAX];
	for (int i = 0; i < COSTS; i++) {
		lab_report_time(times[i], threads->costs[i].each_ns.median);
		lab_report_size(sizes[i], threads->costs[i].each_bytes);
	}
	double ratio = (double)thread->each_ns.median / (double)task->each_ns.median;
	snprintf(sentence, size,
		"The system scheduled %zu kernel thread%s, on which %u tasks ran in turns: %u of "
		"them went on on another one, %u times in all. A task cost %s and %s, a kernel "
		"thread %s and %s: %.*f times the time.",
		view->count, view->count == 1 ? "" : "s", view->tasks, view->moved,
		view->migrations, times[0], sizes[0], times[1], sizes[1], ratio < 10, ratio);
}

static void print_tables(const struct threads *threads)
{
	lab_report_columns("workers");
	printf(" %7s %5s\n", "threads", "moves");
	for (int i = 0; i < LAB_FOUR; i++) {
		lab_report_row(&threads->executions[i]);
		printf(" %7zu %5u\n", threads->views[i].count, threads->views[i].migrations);
	}
	lab_report_result(threads->executions, LAB_FOUR);
	printf("\n  %-16s %9s %9s %9s %10s\n", "cost of", "median", "least", "most", "memory");
	for (int i = 0; i < COSTS; i++) {
		const struct cost *cost = &threads->costs[i];
		char texts[4][LAB_TIME_MAX];
		printf("  %-16s %9s %9s %9s %10s\n", costs[i].name,
			lab_report_time(texts[0], cost->each_ns.median),
			lab_report_time(texts[1], cost->each_ns.min),
			lab_report_time(texts[2], cost->each_ns.max),
			lab_report_size(texts[3], cost->each_bytes));
	}
}

static void print_lanes(const struct threads *threads, const struct screen *screen)
{
	struct timeline_scale scale = lab_report_scale(screen, threads->executions, LAB_FOUR);
	timeline_draw_axis(stdout, screen, &scale, LAB_LANE_INDENT);
	for (int i = 0; i < LAB_FOUR; i++) {
		const struct view *view = &threads->views[i];
		for (size_t j = 0; j < view->shown; j++) {
			char name[16];
			snprintf(name, sizeof(name), "%u", (unsigned)j + 1);
			lab_report_lane(screen, j == 0 ? threads->executions[i].as : NULL, name);
			timeline_draw(stdout, screen, &scale, &view->carriers[j].lane,
				threads->executions[i].wall_ns, timeline_customer_kinds);
		}
		if (view->count > view->shown)
			printf("%*s... and %zu more\n", LAB_LANE_INDENT, "",
				view->count - view->shown);
	}
}

static void print(const struct lab_experiment *experiment, const struct threads *threads,
	const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[256];
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"%d tasks compute and sleep in turns. Threads: kernel threads that ran tasks; "
		"moves: how often a task went on on another one than before.",
		GATHER_WORKERS);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_tables(threads);
	snprintf(line, sizeof(line),
		"%d of each: born, waited until all were there, ended; and what was resident then. "
		"A kernel thread also has a stack in the kernel, which is not in it.",
		GATHER_MANY);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_lanes(threads, &screen);
	snprintf(line, sizeof(line), "A lane is a kernel thread, a %s a task, a dot no task.",
		screen.unicode ? "colour" : "letter");
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
}

static int print_json(const struct lab_experiment *experiment, const struct threads *threads,
	const char *sentence)
{
	cJSON *json = lab_json_make(experiment, threads->executions, LAB_FOUR);
	for (int i = 0; i < LAB_FOUR && json != NULL; i++) {
		const struct view *view = &threads->views[i];
		cJSON *item = lab_json_execution(json, (size_t)i);
		cJSON_AddNumberToObject(item, "tasks", view->tasks);
		cJSON_AddNumberToObject(item, "threads", (double)view->count);
		cJSON_AddNumberToObject(item, "migrations", view->migrations);
		cJSON_AddNumberToObject(item, "tasks_moved", view->moved);
		cJSON *array = cJSON_AddArrayToObject(item, "ran");
		for (size_t j = 0; j < view->shown; j++) {
			cJSON *carrier = cJSON_CreateObject();
			cJSON_AddNumberToObject(carrier, "thread", view->carriers[j].id);
			cJSON_AddNumberToObject(carrier, "tasks", view->carriers[j].tasks);
			cJSON_AddItemToArray(array, carrier);
		}
	}
	cJSON *array = cJSON_AddArrayToObject(json, "costs");
	for (int i = 0; i < COSTS && array != NULL; i++) {
		cJSON *item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "of", costs[i].name);
		cJSON_AddNumberToObject(item, "count", GATHER_MANY);
		lab_json_spread(item, "each", &threads->costs[i].each_ns);
		cJSON_AddNumberToObject(item, "resident_bytes", threads->costs[i].each_bytes);
		cJSON_AddStringToObject(item, "result", threads->costs[i].execution.result);
		cJSON_AddItemToArray(array, item);
	}
	return lab_json_print(json, sentence);
}

static int measure_costs(struct threads *threads, struct lab_bench *bench,
	const struct lab_experiment *experiment)
{
	struct lab_execution executions[COSTS] = { { .as = NULL } };
	struct lab_tries tries[COSTS] = { { .key = NULL } };
	for (int i = 0; i < COSTS; i++) {
		unsigned numbers[] = { costs[i].way, 1 };
		lab_arguments_make(&threads->costs[i].arguments, experiment, numbers, 2);
		tries[i].arguments = &threads->costs[i].arguments;
		tries[i].key = "each";
		executions[i].as = costs[i].way == GATHER_TASKS ? "combined" : "pthreads";
		executions[i].workers = costs[i].way == GATHER_TASKS ? WORKERS : GATHER_MANY;
		executions[i].quiet = true;
		executions[i].peer = costs[i].way != GATHER_TASKS;
	}
	int code = lab_bench_alternate(bench, executions, tries, COSTS);
	for (int i = 0; i < COSTS; i++) {
		struct cost *cost = &threads->costs[i];
		cost->execution = executions[i];
		if (code != 0)
			continue;
		cost->each_ns = lab_numbers_spread(tries[i].value, LAB_TRIES);
		cost->each_bytes =
			(double)lab_numbers_one(executions[i].output, "resident") / GATHER_MANY;
	}
	return code;
}

static int measure(struct threads *threads, const struct lab_experiment *experiment)
{
	unsigned numbers[] = { GATHER_FEW, lab_work_per_ms() };
	struct lab_arguments arguments;
	lab_arguments_make(&arguments, experiment, numbers, 2);
	struct lab_bench bench;
	int code = lab_bench_open(&bench, LAB_FOUR + COSTS * LAB_TRIES);
	if (code != 0)
		return code;
	code = lab_bench_run_four(&bench, threads->executions, WORKERS, arguments.argv);
	if (code == 0)
		code = measure_costs(threads, &bench, experiment);
	lab_bench_close(&bench);
	return code;
}

static int report(const struct lab_experiment *experiment, struct threads *threads, bool json)
{
	int code = 0;
	for (int i = 0; i < LAB_FOUR && code == 0; i++)
		code = make_view(&threads->views[i], &threads->executions[i].events);
	if (code != 0) {
		fputs("hocket lab threads: no memory for its timelines\n", stderr);
		return code;
	}
	char sentence[512];
	write_sentence(threads, sentence, sizeof(sentence));
	if (json)
		code = print_json(experiment, threads, sentence);
	else
		print(experiment, threads, sentence);
	return code == 0 ? lab_report_check(experiment, threads->executions, LAB_FOUR) : code;
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct threads *threads = calloc(1, sizeof(*threads));
	if (threads == NULL) {
		fputs("hocket lab threads: no memory\n", stderr);
		return EX_OSERR;
	}
	int code = measure(threads, experiment);
	if (code == 0)
		code = report(experiment, threads, options->json);
	for (int i = 0; i < LAB_FOUR; i++) {
		lab_execution_free(&threads->executions[i]);
		for (size_t j = 0; j < THREADS_MAX; j++)
			timeline_free(&threads->views[i].carriers[j].lane);
	}
	for (int i = 0; i < COSTS; i++)
		lab_execution_free(&threads->costs[i].execution);
	free(threads);
	return code;
}

const struct lab_experiment lab_threads = {
	.name = "threads",
	.claim = "a thread is the smallest unit that the operating system schedules",
	.about =
		"Shows which tasks ran on which kernel thread under four executions, and measures\n"
		"what a task and a kernel thread cost in time and memory.\n",
	.run = run,
	.program = gather_program,
};
