/* SPDX-License-Identifier: MIT */
/* A semaphore: three ovens, ten cooks. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#include "lab.h"

#define OVENS	 3
#define COOKS	 10
#define KNEAD_MS 6
#define BAKE_MS	 60

/* --- the program ------------------------------------------------------------------------- */

struct bakery {
	struct hk_sem ovens;
	unsigned numbers_per_ms;
};

struct cook {
	struct bakery *bakery;
	unsigned number; /* from 1 */
	unsigned primes;
	hk_time began;
	hk_time asked;
	hk_time got;
	hk_time gave;
};

static int bake(void *arg)
{
	struct cook *cook = arg;
	struct bakery *bakery = cook->bakery;
	cook->began = hk_now();
	cook->primes = lab_work_primes(LAB_WORK_FROM + cook->number * 1000000,
		bakery->numbers_per_ms * KNEAD_MS);
	cook->asked = hk_now();
	int err = hk_sem_wait(&bakery->ovens);
	if (err < 0)
		return err;
	cook->got = hk_now();
	err = hk_sleep(BAKE_MS * HK_MS);
	cook->gave = hk_now();
	hk_sem_post(&bakery->ovens);
	return err;
}

static int open_bakery(void *arg)
{
	struct cook *cooks = arg;
	HK_SCOPE(scope);
	for (int i = 0; i < COOKS; i++)
		hk_spawn(&scope, bake, &cooks[i]);
	return hk_join(&scope);
}

static int program(int argc, char **argv)
{
	struct bakery bakery = { .ovens = HK_SEM_INIT(OVENS) };
	struct cook cooks[COOKS] = { { .bakery = NULL } };
	if (!lab_arguments_read(argc, argv, &bakery.numbers_per_ms, 1))
		return EX_USAGE;
	for (unsigned i = 0; i < COOKS; i++) {
		cooks[i].bakery = &bakery;
		cooks[i].number = i + 1;
	}
	int err = hk_run(NULL, open_bakery, cooks);
	if (err < 0)
		return lab_program_failed("semaphore", err);
	uint32_t sum = LAB_WORK_CHECKSUM;
	for (int i = 0; i < COOKS; i++) {
		printf("baked %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n", cooks[i].began,
			cooks[i].asked, cooks[i].got, cooks[i].gave);
		sum = lab_work_checksum(sum, &cooks[i].primes, sizeof(cooks[i].primes));
	}
	printf("result %08x\n", sum);
	return EX_OK;
}

/* --- the experiment ---------------------------------------------------------------------- */

struct baked {
	unsigned cook; /* from 1 */
	int64_t began;
	int64_t asked;
	bool waited;
	int64_t queued; /* then: when that began; else as asked */
	int64_t given;	/* and when the oven was handed to it; else as got */
	int64_t got;	/* it ran with it */
	int64_t gave;
};

/* What one execution shows. */
struct view {
	struct baked baked[COOKS];   /* in the order in which they asked */
	struct timeline_lane in_use; /* kind: the number of ovens in use */
	unsigned most;
	unsigned waits;	   /* cooks that were not given an oven at once */
	unsigned overtook; /* cooks that were given one before somebody who had asked earlier */
	int64_t waited_ns; /* all together */
};

/* An oven taken or given back. */
struct change {
	int64_t when;
	int by;
};

static int by_asking(const void *left, const void *right)
{
	int64_t a = ((const struct baked *)left)->queued;
	int64_t b = ((const struct baked *)right)->queued;
	return (a > b) - (a < b);
}

/* An oven is given back before it is taken again, when both happen at the same time. */
static int by_time(const void *left, const void *right)
{
	const struct change *a = left, *b = right;
	return a->when != b->when ? (a->when > b->when) - (a->when < b->when) : a->by - b->by;
}

static int count_ovens(struct view *view)
{
	struct change changes[2 * COOKS];
	for (int i = 0; i < COOKS; i++) {
		changes[2 * i] = (struct change){ view->baked[i].got, 1 };
		changes[2 * i + 1] = (struct change){ view->baked[i].gave, -1 };
	}
	qsort(changes, 2 * COOKS, sizeof(changes[0]), by_time);
	unsigned in_use = 0;
	int err = 0;
	for (int i = 0; i < 2 * COOKS && err == 0; i++) {
		if (i > 0)
			err = timeline_add(&view->in_use, changes[i - 1].when, changes[i].when,
				in_use);
		in_use += (unsigned)changes[i].by;
		if (in_use > view->most)
			view->most = in_use;
	}
	return err;
}

/* Who waits may run some time after it was given an oven: the events tell these two apart. */
static void look_at_events(struct view *view, const struct events *events)
{
	unsigned cook = 0;
	for (size_t i = 0; i < events->task_count && cook < COOKS; i++) {
		const struct event_task *task = &events->tasks[i];
		if (task->parent == 0)
			continue;
		struct baked *baked = &view->baked[cook++];
		bool waits = false;
		for (size_t j = 0; j < events->count; j++) {
			const struct hk_trace_record *record = &events->records[j];
			int64_t when = (int64_t)(record->time_ns - events->header.start_ns);
			if (record->task != task->id)
				continue;
			if (waits && record->what == HK_TRACE_WAKE)
				baked->given = when;
			waits = record->what == HK_TRACE_PARK && record->cause == HK_CAUSE_SEM;
			if (waits) {
				baked->waited = true;
				baked->queued = when;
			}
		}
	}
}

static int make_view(struct view *view, const struct lab_execution *execution)
{
	int64_t start = (int64_t)execution->events.header.start_ns;
	unsigned count = 0;
	for (const char *line = execution->output; line != NULL && count < COOKS;) {
		struct baked *baked = &view->baked[count];
		if (sscanf(line, "baked %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64,
			    &baked->began, &baked->asked, &baked->got, &baked->gave) == 4) {
			baked->cook = ++count;
			baked->began -= start;
			baked->asked -= start;
			baked->got -= start;
			baked->gave -= start;
			baked->queued = baked->asked;
			baked->given = baked->got;
		}
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	look_at_events(view, &execution->events);
	qsort(view->baked, COOKS, sizeof(view->baked[0]), by_asking);
	for (int i = 0; i < COOKS; i++) {
		const struct baked *baked = &view->baked[i];
		bool overtakes = false;
		for (int j = 0; j < i; j++)
			overtakes |= baked->given < view->baked[j].given;
		view->overtook += overtakes;
		view->waits += baked->waited;
		view->waited_ns += baked->waited ? baked->given - baked->queued : 0;
	}
	return count_ovens(view);
}

static void write_sentence(const struct view *views, const struct lab_execution *executions,
	char *sentence, size_t size)
{
	const struct view *view = &views[LAB_CONCURRENT];
	char saved[LAB_TIME_MAX], order[64];
	if (view->overtook == 0)
		snprintf(order, sizeof(order), "in the order in which they had asked");
	else
		snprintf(order, sizeof(order), "%u of them before somebody who had asked earlier",
			view->overtook);
	snprintf(sentence, size,
		"On one core, interleaved, up to %u of %d ovens were in use, never more; %u of %d "
		"cooks had to wait for one and were given it %s. One cook after the other used %u "
		"at a time; interleaving %s of that time.",
		view->most, OVENS, view->waits, COOKS, order, views[LAB_SEQUENTIAL].most,
		lab_report_saved(saved, executions[LAB_SEQUENTIAL].wall_ns,
			executions[LAB_CONCURRENT].wall_ns));
}

/* Each cook of one execution: when it kneaded, waited, baked. */
static int print_cooks(const struct screen *screen, const struct timeline_scale *scale,
	const struct view *view, const struct lab_execution *execution)
{
	enum { KNEADS, WAITS, BAKES };
	static const struct timeline_kind looks[TIMELINE_KINDS] = {
		[KNEADS] = { 'K', 2, false },
		[WAITS] = { '-', 1, true },
		[BAKES] = { 'B', 3, false },
	};
	static const char *const names[] = { "kneads", "waits for an oven", "bakes" };
	char title[96];
	snprintf(title, sizeof(title),
		"The cooks, %s, in the order in which they asked:", execution->as);
	screen_print(stdout, screen, 2, "", title);
	timeline_draw_axis(stdout, screen, scale, LAB_LANE_INDENT);
	for (int i = 0; i < COOKS; i++) {
		const struct baked *baked = &view->baked[i];
		struct timeline_lane lane = { 0 };
		char name[16];
		snprintf(name, sizeof(name), "cook %u", baked->cook);
		int err = timeline_add(&lane, baked->began, baked->asked, KNEADS);
		if (err == 0)
			err = timeline_add(&lane, baked->asked, baked->got, WAITS);
		if (err == 0)
			err = timeline_add(&lane, baked->got, baked->gave, BAKES);
		if (err == 0) {
			lab_report_lane(screen, NULL, name);
			timeline_draw(stdout, screen, scale, &lane, execution->wall_ns, looks);
		}
		timeline_free(&lane);
		if (err != 0)
			return err;
	}
	lab_report_legend(screen, looks, names, 3);
	return 0;
}

static int print(const struct lab_experiment *experiment, const struct lab_execution *executions,
	const struct view *views, const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	lab_report_head(&screen, experiment);
	char line[160];
	snprintf(line, sizeof(line),
		"%d ovens (permits), %d cooks: each kneads, then bakes for %d ms.", OVENS, COOKS,
		BAKE_MS);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	lab_report_columns("workers");
	printf(" %7s %7s\n", "ovens", "waiters");
	for (int i = 0; i < LAB_FOUR; i++) {
		lab_report_row(&executions[i]);
		printf(" %7u %7u\n", views[i].most, views[i].waits);
	}
	lab_report_result(executions, LAB_FOUR);
	putchar('\n');
	struct timeline_scale scale = lab_report_scale(&screen, executions, LAB_FOUR);
	timeline_draw_axis(stdout, &screen, &scale, LAB_LANE_INDENT);
	for (int i = 0; i < LAB_FOUR; i++) {
		lab_report_lane(&screen, executions[i].as, "");
		timeline_draw_levels(stdout, &screen, &scale, &views[i].in_use,
			executions[i].wall_ns, OVENS);
	}
	puts("  Ovens in use over time.\n");
	scale = lab_report_scale(&screen, &executions[LAB_CONCURRENT], 1);
	if (print_cooks(&screen, &scale, &views[LAB_CONCURRENT], &executions[LAB_CONCURRENT]) != 0)
		return EX_OSERR;
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
	return 0;
}

static int by_giving(const void *left, const void *right)
{
	int64_t a = ((const struct baked *)left)->given, b = ((const struct baked *)right)->given;
	return (a > b) - (a < b);
}

/* The cooks in the order in which they asked, and in that in which they were given an oven. */
static void add_orders(cJSON *item, const struct view *view)
{
	struct baked given[COOKS];
	int orders[2][COOKS];
	memcpy(given, view->baked, sizeof(given));
	qsort(given, COOKS, sizeof(given[0]), by_giving);
	for (int i = 0; i < COOKS; i++) {
		orders[0][i] = (int)view->baked[i].cook;
		orders[1][i] = (int)given[i].cook;
	}
	cJSON_AddItemToObject(item, "order", cJSON_CreateIntArray(orders[0], COOKS));
	cJSON_AddItemToObject(item, "given", cJSON_CreateIntArray(orders[1], COOKS));
}

static void add_ovens(cJSON *item, const struct timeline_lane *in_use)
{
	cJSON *ovens = cJSON_AddArrayToObject(item, "ovens_in_use");
	for (size_t i = 0; i < in_use->count; i++) {
		cJSON *stretch = cJSON_CreateObject();
		cJSON_AddNumberToObject(stretch, "ovens", in_use->stretches[i].kind);
		cJSON_AddNumberToObject(stretch, "from_ns", (double)in_use->stretches[i].from);
		cJSON_AddNumberToObject(stretch, "to_ns", (double)in_use->stretches[i].to);
		cJSON_AddItemToArray(ovens, stretch);
	}
}

static int print_json(const struct lab_experiment *experiment,
	const struct lab_execution *executions, const struct view *views, const char *sentence)
{
	cJSON *json = lab_json_make(experiment, executions, LAB_FOUR);
	cJSON_AddNumberToObject(json, "ovens", OVENS);
	cJSON_AddNumberToObject(json, "cooks", COOKS);
	for (int i = 0; i < LAB_FOUR && json != NULL; i++) {
		cJSON *item = lab_json_execution(json, (size_t)i);
		cJSON_AddNumberToObject(item, "ovens_in_use_most", views[i].most);
		cJSON_AddNumberToObject(item, "waits", views[i].waits);
		cJSON_AddNumberToObject(item, "waited_ns", (double)views[i].waited_ns);
		cJSON_AddNumberToObject(item, "overtook", views[i].overtook);
		add_orders(item, &views[i]);
		add_ovens(item, &views[i].in_use);
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
	if (code == 0) {
		char sentence[512];
		write_sentence(views, executions, sentence, sizeof(sentence));
		code = json ? print_json(experiment, executions, views, sentence) :
			      print(experiment, executions, views, sentence);
	}
	if (code == EX_OSERR)
		fputs("hocket lab semaphore: no memory for its timelines\n", stderr);
	for (int i = 0; i < LAB_FOUR; i++) {
		if (code == 0 && views[i].most > OVENS) {
			fprintf(stderr, "hocket lab semaphore: %s: %u ovens in use of %d\n",
				executions[i].as, views[i].most, OVENS);
			code = EX_SOFTWARE;
		}
		timeline_free(&views[i].in_use);
	}
	return code;
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	return lab_four(experiment, options, OVENS, lab_work_per_ms(), report);
}

const struct lab_experiment lab_semaphore = {
	.name = "semaphore",
	.claim = "a semaphore coordinates access to a shared resource: three ovens, ten cooks",
	.about = "Runs ten cooks who share three ovens, under four executions.\n",
	.run = run,
	.program = program,
};
