/* SPDX-License-Identifier: MIT */
/* Who runs when: the orders in which the same program's steps are taken, run after run. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#include "lab.h"

#define TASKS	  4
#define STEPS	  4 /* of each task */
#define LENGTH	  (TASKS * STEPS)
#define STEP_US	  60
#define PROCESSES 4    /* that have the same share of the runs each */
#define RUNS	  1000 /* in each execution */

/* --- the program ------------------------------------------------------------------------- */

struct race {
	unsigned numbers; /* looked at in a step */
	atomic_uint taken;
	_Atomic char order[LENGTH];
	unsigned primes[TASKS];
};

struct runner {
	struct race *race;
	unsigned number;
};

/* A turn is two steps: longer than a short slice. */
static int take_steps(void *arg)
{
	const struct runner *runner = arg;
	struct race *race = runner->race;
	unsigned found = 0;
	for (unsigned i = 0; i < STEPS; i++) {
		atomic_store(&race->order[atomic_fetch_add(&race->taken, 1)],
			(char)('A' + runner->number));
		found += lab_work_primes(LAB_WORK_FROM + (runner->number + i) * 10000,
			race->numbers);
		if (i % 2 == 1)
			hk_yield();
	}
	race->primes[runner->number] = found;
	return 0;
}

static int take_turns(void *arg)
{
	HK_SCOPE(scope);
	for (unsigned i = 0; i < TASKS; i++) {
		struct runner runner = { arg, i };
		hk_spawn_copy(&scope, take_steps, &runner, sizeof(runner));
	}
	return hk_join(&scope);
}

/* Each run begins anew, and with a seed of its own if that is wanted: 1, 2, 3 ... */
static int run_once(struct race *race, unsigned seed)
{
	struct hk_options options = HK_OPTIONS_INIT;
	options.seed = seed;
	atomic_store(&race->taken, 0);
	int err = hk_run(&options, take_turns, race);
	if (err < 0)
		return err;
	char order[LENGTH + 1] = "";
	for (int i = 0; i < LENGTH; i++)
		order[i] = atomic_load(&race->order[i]);
	printf("order %s\n", order);
	return 0;
}

enum { NO_SEEDS = 1, SEEDS };

static int program(int argc, char **argv)
{
	unsigned numbers[3]; /* runs, numbers to look at in a step, NO_SEEDS or SEEDS */
	if (!lab_arguments_read(argc, argv, numbers, 3))
		return EX_USAGE;
	struct race race = { .numbers = numbers[1] };
	for (unsigned i = 0; i < numbers[0]; i++) {
		int err = run_once(&race, numbers[2] == SEEDS ? i + 1 : 0);
		if (err < 0)
			return lab_program_failed("order", err);
	}
	printf("result %08x\n",
		lab_work_checksum(LAB_WORK_CHECKSUM, race.primes, sizeof(race.primes)));
	return EX_OK;
}

/* --- the experiment ---------------------------------------------------------------------- */

enum { SEQUENTIAL, ONE, ONE_SEED, ONE_SEEDS, ONE_SLICED, PARALLEL, TWO, TWO_SLICED, ROWS };
static const struct {
	const char *as;
	unsigned workers;
	const char *slices;
	const char *seed;
	const char *more;
} settings[ROWS] = {
	{ "sequential", 1, "none", "off", "seed=off" },
	{ "concurrent", 1, "off", "off", "slice=off:seed=off" },
	{ "concurrent", 1, "off", "7", "slice=off:seed=7" },
	{ "concurrent", 1, "off", "1 ...", "slice=off" },
	{ "concurrent", 1, "100 us", "off", "slice=100us:seed=off" },
	{ "parallel", 2, "none", "off", "seed=off" },
	{ "combined", 2, "off", "off", "slice=off:seed=off" },
	{ "combined", 2, "100 us", "off", "slice=100us:seed=off" },
};

/* The orders of one execution. */
struct view {
	char (*orders)[LENGTH + 1];
	size_t count;
	size_t distinct;
	size_t most;   /* runs that took the most frequent one */
	size_t strays; /* runs that took another order than the same run of the first process */
	char frequent[LENGTH + 1];
};

struct order {
	struct lab_execution executions[ROWS];
	struct view views[ROWS];
};

static void read_orders(struct view *view, const char *output, size_t runs)
{
	for (const char *line = output; line != NULL && view->count < runs;) {
		if (sscanf(line, "order %16[A-Z]", view->orders[view->count]) == 1)
			view->count++;
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
}

/* All processes have the same runs, so that they can be compared. */
static void look_for_strays(struct view *view, size_t share)
{
	for (size_t i = share; i < view->count; i++)
		view->strays += strcmp(view->orders[i], view->orders[i % share]) != 0;
}

static int by_text(const void *left, const void *right)
{
	return strcmp(left, right);
}

static void look_at_orders(struct view *view)
{
	qsort(view->orders, view->count, sizeof(*view->orders), by_text);
	for (size_t i = 0, same; i < view->count; i += same) {
		for (same = 1; i + same < view->count; same++)
			if (strcmp(view->orders[i], view->orders[i + same]) != 0)
				break;
		view->distinct++;
		if (same <= view->most)
			continue;
		view->most = same;
		memcpy(view->frequent, view->orders[i], sizeof(view->frequent));
	}
}

/* All its processes; times are those of all of them. */
static int measure_row(struct order *order, int row, struct lab_bench *bench,
	const struct lab_experiment *experiment, unsigned runs, unsigned numbers)
{
	struct lab_execution *execution = &order->executions[row];
	struct view *view = &order->views[row];
	int64_t wall_ns = 0, cpu_ns = 0;
	execution->as = settings[row].as;
	execution->workers = settings[row].workers;
	execution->more = settings[row].more;
	execution->quiet = true;
	execution->all_runs = true;
	view->orders = calloc(runs, sizeof(*view->orders));
	if (view->orders == NULL) {
		fputs("hocket lab order: no memory for its orders\n", stderr);
		return EX_OSERR;
	}
	unsigned share[] = { runs / PROCESSES, numbers, row == ONE_SEEDS ? SEEDS : NO_SEEDS };
	struct lab_arguments arguments;
	lab_arguments_make(&arguments, experiment, share, 3);
	for (unsigned i = 0; i < PROCESSES; i++) {
		lab_execution_free(execution);
		int code = lab_bench_run(bench, execution, arguments.argv);
		if (code != 0)
			return code;
		read_orders(view, execution->output, runs);
		wall_ns += execution->wall_ns;
		cpu_ns += execution->cpu_ns;
	}
	execution->wall_ns = wall_ns;
	execution->cpu_ns = cpu_ns;
	if (view->count != runs) {
		fputs("hocket lab: the program printed no 'order' for some of its runs\n", stderr);
		return EX_SOFTWARE;
	}
	look_for_strays(view, share[0]);
	look_at_orders(view);
	return 0;
}

static int measure(struct order *order, const struct lab_experiment *experiment, unsigned runs)
{
	unsigned numbers = lab_work_per_ms() * STEP_US / 1000 + 1;
	struct lab_bench bench;
	int code = lab_bench_open(&bench, ROWS * PROCESSES);
	if (code != 0)
		return code;
	for (int row = 0; row < ROWS && code == 0; row++)
		code = measure_row(order, row, &bench, experiment, runs, numbers);
	lab_bench_close(&bench);
	return code;
}

/* How many orders there could be: each task's own steps stay in order. */
static double possible(void)
{
	double orders = 1;
	for (int i = 0, place = 1; i < TASKS; i++)
		for (int step = 1; step <= STEPS; step++, place++)
			orders = orders * place / step;
	return orders;
}

static void write_sentence(const struct view views[ROWS], char *sentence, size_t size)
{
	size_t seeds = views[ONE_SEEDS].count / PROCESSES;
	int length;
	if (views[SEQUENTIAL].distinct == 1 && views[ONE].distinct == 1)
		length = snprintf(sentence, size,
			"One task at a time, and interleaved on one worker with slices off, where "
			"a task gives way only when it calls, all %zu runs took one order.",
			views[ONE].count);
	else
		length = snprintf(sentence, size,
			"Even one task at a time (%zu orders), and interleaved on one worker with "
			"slices off (%zu), %zu runs did not all take one order.",
			views[SEQUENTIAL].distinct, views[ONE].distinct, views[ONE].count);
	if (views[ONE_SEED].distinct == 1 && views[ONE_SEEDS].strays == 0)
		length += snprintf(sentence + length, size - (size_t)length,
			" There a seed fixes it: one took one order each time; %zu seeds took %zu, "
			"each its own in all %d processes.",
			seeds, views[ONE_SEEDS].distinct, PROCESSES);
	else
		length += snprintf(sentence + length, size - (size_t)length,
			" A seed did not fix it: one took %zu orders, and %zu runs took another "
			"than the same seed before.",
			views[ONE_SEED].distinct, views[ONE_SEEDS].strays);
	snprintf(sentence + length, size - (size_t)length,
		" With slices one worker took %zu orders; two workers took %zu, interleaved %zu, "
		"with slices %zu: of %.0f possible ones.",
		views[ONE_SLICED].distinct, views[PARALLEL].distinct, views[TWO].distinct,
		views[TWO_SLICED].distinct, possible());
}

static void print_table(const struct order *order)
{
	printf("  %-10s %7s %7s %7s %7s %5s %7s\n", "execution", "workers", "wall", "CPU", "slices",
		"seed", "orders");
	for (int i = 0; i < ROWS; i++) {
		char wall[LAB_TIME_MAX], cpu[LAB_TIME_MAX];
		const struct lab_execution *execution = &order->executions[i];
		printf("  %-10s %7u %7s %7s %7s %5s %7zu\n", execution->as, execution->workers,
			lab_report_time(wall, execution->wall_ns),
			lab_report_time(cpu, execution->cpu_ns), settings[i].slices,
			settings[i].seed, order->views[i].distinct);
	}
	lab_report_result(order->executions, ROWS);
}

static int print(const struct lab_experiment *experiment, const struct order *order,
	const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[320];
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"%zu runs in each execution, by %d processes: %d tasks take %d steps each and note "
		"their letter at each. Orders: how many different ones there were. Seed 1 ...: "
		"each process has a run with each of the seeds 1 to %zu.",
		order->views[0].count, PROCESSES, TASKS, STEPS, order->views[0].count / PROCESSES);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_table(order);
	putchar('\n');
	for (int i = 0; i < ROWS; i++) {
		const struct view *view = &order->views[i];
		printf("  %-10s %7s %5s %3.0f %% %s%s\n", settings[i].as, settings[i].slices,
			settings[i].seed, 100 * (double)view->most / (double)view->count,
			screen.unicode ? "▕" : "|", view->frequent);
	}
	screen_print(stdout, &screen, 2, "",
		"How many runs took the most frequent order, and that order.");
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
	return 0;
}

static int print_json(const struct lab_experiment *experiment, const struct order *order,
	const char *sentence)
{
	cJSON *json = lab_json_make(experiment, order->executions, ROWS);
	cJSON_AddNumberToObject(json, "runs", (double)order->views[0].count);
	cJSON_AddNumberToObject(json, "possible_orders", possible());
	for (int i = 0; i < ROWS && json != NULL; i++) {
		const struct view *view = &order->views[i];
		cJSON *item = lab_json_execution(json, (size_t)i);
		cJSON_AddStringToObject(item, "options", settings[i].more);
		cJSON_AddStringToObject(item, "seed", settings[i].seed);
		cJSON_AddNumberToObject(item, "strays", (double)view->strays);
		cJSON_AddNumberToObject(item, "orders", (double)view->distinct);
		cJSON_AddStringToObject(item, "most_frequent", view->frequent);
		cJSON_AddNumberToObject(item, "most_frequent_runs", (double)view->most);
	}
	return lab_json_print(json, sentence);
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct order order = { .views = { { .orders = NULL } } };
	unsigned runs = options->runs > 0 ? (unsigned)options->runs : RUNS;
	/* each process has the same share */
	int code = measure(&order, experiment, (runs + PROCESSES - 1) / PROCESSES * PROCESSES);
	if (code == 0) {
		char sentence[768];
		write_sentence(order.views, sentence, sizeof(sentence));
		code = options->json ? print_json(experiment, &order, sentence) :
				       print(experiment, &order, sentence);
	}
	if (code == 0)
		code = lab_report_check(experiment, order.executions, ROWS);
	for (int i = 0; i < ROWS; i++) {
		free(order.views[i].orders);
		lab_execution_free(&order.executions[i]);
	}
	return code;
}

const struct lab_experiment lab_order = {
	.name = "order",
	.claim = "nobody knows when a thread is scheduled or which instructions it runs",
	.about = "Runs a program many times under several executions and counts the orders in\n"
		 "which its tasks took their steps.\n",
	.takes = LAB_TAKES_RUNS,
	.run = run,
	.program = program,
};
