/* SPDX-License-Identifier: MIT */
/* The kitchen: one binary, executed four times; only the execution changes. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hocket.h>

#include "lab.h"

#define CHEFS	3
#define BAKE_MS "60"
/* What is cooked when nobody says what. */
#define ORDERS	"9"
#define INPUTS	3

#define INDENT 11
/* The table has room for words. */
#define WIDE   78

struct kitchen {
	struct lab_bench bench;
	char kebab[LAB_PATH_MAX];
	char sha256[65];
	char output[LAB_PATH_MAX + 16];
	char orders[32];
	char found[INPUTS][LAB_PATH_MAX]; /* default inputs */
	const char **inputs;
	const char *found_inputs[INPUTS];
	size_t input_count;
	struct lab_execution executions[LAB_FOUR];
};

/* Where kebab may be, seen from the folder of this command. */
static int find_kebab(struct kitchen *kitchen)
{
	static const char *const places[] = {
		"../examples/kebab",	   /* the build tree */
		"../libexec/hocket/kebab", /* installed */
		"kebab",
	};
	char self[LAB_PATH_MAX];
	snprintf(self, sizeof(self), "%s", lab_self());
	const char *folder = dirname(self);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char path[LAB_PATH_MAX + 32], real[PATH_MAX];
		snprintf(path, sizeof(path), "%s/%s", folder, places[i]);
		if (access(path, X_OK) != 0 || realpath(path, real) == NULL)
			continue;
		snprintf(kitchen->kebab, sizeof(kitchen->kebab), "%s", real);
		return 0;
	}
	fprintf(stderr,
		"hocket lab kitchen: the program kebab is not in %s/../examples, "
		"%s/../libexec/hocket or beside hocket: build the examples "
		"(meson configure -Dexamples=enabled), or install them\n",
		folder, folder);
	return EX_UNAVAILABLE;
}

static void take_input(struct kitchen *kitchen, const char *folder, const char *name)
{
	char *path = kitchen->found[kitchen->input_count];
	int length = snprintf(path, LAB_PATH_MAX, "%s/%s", folder, name);
	if (length < LAB_PATH_MAX && access(path, R_OK) == 0) {
		kitchen->found_inputs[kitchen->input_count] = path;
		kitchen->input_count++;
	}
}

/* Real files that are on every machine where we run: the C libraries that this process uses. */
static int take_libraries(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	struct kitchen *kitchen = arg;
	char path[LAB_PATH_MAX];
	snprintf(path, sizeof(path), "%s", info->dlpi_name);
	const char *name = basename(path);
	if (strncmp(name, "libc.so", 7) != 0 && strncmp(name, "libc.musl", 9) != 0)
		return 0;
	char libc[LAB_PATH_MAX];
	snprintf(libc, sizeof(libc), "%s", name);
	const char *folder = dirname(path);
	take_input(kitchen, folder, libc);
	take_input(kitchen, folder, "libm.so.6");
	return 1;
}

static int choose_default_inputs(struct kitchen *kitchen)
{
	kitchen->inputs = kitchen->found_inputs;
	dl_iterate_phdr(take_libraries, kitchen);
	if (kitchen->input_count == 0)
		kitchen->found_inputs[kitchen->input_count++] = lab_self();
	snprintf(kitchen->orders, sizeof(kitchen->orders), ORDERS);
	return 0;
}

static int check_inputs(const struct kitchen *kitchen)
{
	for (size_t i = 0; i < kitchen->input_count; i++)
		if (access(kitchen->inputs[i], R_OK) != 0) {
			fprintf(stderr, "hocket lab kitchen: --input '%s': %s\n",
				kitchen->inputs[i], strerror(errno));
			return EX_NOINPUT;
		}
	return 0;
}

static int choose_inputs(struct kitchen *kitchen, const struct lab_options *options)
{
	if (options->input_count == 0)
		choose_default_inputs(kitchen);
	else {
		kitchen->inputs = options->inputs;
		kitchen->input_count = options->input_count;
	}
	if (options->orders > 0)
		snprintf(kitchen->orders, sizeof(kitchen->orders), "%ld", options->orders);
	return check_inputs(kitchen);
}

/* coreutils' sha256sum computes it: with -z it does not escape names. */
static int compute_sha256(struct kitchen *kitchen)
{
	static char program[] = "sha256sum", option[] = "-z", end[] = "--";
	char *argv[] = { program, option, end, kitchen->kebab, NULL };
	char *output = NULL;
	int code = lab_bench_capture(&kitchen->bench, argv, &output);
	if (code != 0)
		return code;
	size_t digits = strspn(output, "0123456789abcdef");
	snprintf(kitchen->sha256, sizeof(kitchen->sha256), "%s", output);
	free(output);
	if (digits == 64)
		return 0;
	fputs("hocket lab kitchen: sha256sum printed no SHA-256\n", stderr);
	return EX_SOFTWARE;
}

static int cook(struct kitchen *kitchen)
{
	static char bake[] = "--bake", bake_ms[] = BAKE_MS, output[] = "--output",
		    orders[] = "--orders", end[] = "--";
	char **argv = calloc(kitchen->input_count + 10, sizeof(*argv));
	if (argv == NULL) {
		fputs("hocket lab kitchen: no memory for so many inputs\n", stderr);
		return EX_OSERR;
	}
	size_t used = 0;
	argv[used++] = kitchen->kebab;
	argv[used++] = bake;
	argv[used++] = bake_ms;
	argv[used++] = output;
	argv[used++] = kitchen->output;
	if (kitchen->orders[0] != '\0') {
		argv[used++] = orders;
		argv[used++] = kitchen->orders;
	}
	argv[used++] = end;
	for (size_t i = 0; i < kitchen->input_count; i++)
		memcpy(&argv[used++], &kitchen->inputs[i], sizeof(*argv));

	int code = lab_bench_run_four(&kitchen->bench, kitchen->executions, CHEFS, argv);
	free(argv);
	return code;
}

static int measure(struct kitchen *kitchen)
{
	int code = lab_bench_open(&kitchen->bench, LAB_FOUR);
	if (code != 0)
		return code;
	snprintf(kitchen->output, sizeof(kitchen->output), "%s/served", kitchen->bench.folder);
	code = mkdir(kitchen->output, 0700) == 0 ? 0 : EX_CANTCREAT;
	if (code != 0)
		fprintf(stderr, "hocket lab kitchen: %s: %s\n", kitchen->output, strerror(errno));
	if (code == 0)
		code = compute_sha256(kitchen);
	if (code == 0)
		code = cook(kitchen);
	lab_bench_close(&kitchen->bench);
	return code;
}

static void write_sentence(const struct kitchen *kitchen, char *sentence, size_t size)
{
	char switching[LAB_TIME_MAX], three[LAB_TIME_MAX], both[LAB_TIME_MAX];
	const struct lab_execution *executions = kitchen->executions;
	int64_t one = executions[LAB_SEQUENTIAL].wall_ns;
	snprintf(sentence, size,
		"Against one chef with one order at a time: one chef switching %s; three chefs %s; "
		"three chefs switching %s.",
		lab_report_saved(switching, one, executions[LAB_CONCURRENT].wall_ns),
		lab_report_saved(three, one, executions[LAB_PARALLEL].wall_ns),
		lab_report_saved(both, one, executions[LAB_COMBINED].wall_ns));
}

static void print_facts(const struct kitchen *kitchen, const struct screen *screen)
{
	/* "kebab: 9 orders, ..., checksum XXXXXXXX" */
	char facts[512];
	const char *line = strrchr(kitchen->executions[0].output, '\n');
	line = line != NULL ? line + 1 : kitchen->executions[0].output;
	const char *from = strstr(line, ": "), *to = strstr(line, ", checksum");
	if (from != NULL && to != NULL && to > from)
		snprintf(facts, sizeof(facts), "%.*s", (int)(to - from - 2), from + 2);
	else
		snprintf(facts, sizeof(facts), "%s", line);

	screen_print(stdout, screen, INDENT, "  program", kitchen->kebab);
	screen_print(stdout, screen, INDENT, "  SHA-256", kitchen->sha256);
	screen_print(stdout, screen, INDENT, "",
		"the same file four times: only HOCKET_OPTIONS changes");
	for (size_t i = 0; i < kitchen->input_count && i < INPUTS; i++)
		screen_print(stdout, screen, INDENT, i == 0 ? "  cooks" : "", kitchen->inputs[i]);
	if (kitchen->input_count > INPUTS)
		screen_print(stdout, screen, INDENT, "", "...");
	screen_print(stdout, screen, INDENT, "", facts);
	putchar('\n');
}

static void print_table(const struct kitchen *kitchen, const struct screen *screen)
{
	static const char *const chefs[LAB_FOUR] = { "one order at a time", "switches at each wait",
		"three, an order each", "three who switch" };
	lab_report_columns("chefs");
	puts("  result");
	for (int i = 0; i < LAB_FOUR; i++) {
		lab_report_row(&kitchen->executions[i]);
		bool fits = screen->width >= WIDE;
		printf("  %s%s%s\n", kitchen->executions[i].result, fits ? "  " : "",
			fits ? chefs[i] : "");
	}
	putchar('\n');
}

static int print(struct kitchen *kitchen, const struct lab_experiment *experiment)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	lab_report_head(&screen, experiment);
	print_facts(kitchen, &screen);

	print_table(kitchen, &screen);

	struct timeline_scale scale = lab_report_scale(&screen, kitchen->executions, LAB_FOUR);
	timeline_draw_axis(stdout, &screen, &scale, LAB_LANE_INDENT);
	for (int i = 0; i < LAB_FOUR; i++) {
		unsigned char *kinds = timeline_customers(&kitchen->executions[i].events);
		int code = lab_report_workers(&screen, &scale, &kitchen->executions[i], kinds,
			timeline_customer_kinds, UINT_MAX);
		free(kinds);
		if (code != 0)
			return code;
	}
	char legend[256];
	unsigned cpus = kitchen->executions[0].cpus;
	snprintf(legend, sizeof(legend), "A lane is a chef, a %s a customer's order, a dot a wait.",
		screen.unicode ? "colour" : "letter");
	screen_print(stdout, &screen, 2, "", legend);
	if (CHEFS > cpus) {
		snprintf(legend, sizeof(legend),
			"%d chefs on %u CPU%s: what looks like cooking may be waiting for a CPU.",
			CHEFS, cpus, cpus == 1 ? "" : "s");
		screen_print(stdout, &screen, 2, "", legend);
	}
	putchar('\n');
	return 0;
}

static int print_json(const struct kitchen *kitchen, const struct lab_experiment *experiment,
	const char *sentence)
{
	cJSON *json = lab_json_make(experiment, kitchen->executions, LAB_FOUR);
	static const char *const names[] = { NULL, "switching", "three_chefs",
		"three_chefs_switching" };
	bool good = cJSON_AddStringToObject(json, "program", kitchen->kebab) != NULL &&
		cJSON_AddStringToObject(json, "sha256", kitchen->sha256) != NULL;
	cJSON *saved = cJSON_AddObjectToObject(json, "saved");
	for (int i = LAB_CONCURRENT; good && i < LAB_FOUR; i++) {
		double share = 1 -
			(double)kitchen->executions[i].wall_ns /
				(double)kitchen->executions[LAB_SEQUENTIAL].wall_ns;
		good = cJSON_AddNumberToObject(saved, names[i], share) != NULL;
	}
	if (!good) {
		cJSON_Delete(json);
		json = NULL;
	}
	return lab_json_print(json, sentence);
}

static int report(struct kitchen *kitchen, const struct lab_experiment *experiment, bool json)
{
	char sentence[512];
	write_sentence(kitchen, sentence, sizeof(sentence));
	int code;
	if (json) {
		code = print_json(kitchen, experiment, sentence);
	} else {
		code = print(kitchen, experiment);
		if (code == 0) {
			struct screen screen = screen_of(STDOUT_FILENO);
			screen_print(stdout, &screen, 0, "", sentence);
		}
	}
	return code != 0 ? code : lab_report_check(experiment, kitchen->executions, LAB_FOUR);
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct kitchen *kitchen = calloc(1, sizeof(*kitchen));
	if (kitchen == NULL) {
		fputs("hocket lab kitchen: no memory\n", stderr);
		return EX_OSERR;
	}
	int code = find_kebab(kitchen);
	if (code == 0)
		code = choose_inputs(kitchen, options);
	if (code == 0)
		code = measure(kitchen);
	if (code == 0)
		code = report(kitchen, experiment, options->json);
	for (int i = 0; i < LAB_FOUR; i++)
		lab_execution_free(&kitchen->executions[i]);
	free(kitchen);
	return code;
}

const struct lab_experiment lab_kitchen = {
	.name = "kitchen",
	.claim = "concurrency is design, parallelism is execution: one chef or three",
	.about = "Executes the program kebab four times, changing only HOCKET_OPTIONS: one chef\n"
		 "with one order at a time, one who switches, three, three who switch.\n",
	.takes = LAB_TAKES_INPUT | LAB_TAKES_ORDERS,
	.run = run,
};
