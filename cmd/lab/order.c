/* SPDX-License-Identifier: MIT */
/* Who runs when: the orders in which the same program's steps are taken, run after run. */
#include <errno.h>
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
#define PROCESSES 4    /* that share the runs: what differs between processes is seen, too */
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

static int run_once(struct race *race)
{
	HK_SCOPE(scope);
	atomic_store(&race->taken, 0);
	for (unsigned i = 0; i < TASKS; i++) {
		struct runner runner = { race, i };
		hk_spawn_copy(&scope, take_steps, &runner, sizeof(runner));
	}
	return hk_join(&scope);
}

struct program {
	unsigned runs;
	struct race race;
	char (*orders)[LENGTH + 1]; /* of each run */
	uint32_t result;
};

static int run_all(void *arg)
{
	struct program *program = arg;
	struct race *race = &program->race;
	int err = 0;
	for (unsigned i = 0; i < program->runs && err == 0; i++) {
		err = run_once(race);
		for (int j = 0; j < LENGTH; j++)
			program->orders[i][j] = atomic_load(&race->order[j]);
		program->result =
			lab_work_checksum(LAB_WORK_CHECKSUM, race->primes, sizeof(race->primes));
	}
	return err;
}

static int program(int argc, char **argv)
{
	unsigned numbers[2];
	if (!lab_arguments_read(argc, argv, numbers, 2))
		return EX_USAGE;
	struct program program = { .runs = numbers[0], .race = { .numbers = numbers[1] } };
	program.orders = calloc(program.runs, sizeof(*program.orders));
	if (program.orders == NULL)
		return lab_program_failed("order", -ENOMEM);
	int err = hk_run(NULL, run_all, &program);
	for (unsigned i = 0; i < program.runs && err == 0; i++)
		printf("order %s\n", program.orders[i]);
	printf("result %08x\n", program.result);
	free(program.orders);
	return err < 0 ? lab_program_failed("order", err) : EX_OK;
}

/* --- the experiment ---------------------------------------------------------------------- */

enum { SEQUENTIAL, ONE, ONE_SLICED, PARALLEL, TWO, TWO_SLICED, ROWS };
static const struct {
	const char *as;
	unsigned workers;
	const char *slices;
	const char *more;
} settings[ROWS] = {
	{ "sequential", 1, "none", NULL },
	{ "concurrent", 1, "off", "slice=off" },
	{ "concurrent", 1, "100 us", "slice=100us" },
	{ "parallel", 2, "none", NULL },
	{ "combined", 2, "off", "slice=off" },
	{ "combined", 2, "100 us", "slice=100us" },
};

/* The orders of one execution. */
struct view {
	char (*orders)[LENGTH + 1];
	size_t count;
	size_t distinct;
	size_t most; /* runs that took the most frequent one */
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
	view->orders = calloc(runs, sizeof(*view->orders));
	if (view->orders == NULL) {
		fputs("hocket lab order: no memory for its orders\n", stderr);
		return EX_OSERR;
	}
	for (unsigned i = 0; i < PROCESSES && i < runs; i++) {
		unsigned share[] = { runs / PROCESSES + (i < runs % PROCESSES), numbers };
		struct lab_arguments arguments;
		lab_arguments_make(&arguments, experiment, share, 2);
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
	snprintf(sentence + length, size - (size_t)length,
		" With slices one worker took %zu orders; two workers took %zu, interleaved %zu, "
		"with slices %zu: of %.0f possible ones.",
		views[ONE_SLICED].distinct, views[PARALLEL].distinct, views[TWO].distinct,
		views[TWO_SLICED].distinct, possible());
}

static int print(const struct lab_experiment *experiment, const struct order *order,
	const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[256];
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"%zu runs in each execution, by %d processes: %d tasks take %d steps each and note "
		"their letter at each. Orders: how many different ones there were.",
		order->views[0].count, PROCESSES, TASKS, STEPS);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	lab_report_columns("workers");
	printf(" %7s %7s\n", "slices", "orders");
	for (int i = 0; i < ROWS; i++) {
		lab_report_row(&order->executions[i]);
		printf(" %7s %7zu\n", settings[i].slices, order->views[i].distinct);
	}
	lab_report_result(order->executions, ROWS);
	putchar('\n');
	for (int i = 0; i < ROWS; i++) {
		const struct view *view = &order->views[i];
		printf("  %-10s %7s %3.0f %% |%s\n", settings[i].as, settings[i].slices,
			100 * (double)view->most / (double)view->count, view->frequent);
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
		if (settings[i].more != NULL)
			cJSON_AddStringToObject(item, "options", settings[i].more);
		cJSON_AddNumberToObject(item, "orders", (double)view->distinct);
		cJSON_AddStringToObject(item, "most_frequent", view->frequent);
		cJSON_AddNumberToObject(item, "most_frequent_runs", (double)view->most);
	}
	return lab_json_print(json, sentence);
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct order order = { .views = { { .orders = NULL } } };
	int code = measure(&order, experiment, options->runs > 0 ? (unsigned)options->runs : RUNS);
	if (code == 0) {
		char sentence[512];
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
