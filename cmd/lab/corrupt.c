/* SPDX-License-Identifier: MIT */
/* Changes at the same time: what is lost without a lock, in each execution. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#include "lab.h"
#include "shop.h"

#define RUNS 250 /* in each execution: 1000 in all */

struct corrupt {
	unsigned runs; /* of each way, in each execution */
	struct lab_execution executions[LAB_FOUR];
	struct shop_tally tallies[LAB_FOUR][SHOP_WAYS];
};

static int read_tallies(struct corrupt *corrupt, int which)
{
	const char *output = corrupt->executions[which].output;
	for (int i = 0; i < SHOP_WAYS; i++) {
		struct shop_tally *tally = &corrupt->tallies[which][i];
		char form[40];
		snprintf(form, sizeof(form), "\n%s ", shop_ways[i]);
		const char *line = strstr(output, form);
		if (line == NULL ||
			sscanf(line + strlen(form), "%lu %lu %lu %lu", &tally->lost,
				&tally->lost_most, &tally->wrong_count, &tally->wrong_total) != 4) {
			fprintf(stderr, "hocket lab: the program printed no '%s'\n", shop_ways[i]);
			return EX_SOFTWARE;
		}
	}
	return 0;
}

/* Nothing may be lost where a lock, an atomic or a channel is used. */
static int check(const struct corrupt *corrupt)
{
	for (int i = 0; i < LAB_FOUR; i++)
		for (int way = SHOP_GUARDED; way < SHOP_WAYS; way++) {
			const struct shop_tally *tally = &corrupt->tallies[i][way];
			if (tally->wrong_count + tally->wrong_total == 0)
				continue;
			fprintf(stderr, "hocket lab corrupt: %s, %s: %lu updates were lost\n",
				corrupt->executions[i].as, shop_ways[way], tally->lost);
			return EX_SOFTWARE;
		}
	return 0;
}

static void write_sentence(const struct corrupt *corrupt, char *sentence, size_t size)
{
	const struct shop_tally(*all)[SHOP_WAYS] = corrupt->tallies;
	unsigned long updates = (unsigned long)corrupt->runs * SHOP_UPDATES;
	unsigned long one =
		all[LAB_CONCURRENT][SHOP_YIELD].lost + all[LAB_CONCURRENT][SHOP_COMPUTE].lost;
	unsigned long two = all[LAB_PARALLEL][SHOP_YIELD].lost +
		all[LAB_PARALLEL][SHOP_COMPUTE].lost + all[LAB_COMBINED][SHOP_YIELD].lost +
		all[LAB_COMBINED][SHOP_COMPUTE].lost;
	unsigned long none =
		all[LAB_SEQUENTIAL][SHOP_YIELD].lost + all[LAB_SEQUENTIAL][SHOP_COMPUTE].lost;
	int length;
	if (one > 0)
		length = snprintf(sentence, size,
			"On one core, interleaved, %lu of %lu updates were lost where the window "
			"was a yield, and %lu where it was a computation that a slice may end in: "
			"no second core is needed to corrupt data.",
			all[LAB_CONCURRENT][SHOP_YIELD].lost, updates,
			all[LAB_CONCURRENT][SHOP_COMPUTE].lost);
	else
		length = snprintf(sentence, size,
			"On one core, interleaved, none of %lu updates was lost this time, which "
			"does not make the program right.",
			updates);
	length += snprintf(sentence + length, size - (size_t)length,
		" Two workers lost %lu, one task at a time lost %s. With a mutex, an atomic or a "
		"channel nothing was lost in %u runs.",
		two, none == 0 ? "none" : "some, too", 3 * LAB_FOUR * corrupt->runs);
}

/* A number for each way of each execution. */
static void print_ways(const struct corrupt *corrupt, const char *title, size_t offset)
{
	printf("\n  %s\n  %-10s", title, "execution");
	for (int way = 0; way < SHOP_WAYS; way++)
		printf(" %8s", shop_ways[way]);
	putchar('\n');
	for (int i = 0; i < LAB_FOUR; i++) {
		printf("  %-10s", corrupt->executions[i].as);
		for (int way = 0; way < SHOP_WAYS; way++) {
			unsigned long number;
			memcpy(&number, (const char *)&corrupt->tallies[i][way] + offset,
				sizeof(number));
			printf(" %8lu", number);
		}
		putchar('\n');
	}
}

/* How the first updates were lost, in the words of the tasks. */
static void print_story(const struct screen *screen, const struct lab_execution *execution)
{
	char text[1024];
	size_t used =
		(size_t)snprintf(text, sizeof(text), "The counter at first, %s:", execution->as);
	for (const char *line = execution->output; line != NULL && used < sizeof(text);) {
		unsigned task;
		int writes;
		long value;
		if (sscanf(line, "step %u %d %ld", &task, &writes, &value) == 3)
			used += (size_t)snprintf(text + used, sizeof(text) - used, " %c %s %ld.",
				(char)('A' - 1 + task), writes ? "writes" : "reads", value);
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	screen_print(stdout, screen, 2, "", text);
}

static int print(const struct lab_experiment *experiment, const struct corrupt *corrupt,
	const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[512];
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"%u runs in each execution; in each, %d tasks add one to a counter and move money "
		"between accounts, %d times each: they read, leave a window open, and write. The "
		"first two ways take no lock. The result is that of the guarded ways; without a "
		"lock there is none to rely on.",
		corrupt->runs, SHOP_TASKS, SHOP_STEPS);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	lab_report_columns("workers");
	putchar('\n');
	for (int i = 0; i < LAB_FOUR; i++) {
		lab_report_row(&corrupt->executions[i]);
		putchar('\n');
	}
	lab_report_result(corrupt->executions, LAB_FOUR);
	snprintf(line, sizeof(line), "updates of the counter that were lost, of %lu",
		(unsigned long)corrupt->runs * SHOP_UPDATES);
	print_ways(corrupt, line, offsetof(struct shop_tally, lost));
	snprintf(line, sizeof(line), "runs that made or lost money, of %u", corrupt->runs);
	print_ways(corrupt, line, offsetof(struct shop_tally, wrong_total));
	putchar('\n');
	for (int i = 0; i < LAB_FOUR; i++)
		for (int way = 0; way < SHOP_GUARDED; way++) {
			lab_report_lane(&screen, way == 0 ? corrupt->executions[i].as : NULL,
				way == 0 ? "y" : "c");
			lab_report_bar(&screen, screen.width - LAB_LANE_INDENT - 1,
				(double)corrupt->tallies[i][way].lost,
				(double)corrupt->runs * SHOP_UPDATES, 1);
			putchar('\n');
		}
	screen_print(stdout, &screen, 2, "",
		"The share of the updates that was lost: y yield, c compute.");
	print_story(&screen, &corrupt->executions[LAB_CONCURRENT]);
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
	return 0;
}

static int print_json(const struct lab_experiment *experiment, const struct corrupt *corrupt,
	const char *sentence)
{
	cJSON *json = lab_json_make(experiment, corrupt->executions, LAB_FOUR);
	cJSON_AddNumberToObject(json, "runs", corrupt->runs);
	cJSON_AddNumberToObject(json, "updates", (double)corrupt->runs * SHOP_UPDATES);
	for (int i = 0; i < LAB_FOUR && json != NULL; i++) {
		cJSON *item = lab_json_execution(json, (size_t)i);
		cJSON *ways = cJSON_AddObjectToObject(item, "ways");
		for (int way = 0; way < SHOP_WAYS; way++) {
			const struct shop_tally *tally = &corrupt->tallies[i][way];
			cJSON *one = cJSON_AddObjectToObject(ways, shop_ways[way]);
			cJSON_AddNumberToObject(one, "lost", (double)tally->lost);
			cJSON_AddNumberToObject(one, "lost_most", (double)tally->lost_most);
			cJSON_AddNumberToObject(one, "wrong_counts", (double)tally->wrong_count);
			cJSON_AddNumberToObject(one, "wrong_totals", (double)tally->wrong_total);
		}
	}
	return lab_json_print(json, sentence);
}

static int measure(struct corrupt *corrupt, const struct lab_experiment *experiment)
{
	unsigned window = lab_work_per_ms() / 300 + 1; /* some 3 us */
	unsigned numbers[] = { corrupt->runs, window };
	struct lab_arguments arguments;
	lab_arguments_make(&arguments, experiment, numbers, 2);
	for (int i = 0; i < LAB_FOUR; i++) {
		corrupt->executions[i].more = "slice=100us";
		corrupt->executions[i].quiet = true;
	}
	struct lab_bench bench;
	int code = lab_bench_open(&bench, LAB_FOUR);
	if (code != 0)
		return code;
	code = lab_bench_run_four(&bench, corrupt->executions, 2, arguments.argv);
	lab_bench_close(&bench);
	for (int i = 0; i < LAB_FOUR && code == 0; i++)
		code = read_tallies(corrupt, i);
	return code;
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct corrupt corrupt = { .runs = options->runs > 0 ? (unsigned)options->runs : RUNS };
	int code = measure(&corrupt, experiment);
	if (code == 0) {
		char sentence[640];
		write_sentence(&corrupt, sentence, sizeof(sentence));
		code = options->json ? print_json(experiment, &corrupt, sentence) :
				       print(experiment, &corrupt, sentence);
	}
	if (code == 0)
		code = check(&corrupt);
	if (code == 0)
		code = lab_report_check(experiment, corrupt.executions, LAB_FOUR);
	for (int i = 0; i < LAB_FOUR; i++)
		lab_execution_free(&corrupt.executions[i]);
	return code;
}

const struct lab_experiment lab_corrupt = {
	.name = "corrupt",
	.claim = "simultaneous changes may corrupt data",
	.about = "Tasks change a counter and accounts without a lock, then with a mutex, atomics\n"
		 "or a channel, under four executions.\n",
	.takes = LAB_TAKES_RUNS,
	.run = run,
	.program = shop_program,
};
