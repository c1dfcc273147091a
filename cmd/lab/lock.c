/* SPDX-License-Identifier: MIT */
/* A lock: two tasks want it, a third does not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#include "lab.h"

/* --- the program ------------------------------------------------------------------------- */

#define ROUNDS	 2
#define HOLD_MS	 40 /* the owner waits so long with the lock in its hand ... */
#define WORK_MS	 30 /* ... and computes so long */
#define THIRD_MS 240

struct hold {
	hk_time from;
	hk_time to;
};

struct safe {
	struct hk_mutex lock;
	unsigned numbers_per_ms;
	unsigned primes; /* under the lock */
	unsigned count;	 /* of holds, under the lock */
	unsigned owner[2 * ROUNDS];
	struct hold holds[2 * ROUNDS];
	unsigned third_primes;
};

struct owner {
	struct safe *safe;
	unsigned number; /* 1: first, 2: second */
};

static int take_turns(void *arg)
{
	struct owner *owner = arg;
	struct safe *safe = owner->safe;
	for (int round = 0; round < ROUNDS; round++) {
		HK_LOCKED(&safe->lock) {
			hk_time from = hk_now();
			unsigned before = safe->primes;
			unsigned found = lab_work_primes_politely(LAB_WORK_FROM,
				safe->numbers_per_ms * WORK_MS);
			int err = hk_sleep(HOLD_MS * HK_MS);
			if (err < 0)
				return err;
			safe->primes = before + found;
			safe->owner[safe->count] = owner->number;
			safe->holds[safe->count++] = (struct hold){ from, hk_now() };
		}
	}
	return 0;
}

static int go_without(void *arg)
{
	struct safe *safe = arg;
	safe->third_primes =
		lab_work_primes_politely(LAB_WORK_FROM, safe->numbers_per_ms * THIRD_MS);
	return 0;
}

static int start_all(void *arg)
{
	struct owner owners[] = { { arg, 1 }, { arg, 2 } };
	static const char *const names[] = { "first", "second" };
	HK_SCOPE(scope);
	for (int i = 0; i < 2; i++) {
		struct hk_task_options options = HK_TASK_OPTIONS_INIT;
		options.name = names[i];
		hk_spawn_with(&scope, &options, take_turns, &owners[i]);
	}
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;
	options.name = "third";
	hk_spawn_with(&scope, &options, go_without, arg);
	return hk_join(&scope);
}

static int program(int argc, char **argv)
{
	struct safe safe = { .lock = HK_MUTEX_INIT };
	if (!lab_arguments_read(argc, argv, &safe.numbers_per_ms, 1))
		return EX_USAGE;
	int err = hk_run(NULL, start_all, &safe);
	if (err < 0)
		return lab_program_failed("lock", err);
	for (unsigned i = 0; i < safe.count; i++)
		printf("hold %u %" PRId64 " %" PRId64 "\n", safe.owner[i], safe.holds[i].from,
			safe.holds[i].to);
	unsigned results[] = { safe.primes, safe.third_primes };
	printf("result %08x\n", lab_work_checksum(LAB_WORK_CHECKSUM, results, sizeof(results)));
	return EX_OK;
}

/* --- the experiment ---------------------------------------------------------------------- */

#define TASKS 3
static const char *const names[TASKS] = { "first", "second", "third" };

/* What one execution shows. */
struct view {
	struct timeline_lane owner; /* of the lock: kind 1 or 2 */
	struct timeline_lane tasks[TASKS];
	int64_t held_ns;
	int64_t held_least_ns;
	int64_t held_most_ns;
	int64_t waited_ns; /* for the lock, first and second together */
	int64_t waited_most_ns;
	unsigned waits;
	unsigned overtaken;   /* how often one waited, and the other took the lock once more */
	int64_t meanwhile_ns; /* the third ran while one of them waited */
};

static const struct timeline_kind owner_looks[TIMELINE_KINDS] = {
	{ '.', 8, false },
	{ 'F', 3, false },
	{ 'S', 6, false },
};
#define LOOK_RUNS                                                                                  \
	{                                                                                          \
		'#', 2, false                                                                      \
	}
#define LOOK_WAITS                                                                                 \
	{                                                                                          \
		'-', 1, true                                                                       \
	}
static const struct timeline_kind task_looks[TIMELINE_KINDS] = {
	[TIMELINE_RUNS] = LOOK_RUNS,
	[TIMELINE_WAITS + HK_CAUSE_MUTEX] = LOOK_WAITS,
};
static const struct timeline_kind task_looks_seen[] = { LOOK_RUNS, LOOK_WAITS };

static void look_at_holds(struct view *view)
{
	const struct timeline_lane *owner = &view->owner;
	for (size_t i = 0; i < owner->count; i++) {
		const struct timeline_stretch *hold = &owner->stretches[i];
		int64_t ns = hold->to - hold->from;
		view->held_ns += ns;
		if (i == 0 || ns < view->held_least_ns)
			view->held_least_ns = ns;
		if (ns > view->held_most_ns)
			view->held_most_ns = ns;
		const struct timeline_lane *other = &view->tasks[hold->kind == 1 ? 1 : 0];
		if (i + 1 < owner->count && owner->stretches[i + 1].kind == hold->kind)
			view->overtaken += timeline_share(other, TIMELINE_WAITS + HK_CAUSE_MUTEX,
						   hold->from, hold->to) > 0;
	}
}

/* How long a task was parked for the lock between two times; the third's share of that is added. */
static int64_t look_at_wait(struct view *view, const struct timeline_lane *task, int64_t from,
	int64_t to)
{
	int64_t waited = 0;
	for (size_t i = 0; i < task->count; i++) {
		const struct timeline_stretch *wait = &task->stretches[i];
		if (wait->kind != TIMELINE_WAITS + HK_CAUSE_MUTEX || wait->from < from ||
			wait->to > to)
			continue;
		waited += wait->to - wait->from;
		view->meanwhile_ns +=
			timeline_share(&view->tasks[2], TIMELINE_RUNS, wait->from, wait->to);
	}
	return waited;
}

/* A wait lasts until the task has the lock, though it may have been woken and overtaken in it. */
static void look_at_waits(struct view *view)
{
	int64_t last[2] = { 0, 0 };
	for (size_t i = 0; i < view->owner.count; i++) {
		const struct timeline_stretch *hold = &view->owner.stretches[i];
		unsigned owner = hold->kind - 1;
		int64_t waited = look_at_wait(view, &view->tasks[owner], last[owner], hold->from);
		last[owner] = hold->to;
		view->waits += waited > 0;
		view->waited_ns += waited;
		if (waited > view->waited_most_ns)
			view->waited_most_ns = waited;
	}
}

static int make_view(struct view *view, const struct lab_execution *execution)
{
	const struct events *events = &execution->events;
	int err = 0;
	for (const char *line = execution->output; line != NULL && err == 0;) {
		unsigned owner;
		int64_t from, to;
		if (sscanf(line, "hold %u %" SCNd64 " %" SCNd64, &owner, &from, &to) == 3) {
			int64_t start = (int64_t)events->header.start_ns;
			err = timeline_add(&view->owner, from - start, to - start, owner);
		}
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	for (size_t i = 0; i < events->task_count && err == 0; i++)
		for (int j = 0; j < TASKS; j++)
			if (strcmp(events->tasks[i].name, names[j]) == 0)
				err = timeline_task(&view->tasks[j], events, events->tasks[i].id);
	look_at_holds(view);
	look_at_waits(view);
	return err;
}

static void free_view(struct view *view)
{
	timeline_free(&view->owner);
	for (int i = 0; i < TASKS; i++)
		timeline_free(&view->tasks[i]);
}

static void write_sentence(const struct view *views, char *sentence, size_t size)
{
	const struct view *view = &views[LAB_CONCURRENT];
	char waited[LAB_TIME_MAX], meanwhile[LAB_TIME_MAX];
	lab_report_time(waited, view->waited_ns);
	lab_report_time(meanwhile, view->meanwhile_ns);
	if (view->waits == 0)
		snprintf(sentence, size,
			"On one core, interleaved, nobody had to wait for the lock this time.");
	else if (view->meanwhile_ns == 0)
		snprintf(sentence, size,
			"On one core, interleaved, the first two waited %s for the lock, and the "
			"third did not run meanwhile.",
			waited);
	else
		snprintf(sentence, size,
			"On one core, interleaved, the first two waited %s for the lock, and for "
			"%s of it (%.0f %%) the third ran on that core: a task waits for the lock, "
			"not for the CPU. %s",
			waited, meanwhile,
			100 * (double)view->meanwhile_ns / (double)view->waited_ns,
			view->overtaken > 0 ?
				"Its turn is not sure either: who had just released the lock took "
				"it again before the one that waited." :
				"Who waited had it next.");
}

static void print_table(const struct lab_execution *executions, const struct view *views)
{
	lab_report_columns("workers");
	printf(" %7s %7s\n", "waited", "3rd ran");
	for (int i = 0; i < LAB_FOUR; i++) {
		char waited[LAB_TIME_MAX], meanwhile[LAB_TIME_MAX];
		lab_report_row(&executions[i]);
		printf(" %7s %7s\n", lab_report_time(waited, views[i].waited_ns),
			lab_report_time(meanwhile, views[i].meanwhile_ns));
	}
	lab_report_result(executions, LAB_FOUR);
	printf("\n  %-10s %5s %8s %7s %5s %7s %9s\n", "execution", "holds", "shortest", "longest",
		"waits", "longest", "overtaken");
	for (int i = 0; i < LAB_FOUR; i++) {
		char least[LAB_TIME_MAX], most[LAB_TIME_MAX], waited[LAB_TIME_MAX];
		printf("  %-10s %5zu %8s %7s %5u %7s %9u\n", executions[i].as, views[i].owner.count,
			lab_report_time(least, views[i].held_least_ns),
			lab_report_time(most, views[i].held_most_ns), views[i].waits,
			lab_report_time(waited, views[i].waited_most_ns), views[i].overtaken);
	}
}

static int print(const struct lab_experiment *experiment, const struct lab_execution *executions,
	const struct view *views, const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	lab_report_head(&screen, experiment);
	screen_print(stdout, &screen, 2, "",
		"The first and the second task take the lock twice each; with it in their hand "
		"they compute and sleep. The third computes and needs no lock. Waited: for the "
		"lock; 3rd ran: the third, while they waited; overtaken: one waited, and the other "
		"took the lock once more.");
	putchar('\n');
	print_table(executions, views);
	putchar('\n');

	struct timeline_scale scale = lab_report_scale(&screen, executions, LAB_FOUR);
	timeline_draw_axis(stdout, &screen, &scale, LAB_LANE_INDENT);
	for (int i = 0; i < LAB_FOUR; i++) {
		lab_report_lane(&screen, executions[i].as, "");
		timeline_draw(stdout, &screen, &scale, &views[i].owner, executions[i].wall_ns,
			owner_looks);
		for (int j = 0; j < TASKS; j++) {
			lab_report_lane(&screen, NULL, names[j]);
			timeline_draw(stdout, &screen, &scale, &views[i].tasks[j],
				executions[i].wall_ns, task_looks);
		}
	}
	static const char *const owner_names[] = { "the first owns the lock", "the second does" };
	lab_report_legend(&screen, owner_looks + 1, owner_names, 2);
	static const char *const task_names[] = { "runs", "waits for the lock" };
	lab_report_legend(&screen, task_looks_seen, task_names, 2);
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
	return 0;
}

static int print_json(const struct lab_experiment *experiment,
	const struct lab_execution *executions, const struct view *views, const char *sentence)
{
	cJSON *json = lab_json_make(experiment, executions, LAB_FOUR);
	for (int i = 0; i < LAB_FOUR && json != NULL; i++) {
		cJSON *item = lab_json_execution(json, (size_t)i);
		cJSON_AddNumberToObject(item, "held_ns", (double)views[i].held_ns);
		cJSON_AddNumberToObject(item, "waits", views[i].waits);
		cJSON_AddNumberToObject(item, "waited_ns", (double)views[i].waited_ns);
		cJSON_AddNumberToObject(item, "waited_most_ns", (double)views[i].waited_most_ns);
		cJSON_AddNumberToObject(item, "overtaken", views[i].overtaken);
		cJSON *holds = cJSON_AddArrayToObject(item, "holds");
		for (size_t j = 0; j < views[i].owner.count; j++) {
			const struct timeline_stretch *stretch = &views[i].owner.stretches[j];
			cJSON *hold = cJSON_CreateObject();
			cJSON_AddStringToObject(hold, "owner", names[stretch->kind - 1]);
			cJSON_AddNumberToObject(hold, "from_ns", (double)stretch->from);
			cJSON_AddNumberToObject(hold, "to_ns", (double)stretch->to);
			cJSON_AddItemToArray(holds, hold);
		}
		cJSON_AddNumberToObject(item, "third_ran_ns", (double)views[i].meanwhile_ns);
	}
	return lab_json_print(json, sentence);
}

static int report(const struct lab_experiment *experiment, const struct lab_execution *executions,
	bool json)
{
	struct view views[LAB_FOUR] = { 0 };
	int code = 0;
	for (int i = 0; i < LAB_FOUR && code == 0; i++)
		code = make_view(&views[i], &executions[i]) == 0 ? 0 : EX_OSERR;
	if (code != 0)
		fputs("hocket lab lock: no memory for its timelines\n", stderr);
	char sentence[512];
	write_sentence(views, sentence, sizeof(sentence));
	if (code == 0)
		code = json ? print_json(experiment, executions, views, sentence) :
			      print(experiment, executions, views, sentence);
	for (int i = 0; i < LAB_FOUR; i++)
		free_view(&views[i]);
	return code;
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	return lab_four(experiment, options, 2, lab_work_per_ms(), report);
}

const struct lab_experiment lab_lock = {
	.name = "lock",
	.claim = "a thread must acquire the lock first; others wait until it is released",
	.about = "Runs two tasks that want one lock and a third that does not, under four\n"
		 "executions.\n",
	.run = run,
	.program = program,
};
