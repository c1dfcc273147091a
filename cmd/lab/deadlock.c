/* SPDX-License-Identifier: MIT */
/* Dining cooks: a version that can deadlock, and two that cannot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#include "dining.h"
#include "lab.h"

#define TRIES	 5 /* of each version in each execution */
#define NAME_MAX 32

static const char *const names[DINING_WAYS] = {
	[DINING_LEFT] = "left",
	[DINING_ORDER] = "ordered",
	[DINING_SEATS] = "seats",
};

/* One of those who wait for each other, as the report has it. */
struct waiter {
	char name[NAME_MAX];
	char where[LAB_PATH_MAX]; /* it was spawned */
	char holder[NAME_MAX];
};

/* A version in one execution. */
struct dinner {
	struct lab_execution execution; /* the last */
	unsigned deadlocks;
	char *report; /* of the last deadlock; NULL: there was none */
	struct timeline_lane lanes[DINING_COOKS];
	int64_t end;
};

struct deadlock {
	struct dinner dinners[DINING_WAYS][LAB_FOUR];
	const struct dinner *shown; /* whose report is shown; NULL: nobody's */
	char *warning;		    /* of the order of locks; NULL, or empty: there was none */
	struct waiter waiters[DINING_COOKS];
	size_t waiter_count;
};

/* *said (to be freed): what the program wrote on stderr. */
static int measure_one(struct dinner *dinner, int way, struct lab_bench *bench,
	const struct lab_experiment *experiment, unsigned numbers, char **said)
{
	unsigned all[] = { (unsigned)way, numbers };
	struct lab_arguments arguments;
	lab_arguments_make(&arguments, experiment, all, 2);
	bool deadlock;
	lab_execution_free(&dinner->execution);
	dinner->execution.result = NULL;
	int code = lab_bench_dare(bench, &dinner->execution, arguments.argv, said, &deadlock);
	if (code != 0)
		return code;
	dinner->deadlocks += deadlock;
	return 0;
}

static int measure_dinners(struct deadlock *deadlock, int way, struct lab_bench *bench,
	const struct lab_experiment *experiment, unsigned numbers)
{
	static const char *const as[] = { "sequential", "concurrent", "parallel", "combined" };
	int code = 0;
	for (int i = 0; i < LAB_FOUR * TRIES && code == 0; i++) {
		struct dinner *dinner = &deadlock->dinners[way][i / TRIES];
		unsigned before = dinner->deadlocks;
		char *said;
		dinner->execution.as = as[i / TRIES];
		dinner->execution.workers = i / TRIES < LAB_PARALLEL ? 1 : DINING_COOKS;
		dinner->execution.more = "deadlock=exit:locks=off";
		code = measure_one(dinner, way, bench, experiment, numbers, &said);
		if (code != 0)
			return code;
		if (dinner->deadlocks == before) {
			fputs(said, stderr);
			free(said);
			continue;
		}
		free(dinner->report);
		dinner->report = said;
	}
	return code;
}

/* One cook after the other, when nothing can happen: what is said of the order of locks. */
static int measure_warning(struct deadlock *deadlock, struct lab_bench *bench,
	const struct lab_experiment *experiment, unsigned numbers)
{
	struct dinner dinner = { .deadlocks = 0 };
	dinner.execution.as = "sequential";
	dinner.execution.workers = 1;
	dinner.execution.more = "deadlock=exit:locks=check";
	dinner.execution.quiet = true;
	int code =
		measure_one(&dinner, DINING_LEFT, bench, experiment, numbers, &deadlock->warning);
	lab_execution_free(&dinner.execution);
	return code;
}

static int measure(struct deadlock *deadlock, const struct lab_experiment *experiment)
{
	unsigned numbers = lab_work_per_ms() / 5 + 1;
	struct lab_bench bench;
	int code = lab_bench_open(&bench, (DINING_WAYS - 1) * LAB_FOUR * TRIES + 1);
	if (code != 0)
		return code;
	for (int way = DINING_LEFT; way < DINING_WAYS && code == 0; way++)
		code = measure_dinners(deadlock, way, &bench, experiment, numbers);
	if (code == 0)
		code = measure_warning(deadlock, &bench, experiment, numbers);
	lab_bench_close(&bench);
	return code;
}

/* Reads `task 6 "cook 5" (spawned at a.c:17) waits for ..., which task 2 "cook 1" holds`. */
static bool read_waiter(struct waiter *waiter, const char *line, size_t length)
{
	char text[LAB_PATH_MAX];
	snprintf(text, sizeof(text), "%.*s", (int)length, line);
	const char *task = strstr(text, "task "), *by = strstr(text, "which task ");
	return task != NULL && by != NULL &&
		sscanf(task, "task %*u \"%31[^\"]\" (spawned at %4095[^)])", waiter->name,
			waiter->where) == 2 &&
		sscanf(by, "which task %*u \"%31[^\"]\" holds", waiter->holder) == 1;
}

static void read_report(struct deadlock *deadlock)
{
	for (const char *line = deadlock->shown->report;
		line != NULL && deadlock->waiter_count < DINING_COOKS;) {
		if (read_waiter(&deadlock->waiters[deadlock->waiter_count], line,
			    strcspn(line, "\n")))
			deadlock->waiter_count++;
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
}

/* What a cook did; a wait that has no end is drawn on, a little further than the last event. */
static int draw_lane(struct dinner *dinner, int cook)
{
	const struct events *events = &dinner->execution.events;
	struct timeline_lane *lane = &dinner->lanes[cook];
	const struct hk_trace_record *last = NULL;
	const struct event_task *task = NULL;
	for (size_t i = 0; i < events->task_count && task == NULL; i++)
		if (strcmp(events->tasks[i].name, dining_names[cook]) == 0)
			task = &events->tasks[i];
	if (task == NULL)
		return 0;
	for (size_t i = 0; i < events->count; i++)
		if (events->records[i].task == task->id)
			last = &events->records[i];
	int err = timeline_task(lane, events, task->id);
	if (err == 0 && last != NULL && last->what == HK_TRACE_PARK)
		err = timeline_add(lane, (int64_t)(last->time_ns - events->header.start_ns),
			dinner->end, TIMELINE_WAITS + last->cause);
	return err;
}

static int draw_lanes(struct dinner *dinner)
{
	const struct events *events = &dinner->execution.events;
	if (events->count > 0)
		dinner->end = (int64_t)(events->records[events->count - 1].time_ns -
			events->header.start_ns);
	if (dinner->report != NULL)
		dinner->end += dinner->end / 4;
	for (int i = 0; i < DINING_COOKS; i++)
		if (draw_lane(dinner, i) != 0) {
			fputs("hocket lab deadlock: no memory for its timelines\n", stderr);
			return EX_OSERR;
		}
	return 0;
}

/* Whoever ate up has the same result; and with an order, or seats, all eat up. */
static int check(const struct deadlock *deadlock)
{
	const char *result = NULL;
	for (int way = DINING_LEFT; way < DINING_WAYS; way++)
		for (int i = 0; i < LAB_FOUR; i++) {
			const struct dinner *dinner = &deadlock->dinners[way][i];
			const char *theirs = dinner->execution.result;
			if (way != DINING_LEFT && dinner->deadlocks > 0) {
				fprintf(stderr, "hocket lab deadlock: %s, %s: a deadlock:\n%s",
					dinner->execution.as, names[way], dinner->report);
				return EX_SOFTWARE;
			}
			if (result != NULL && theirs != NULL && strcmp(result, theirs) != 0) {
				fputs("hocket lab deadlock: the results of the executions differ\n",
					stderr);
				return EX_SOFTWARE;
			}
			result = theirs != NULL ? theirs : result;
		}
	return 0;
}

static void write_sentence(const struct deadlock *deadlock, char *sentence, size_t size)
{
	const struct dinner *left = deadlock->dinners[DINING_LEFT];
	unsigned all = left[LAB_CONCURRENT].deadlocks + left[LAB_PARALLEL].deadlocks +
		left[LAB_COMBINED].deadlocks;
	int length;
	if (all == 0)
		length = snprintf(sentence, size,
			"With the left knife first, no dinner deadlocked this time, which does not "
			"show that none ever will.");
	else
		length = snprintf(sentence, size,
			"With the left knife first, %u of %d dinners deadlocked on one core, "
			"interleaved, %u on %d workers and %u with both; one cook after the other, "
			"%u%s. Each deadlock was proven and reported, with who waits for whom.",
			left[LAB_CONCURRENT].deadlocks, TRIES, left[LAB_PARALLEL].deadlocks,
			DINING_COOKS, left[LAB_COMBINED].deadlocks, left[LAB_SEQUENTIAL].deadlocks,
			*deadlock->warning != '\0' ? ", yet there the order of locks told it" : "");
	snprintf(sentence + length, size - (size_t)length,
		" With ordered knives, or a seat less than cooks, none of %d did: that they cannot "
		"follows from how they are written, not from these runs.",
		(DINING_WAYS - DINING_ORDER) * LAB_FOUR * TRIES);
}

static void print_table(const struct deadlock *deadlock)
{
	printf("  %-10s %7s %5s %7s %5s %9s %9s\n", "execution", "workers", names[DINING_LEFT],
		names[DINING_ORDER], names[DINING_SEATS], "ordered", "seats");
	for (int i = 0; i < LAB_FOUR; i++) {
		char ordered[LAB_TIME_MAX], seats[LAB_TIME_MAX];
		const struct lab_execution *execution =
			&deadlock->dinners[DINING_ORDER][i].execution;
		lab_report_time(ordered, execution->wall_ns);
		lab_report_time(seats, deadlock->dinners[DINING_SEATS][i].execution.wall_ns);
		printf("  %-10s %7u %5u %7u %5u %9s %9s\n", execution->as, execution->workers,
			deadlock->dinners[DINING_LEFT][i].deadlocks,
			deadlock->dinners[DINING_ORDER][i].deadlocks,
			deadlock->dinners[DINING_SEATS][i].deadlocks, ordered, seats);
	}
	printf("  result: %s in all of them\n",
		deadlock->dinners[DINING_ORDER][0].execution.result);
}

static void print_lanes(const struct screen *screen, const struct dinner *dinner, const char *title)
{
	enum { RUNS, SLEEPS, WAITS };
	static const struct timeline_kind looks[] = {
		[RUNS] = { '#', 2, false },
		[SLEEPS] = { 'K', 3, false },
		[WAITS] = { '-', 1, true },
	};
	static const char *const seen[] = { "runs", "has a knife, sleeps a moment",
		"waits for a knife" };
	struct timeline_kind kinds[TIMELINE_KINDS] = { 0 };
	kinds[TIMELINE_RUNS] = looks[RUNS];
	kinds[TIMELINE_WAITS + HK_CAUSE_SLEEP] = looks[SLEEPS];
	kinds[TIMELINE_WAITS + HK_CAUSE_MUTEX] = looks[WAITS];
	struct timeline_scale scale = { dinner->end > 0 ? dinner->end : 1,
		screen->width - LAB_LANE_INDENT - 1 };
	screen_print(stdout, screen, 2, "", title);
	timeline_draw_axis(stdout, screen, &scale, LAB_LANE_INDENT);
	for (int i = 0; i < DINING_COOKS; i++) {
		lab_report_lane(screen, NULL, dining_names[i]);
		timeline_draw(stdout, screen, &scale, &dinner->lanes[i], dinner->end, kinds);
	}
	lab_report_legend(screen, looks, seen, 3);
	putchar('\n');
}

static void print_said(const struct screen *screen, const char *said)
{
	for (const char *line = said; *line != '\0';) {
		char text[LAB_PATH_MAX];
		size_t length = strcspn(line, "\n");
		snprintf(text, sizeof(text), "%.*s", (int)length, line);
		screen_print(stdout, screen, 2, "", text);
		line += length + (line[length] == '\n');
	}
	putchar('\n');
}

static int print(const struct lab_experiment *experiment, const struct deadlock *deadlock,
	const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[512];
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"%d cooks at a round table, a knife between each two; who has one sleeps a moment, "
		"then reaches for the other. Deadlocks in %d dinners when all take the left one "
		"first; the smaller number first (ordered); the left one first, but with %d seats. "
		"Then how long a dinner took.",
		DINING_COOKS, TRIES, DINING_COOKS - 1);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_table(deadlock);
	putchar('\n');
	if (deadlock->shown != NULL) {
		snprintf(line, sizeof(line), "The last one, %s, ended with exit code %d and said:",
			deadlock->shown->execution.as, HK_EXIT_DEADLOCK);
		screen_print(stdout, &screen, 2, "", line);
		print_said(&screen, deadlock->shown->report);
		print_lanes(&screen, deadlock->shown, "The same, up to the deadlock:");
	}
	if (*deadlock->warning != '\0') {
		screen_print(stdout, &screen, 2, "",
			"A dinner of one cook after the other, with locks=check, went well and "
			"said:");
		print_said(&screen, deadlock->warning);
	}
	print_lanes(&screen, &deadlock->dinners[DINING_ORDER][LAB_CONCURRENT],
		"Ordered, interleaved on one core:");
	screen_print(stdout, &screen, 0, "", sentence);
	return 0;
}

static void add_dinner(cJSON *item, const struct dinner *dinner, int way)
{
	cJSON_AddStringToObject(item, "version", names[way]);
	cJSON_AddNumberToObject(item, "tries", TRIES);
	cJSON_AddNumberToObject(item, "deadlocks", dinner->deadlocks);
}

static int print_json(const struct lab_experiment *experiment, const struct deadlock *deadlock,
	const char *sentence)
{
	struct lab_execution executions[2 * LAB_FOUR];
	for (int i = 0; i < 2 * LAB_FOUR; i++)
		executions[i] =
			deadlock->dinners[DINING_ORDER + i / LAB_FOUR][i % LAB_FOUR].execution;
	cJSON *json = lab_json_make(experiment, executions, 2 * LAB_FOUR);
	for (int i = 0; i < 2 * LAB_FOUR && json != NULL; i++) {
		int way = DINING_ORDER + i / LAB_FOUR;
		add_dinner(lab_json_execution(json, (size_t)i),
			&deadlock->dinners[way][i % LAB_FOUR], way);
	}
	cJSON *broken = cJSON_AddArrayToObject(json, "broken");
	for (int i = 0; i < LAB_FOUR; i++) {
		const struct dinner *dinner = &deadlock->dinners[DINING_LEFT][i];
		cJSON *item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "name", dinner->execution.as);
		cJSON_AddNumberToObject(item, "workers", dinner->execution.workers);
		add_dinner(item, dinner, DINING_LEFT);
		cJSON_AddItemToArray(broken, item);
	}
	cJSON *waits = cJSON_AddArrayToObject(json, "waits");
	for (size_t i = 0; i < deadlock->waiter_count; i++) {
		cJSON *item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "task", deadlock->waiters[i].name);
		cJSON_AddStringToObject(item, "spawned_at", deadlock->waiters[i].where);
		cJSON_AddStringToObject(item, "waits_for", deadlock->waiters[i].holder);
		cJSON_AddItemToArray(waits, item);
	}
	if (deadlock->shown != NULL)
		cJSON_AddStringToObject(json, "report", deadlock->shown->report);
	cJSON_AddStringToObject(json, "warning", deadlock->warning);
	return lab_json_print(json, sentence);
}

static int report(struct deadlock *deadlock, const struct lab_experiment *experiment, bool json)
{
	/* that on one core first: its timeline is the plainest */
	static const int order[] = { LAB_CONCURRENT, LAB_COMBINED, LAB_PARALLEL };
	int code = draw_lanes(&deadlock->dinners[DINING_ORDER][LAB_CONCURRENT]);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && deadlock->shown == NULL; i++) {
		struct dinner *dinner = &deadlock->dinners[DINING_LEFT][order[i]];
		/* its events are those of the last dinner */
		if (dinner->report == NULL || dinner->execution.result != NULL)
			continue;
		deadlock->shown = dinner;
		read_report(deadlock);
		if (code == 0)
			code = draw_lanes(dinner);
	}
	if (code != 0)
		return code;
	char sentence[640];
	write_sentence(deadlock, sentence, sizeof(sentence));
	return json ? print_json(experiment, deadlock, sentence) :
		      print(experiment, deadlock, sentence);
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	static struct deadlock deadlock;
	int code = measure(&deadlock, experiment);
	if (code == 0)
		code = check(&deadlock);
	if (code == 0)
		code = report(&deadlock, experiment, options->json);
	free(deadlock.warning);
	for (int way = DINING_LEFT; way < DINING_WAYS; way++)
		for (int i = 0; i < LAB_FOUR; i++) {
			struct dinner *dinner = &deadlock.dinners[way][i];
			for (int cook = 0; cook < DINING_COOKS; cook++)
				timeline_free(&dinner->lanes[cook]);
			free(dinner->report);
			lab_execution_free(&dinner->execution);
		}
	return code;
}

const struct lab_experiment lab_deadlock = {
	.name = "deadlock",
	.claim = "coordination goes wrong",
	.about = "Dining cooks who can deadlock: found and explained; then in two versions that\n"
		 "cannot, under four executions.\n",
	.run = run,
	.program = dining_program,
};
