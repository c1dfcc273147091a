/* SPDX-License-Identifier: MIT */
/* This command as the program of its own experiments. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <hocket.h>

#include "lab.h"

const char *lab_self(void)
{
	static char path[LAB_PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (length <= 0 || access(path, X_OK) != 0)
		return "/proc/self/exe";
	return path;
}

void lab_arguments_make(struct lab_arguments *arguments, const struct lab_experiment *experiment,
	const unsigned *numbers, size_t count)
{
	size_t used = 0;
	static char command[] = "lab", option[] = "--child";
	arguments->argv[used++] = arguments->self;
	arguments->argv[used++] = command;
	arguments->argv[used++] = option;
	snprintf(arguments->self, sizeof(arguments->self), "%s", lab_self());
	snprintf(arguments->text[0], sizeof(arguments->text[0]), "%s", experiment->name);
	arguments->argv[used++] = arguments->text[0];
	for (size_t i = 0; i < count && i + 1 < LAB_ARGUMENTS_MAX; i++) {
		snprintf(arguments->text[i + 1], sizeof(arguments->text[0]), "%u", numbers[i]);
		arguments->argv[used++] = arguments->text[i + 1];
	}
	arguments->argv[used] = NULL;
}

static bool read_numbers(char **argv, unsigned *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *end;
		unsigned long number = strtoul(argv[i + 1], &end, 10);
		if (*argv[i + 1] == '\0' || *end != '\0' || number == 0 || number > UINT32_MAX / 4)
			return false;
		numbers[i] = (unsigned)number;
	}
	return true;
}

bool lab_arguments_read(int argc, char **argv, unsigned *numbers, size_t count)
{
	if ((size_t)argc == count + 1 && read_numbers(argv, numbers, count))
		return true;
	fprintf(stderr, "hocket lab: --child %s takes %zu number%s, none of them 0\n", argv[0],
		count, count == 1 ? "" : "s");
	return false;
}

int lab_program_failed(const char *experiment, int err)
{
	if (err == -EINVAL)
		return EX_USAGE; /* HOCKET_OPTIONS: hk_run() has named what is wrong */
	fprintf(stderr, "hocket lab %s: %s\n", experiment, hk_strerror(err));
	return EX_SOFTWARE;
}

static int measure(const struct lab_experiment *experiment, unsigned workers, unsigned number,
	struct lab_execution executions[LAB_FOUR])
{
	struct lab_arguments arguments;
	lab_arguments_make(&arguments, experiment, &number, 1);
	struct lab_bench bench;
	int code = lab_bench_open(&bench, LAB_FOUR);
	if (code != 0)
		return code;
	code = lab_bench_run_four(&bench, executions, workers, arguments.argv);
	lab_bench_close(&bench);
	return code;
}

int lab_four(const struct lab_experiment *experiment, const struct lab_options *options,
	unsigned workers, unsigned number,
	int (*report)(const struct lab_experiment *, const struct lab_execution *, bool json))
{
	struct lab_execution executions[LAB_FOUR] = { { 0 } };
	int code = measure(experiment, workers, number, executions);
	if (code == 0)
		code = report(experiment, executions, options->json);
	if (code == 0)
		code = lab_report_check(experiment, executions, LAB_FOUR);
	for (int i = 0; i < LAB_FOUR; i++)
		lab_execution_free(&executions[i]);
	return code;
}
