/* SPDX-License-Identifier: MIT */
/* Slices: loops that never ask to be interrupted, and how the scheduler cuts them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#include "lab.h"

#define TASKS	4
#define WORK_MS 80

static const struct setting {
	const char *name;
	const char *option;
	hk_time slice_ns; /* 0: off */
} settings[] = {
	{ "0.1 ms", "slice=100us", 100 * HK_US },
	{ "1 ms", "slice=1ms", HK_MS },
	{ "10 ms", "slice=10ms", 10 * HK_MS },
	{ "off", "slice=off", 0 },
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* Where the classes of lengths begin, in us. */
static const int64_t classes[] = { 0, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000 };
#define CLASSES (sizeof(classes) / sizeof(classes[0]))

/* What one execution shows. */
struct view {
	struct timeline_lane lane; /* the worker, tasks in kinds from 1 on */
	int64_t *lengths;	   /* of the slices, sorted */
	size_t count;
	unsigned in_class[CLASSES];
	unsigned cuts; /* slices that ended because they were over */
	unsigned overruns[HK_OVERRUNS];
};

static void add_length(struct view *view, int64_t length)
{
	size_t class = CLASSES - 1;
	while (class > 0 && length < classes[class] * HK_US)
		class --;
	view->in_class[class]++;
	view->lengths[view->count++] = length;
}

/* A task runs from a START or RESUME to its next PARK or END. */
static int measure_slices(struct view *view, const struct events *events)
{
	int64_t *began = calloc(events->task_count + 1, sizeof(*began));
	view->lengths = calloc(events->count + 1, sizeof(*view->lengths));
	if (began == NULL || view->lengths == NULL) {
		free(began);
		return EX_OSERR;
	}
	for (size_t i = 0; i < events->count; i++) {
		const struct hk_trace_record *record = &events->records[i];
		const struct event_task *task = events_task(events, record->task);
		if (task == NULL || task->parent == 0)
			continue; /* the first task only spawns */
		int64_t *from = &began[task - events->tasks];
		if (record->what == HK_TRACE_START || record->what == HK_TRACE_RESUME)
			*from = (int64_t)record->time_ns;
		else if ((record->what == HK_TRACE_PARK || record->what == HK_TRACE_END) &&
			*from > 0)
			add_length(view, (int64_t)record->time_ns - *from);
		view->cuts += record->what == HK_TRACE_PARK && record->cause == HK_CAUSE_SLICE;
		if (record->what == HK_TRACE_OVERRUN)
			view->overruns[record->cause]++;
	}
	free(began);
	lab_numbers_sort(view->lengths, view->count);
	return 0;
}

static int make_view(struct view *view, const struct events *events)
{
	int code = measure_slices(view, events);
	unsigned char *kinds = timeline_customers(events);
	if (code == 0 && (kinds == NULL || timeline_worker(&view->lane, events, 0, kinds) != 0))
		code = EX_OSERR;
	free(kinds);
	return code;
}

static unsigned overruns(const struct view *view)
{
	return view->overruns[HK_OVERRUN_LATE] + view->overruns[HK_OVERRUN_NO_CARRIER];
}

static void write_sentence(const struct view *views, char *sentence, size_t size)
{
	unsigned cuts = 0, late = 0;
	char counts[160] = "";
	size_t used = 0;
	for (size_t i = 0; i + 1 < SETTINGS; i++) {
		char median[LAB_TIME_MAX];
		lab_report_time(median, lab_numbers_at(views[i].lengths, views[i].count, 0.5));
		used += (size_t)snprintf(counts + used, sizeof(counts) - used,
			"%s%.0f of %s (told: %s)",
			i == 0			  ? "" :
				i + 2 == SETTINGS ? " and " :
						    ", ",
			(double)views[i].count / TASKS, median, settings[i].name);
		cuts += views[i].cuts;
		late += overruns(&views[i]);
	}
	const struct view *off = &views[SETTINGS - 1];
	if (cuts == 0)
		snprintf(sentence, size,
			"No loop was ever interrupted: each task kept the core until it was done.");
	else
		snprintf(sentence, size,
			"Loops that never ask were cut into parts, each task into %s on the "
			"median; with slices off into %.0f. %u of %u slices ran over.",
			counts, (double)off->count / TASKS, late, cuts + late);
}

static void print_table(const struct lab_execution *executions, const struct view *views)
{
	printf("  %-6s %7s %7s %5s %7s %7s %7s %5s\n", "slice", "wall", "CPU", "parts", "median",
		"p99", "longest", "over");
	for (size_t i = 0; i < SETTINGS; i++) {
		char wall[LAB_TIME_MAX], cpu[LAB_TIME_MAX], times[3][LAB_TIME_MAX];
		static const double shares[] = { 0.5, 0.99, 1 };
		for (size_t j = 0; j < 3; j++)
			lab_report_time(times[j],
				lab_numbers_at(views[i].lengths, views[i].count, shares[j]));
		printf("  %-6s %7s %7s %5zu %7s %7s %7s %5u\n", settings[i].name,
			lab_report_time(wall, executions[i].wall_ns),
			lab_report_time(cpu, executions[i].cpu_ns), views[i].count, times[0],
			times[1], times[2], overruns(&views[i]));
	}
	lab_report_result(executions, SETTINGS);
}

/* The share of the slices in each class of lengths, in percent. */
static void print_histogram(const struct screen *screen, const struct view *views)
{
	static const char *const names[CLASSES] = { "0", ".05", ".1", ".2", ".5", "1", "2", "5",
		"10", "20", "50" };
	screen_print(stdout, screen, 2, "",
		"Lengths of slices, in % of all of a row, from ... ms on:");
	printf("  %-7s", "slice");
	for (size_t i = 0; i < CLASSES; i++)
		printf(" %3s", names[i]);
	putchar('\n');
	for (size_t i = 0; i < SETTINGS; i++) {
		printf("  %-7s", settings[i].name);
		for (size_t j = 0; j < CLASSES; j++) {
			double share = views[i].count > 0 ?
				100.0 * views[i].in_class[j] / (double)views[i].count :
				0;
			if (views[i].in_class[j] == 0)
				printf(" %s%3s%s", screen_dim(screen), ".", screen_reset(screen));
			else
				printf(" %s%3.*f%s", screen_colour(screen, share >= 50 ? 2 : 3),
					share < 0.95, share, screen_reset(screen));
		}
		putchar('\n');
	}
}

/* The middle of the run, as wide as some slices; all of it where nothing is cut. */
static int print_lane(const struct screen *screen, const struct setting *setting,
	const struct view *view, int64_t wall_ns)
{
	int64_t window = setting->slice_ns > 0 ? 24 * setting->slice_ns : wall_ns;
	if (window > wall_ns || view->cuts == 0)
		window = wall_ns;
	struct timeline_scale scale = { window, screen->width - LAB_LANE_INDENT - 1 };
	struct timeline_lane lane = { 0 };
	int64_t begin = (wall_ns - window) / 2;
	if (timeline_cut(&lane, &view->lane, begin, begin + window) != 0)
		return EX_OSERR;
	timeline_draw_axis(stdout, screen, &scale, LAB_LANE_INDENT);
	lab_report_lane(screen, setting->name, "");
	timeline_draw(stdout, screen, &scale, &lane, window, timeline_customer_kinds);
	timeline_free(&lane);
	return 0;
}

static int print(const struct lab_experiment *experiment, const struct lab_execution *executions,
	const struct view *views, const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[200];
	unsigned late = 0, no_carrier = 0;
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"%d tasks that compute for %d ms each in plain loops, without a call to the "
		"library; one worker, interleaved.",
		TASKS, WORK_MS);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_table(executions, views);
	for (size_t i = 0; i < SETTINGS; i++) {
		late += views[i].overruns[HK_OVERRUN_LATE];
		no_carrier += views[i].overruns[HK_OVERRUN_NO_CARRIER];
	}
	snprintf(line, sizeof(line),
		"Over: a whole slice too long. %u because the interrupt came late, %u because no "
		"kernel thread was left to go on with.",
		late, no_carrier);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_histogram(&screen, views);
	putchar('\n');
	for (size_t i = 0; i < SETTINGS; i++)
		if (print_lane(&screen, &settings[i], &views[i], executions[i].wall_ns) != 0)
			return EX_OSERR;
	snprintf(line, sizeof(line),
		"The core, from the middle of each run, each on its own scale: a %s is a task.",
		screen.unicode ? "colour" : "letter");
	screen_print(stdout, &screen, 2, "", line);
	lab_report_others(&screen, &executions[SETTINGS - 1]);
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
	return 0;
}

static int print_json(const struct lab_experiment *experiment,
	const struct lab_execution *executions, const struct view *views, const char *sentence)
{
	cJSON *json = lab_json_make(experiment, executions, SETTINGS);
	cJSON_AddNumberToObject(json, "tasks", TASKS);
	for (size_t i = 0; i < SETTINGS && json != NULL; i++) {
		const struct view *view = &views[i];
		cJSON *item = lab_json_execution(json, i);
		cJSON_AddNumberToObject(item, "slice_ns", (double)settings[i].slice_ns);
		cJSON_AddNumberToObject(item, "slices", (double)view->count);
		cJSON_AddNumberToObject(item, "cuts", view->cuts);
		cJSON_AddNumberToObject(item, "median_ns",
			(double)lab_numbers_at(view->lengths, view->count, 0.5));
		cJSON_AddNumberToObject(item, "p99_ns",
			(double)lab_numbers_at(view->lengths, view->count, 0.99));
		cJSON_AddNumberToObject(item, "longest_ns",
			(double)lab_numbers_at(view->lengths, view->count, 1));
		cJSON *over = cJSON_AddObjectToObject(item, "overruns");
		cJSON_AddNumberToObject(over, "late", view->overruns[HK_OVERRUN_LATE]);
		cJSON_AddNumberToObject(over, "no_carrier", view->overruns[HK_OVERRUN_NO_CARRIER]);
		cJSON *histogram = cJSON_AddArrayToObject(item, "histogram");
		for (size_t j = 0; j < CLASSES; j++) {
			cJSON *class = cJSON_CreateObject();
			cJSON_AddNumberToObject(class, "from_ns", (double)(classes[j] * HK_US));
			cJSON_AddNumberToObject(class, "slices", view->in_class[j]);
			cJSON_AddItemToArray(histogram, class);
		}
	}
	return lab_json_print(json, sentence);
}

static int report(const struct lab_experiment *experiment, const struct lab_execution *executions,
	bool json)
{
	struct view views[SETTINGS] = { { .count = 0 } };
	int code = 0;
	for (size_t i = 0; i < SETTINGS && code == 0; i++)
		code = make_view(&views[i], &executions[i].events);
	if (code == 0) {
		char sentence[512];
		write_sentence(views, sentence, sizeof(sentence));
		code = json ? print_json(experiment, executions, views, sentence) :
			      print(experiment, executions, views, sentence);
	}
	if (code == EX_OSERR)
		fputs("hocket lab slices: no memory for its timelines\n", stderr);
	for (size_t i = 0; i < SETTINGS; i++) {
		timeline_free(&views[i].lane);
		free(views[i].lengths);
	}
	return code;
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct lab_execution executions[SETTINGS] = { { .as = NULL } };
	unsigned numbers[] = { TASKS, lab_work_per_ms() * WORK_MS };
	struct lab_arguments arguments;
	lab_arguments_make(&arguments, experiment, numbers, 2);
	struct lab_bench bench;
	int code = lab_bench_open(&bench, SETTINGS);
	if (code != 0)
		return code;
	for (size_t i = 0; i < SETTINGS && code == 0; i++) {
		executions[i].as = "concurrent";
		executions[i].workers = 1;
		executions[i].more = settings[i].option;
		code = lab_bench_run(&bench, &executions[i], arguments.argv);
	}
	lab_bench_close(&bench);
	if (code == 0)
		code = report(experiment, executions, options->json);
	if (code == 0)
		code = lab_report_check(experiment, executions, SETTINGS);
	for (size_t i = 0; i < SETTINGS; i++)
		lab_execution_free(&executions[i]);
	return code;
}

const struct lab_experiment lab_slices = {
	.name = "slices",
	.claim = "tasks are cut into parts, each gets a specific time, in interleaved order",
	.about = "Runs plain loops on one core with slices of 0.1, 1 and 10 ms and without: who\n"
		 "ran when, how long the slices were, and which ran over.\n",
	.run = run,
	.program = lab_loops_program,
};
