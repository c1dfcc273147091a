/* SPDX-License-Identifier: MIT */
/* Waiting: a task that reads what is typed, beside a task that computes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <hocket.h>

#include "lab.h"

/* --- the program ------------------------------------------------------------------------- */

static const char text[] = "Waiting is not work, said the cook.\n";
#define KEY_MS 20

struct desk {
	int keys; /* the pipe's end to read from */
	unsigned numbers;
	uint32_t typed;
	unsigned primes;
};

/* Another process, as a person would be: it types, whatever we do meanwhile. */
static pid_t start_typist(int *keys)
{
	int ends[2];
	if (pipe(ends) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		struct timespec pause = { 0, KEY_MS * HK_MS };
		for (size_t i = 0; i + 1 < sizeof(text); i++) {
			nanosleep(&pause, NULL);
			if (write(ends[1], &text[i], 1) != 1)
				_exit(EX_IOERR);
		}
		_exit(EX_OK);
	}
	int err = errno;
	close(ends[1]);
	if (pid < 0)
		close(ends[0]);
	errno = err;
	*keys = ends[0];
	return pid;
}

static int read_keys(void *arg)
{
	struct desk *desk = arg;
	char key;
	ssize_t got;
	while ((got = hk_read(desk->keys, &key, 1)) > 0)
		desk->typed = lab_work_checksum(desk->typed, &key, 1);
	return (int)got;
}

static int compute(void *arg)
{
	struct desk *desk = arg;
	desk->primes = lab_work_primes_politely(LAB_WORK_FROM, desk->numbers);
	return 0;
}

static int read_and_compute(void *arg)
{
	HK_SCOPE(scope);
	hk_spawn(&scope, read_keys, arg);
	hk_spawn(&scope, compute, arg);
	return hk_join(&scope);
}

static int program(int argc, char **argv)
{
	struct desk desk = { .typed = LAB_WORK_CHECKSUM };
	if (!lab_arguments_read(argc, argv, &desk.numbers, 1))
		return EX_USAGE;
	pid_t typist = start_typist(&desk.keys);
	if (typist < 0) {
		fprintf(stderr, "hocket lab waiting: nobody can type: %s\n", strerror(errno));
		return EX_OSERR;
	}
	int err = hk_run(NULL, read_and_compute, &desk);
	close(desk.keys);
	waitpid(typist, NULL, 0);
	if (err < 0)
		return lab_program_failed("waiting", err);
	uint32_t sum = lab_work_checksum(desk.typed, &desk.primes, sizeof(desk.primes));
	printf("result %08x\n", sum);
	return EX_OK;
}

/* --- the experiment ---------------------------------------------------------------------- */

/* A little more than the typing takes, so that there is always something to compute. */
#define COMPUTE_MS ((unsigned)(sizeof(text) - 1) * KEY_MS * 11 / 10)

static const struct timeline_kind looks[TIMELINE_KINDS] = {
	{ '#', 8, false },
	{ 'R', 3, false },
	{ 'C', 2, false },
};

#define LOOK_WAITS                                                                                 \
	{                                                                                          \
		'-', 3, true                                                                       \
	}
static const struct timeline_kind reader_looks[TIMELINE_KINDS] = {
	[TIMELINE_WAITS + HK_CAUSE_READ] = LOOK_WAITS,
};
static const struct timeline_kind legend[] = { { 'C', 2, false }, LOOK_WAITS };

/* A lane for each worker, and one for the reader, whose work is too short to be seen. */
static int print_lanes(const struct screen *screen, const struct timeline_scale *scale,
	const struct lab_execution *execution)
{
	const struct events *events = &execution->events;
	unsigned char *kinds = timeline_customers(events);
	int code = lab_report_workers(screen, scale, execution, kinds, looks, 2);
	free(kinds);
	struct timeline_lane lane = { 0 };
	for (size_t i = 0; i < events->task_count && code == 0; i++)
		if (strcmp(events->tasks[i].name, "read_keys") == 0)
			code = timeline_task(&lane, events, events->tasks[i].id) == 0 ? 0 :
											EX_OSERR;
	if (code == 0) {
		lab_report_lane(screen, NULL, "reader");
		timeline_draw(stdout, screen, scale, &lane, execution->wall_ns, reader_looks);
	}
	timeline_free(&lane);
	return code;
}

static void write_sentence(const struct lab_execution *executions, char *sentence, size_t size)
{
	char saved[LAB_TIME_MAX];
	snprintf(sentence, size,
		"One task at a time, the core was idle for %.0f %% of the time, most of it waiting "
		"for keys; interleaved, for %.0f %%, and that %s of the time. Of two cores one "
		"could only wait: idle for %.0f %% without interleaving, %.0f %% with it.",
		executions[LAB_SEQUENTIAL].idle * 100, executions[LAB_CONCURRENT].idle * 100,
		lab_report_saved(saved, executions[LAB_SEQUENTIAL].wall_ns,
			executions[LAB_CONCURRENT].wall_ns),
		executions[LAB_PARALLEL].idle * 100, executions[LAB_COMBINED].idle * 100);
}

static int print(const struct lab_experiment *experiment, const struct lab_execution *executions,
	const char *sentence)
{
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[256];
	lab_report_head(&screen, experiment);
	snprintf(line, sizeof(line),
		"One task reads keys, one every %d ms, from a process that types; another computes "
		"for some %u ms.",
		KEY_MS, COMPUTE_MS);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	lab_report_columns("workers");
	putchar('\n');
	for (int i = 0; i < LAB_FOUR; i++) {
		lab_report_row(&executions[i]);
		putchar('\n');
	}
	lab_report_result(executions, LAB_FOUR);
	putchar('\n');

	struct timeline_scale scale = lab_report_scale(&screen, executions, LAB_FOUR);
	timeline_draw_axis(stdout, &screen, &scale, LAB_LANE_INDENT);
	for (int i = 0; i < LAB_FOUR; i++) {
		int code = print_lanes(&screen, &scale, &executions[i]);
		if (code != 0)
			return code;
	}
	static const char *const names[] = { "a worker computes", "the reader waits for a key" };
	lab_report_legend(&screen, legend, names, 2);
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
	return 0;
}

static int report(const struct lab_experiment *experiment, const struct lab_execution *executions,
	bool json)
{
	char sentence[512];
	write_sentence(executions, sentence, sizeof(sentence));
	return json ? lab_json_print(lab_json_make(experiment, executions, LAB_FOUR), sentence) :
		      print(experiment, executions, sentence);
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	return lab_four(experiment, options, 2, lab_work_per_ms() * COMPUTE_MS, report);
}

const struct lab_experiment lab_waiting = {
	.name = "waiting",
	.claim = "the CPU is wasted while a task waits for input, such as a keyboard's",
	.about = "Runs a task that reads what is typed beside one that computes, under four\n"
		 "executions.\n",
	.run = run,
	.program = program,
};
