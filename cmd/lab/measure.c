/* SPDX-License-Identifier: MIT */
/* Running a program under an execution and collecting what it left: output, counters, events. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hocket.h>

#include "child.h"
#include "lab.h"
#include "stats.h"

/* Between two programs nobody passes signals on: then this one must clean up itself. */
static const int asks_to_stop[LAB_SIGNALS] = { SIGHUP, SIGINT, SIGTERM };

static atomic_int interrupted;

int lab_interrupted(void)
{
	return atomic_load(&interrupted);
}

static void note(int signal)
{
	atomic_store(&interrupted, signal);
}

static void take_signals(struct lab_bench *bench)
{
	struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < LAB_SIGNALS; i++) {
		sigaction(asks_to_stop[i], NULL, &bench->before[i]);
		if (bench->before[i].sa_handler != SIG_IGN)
			sigaction(asks_to_stop[i], &action, NULL);
	}
}

static void give_signals_back(const struct lab_bench *bench)
{
	for (size_t i = 0; i < LAB_SIGNALS; i++)
		sigaction(asks_to_stop[i], &bench->before[i], NULL);
}

int lab_bench_open(struct lab_bench *bench, unsigned steps)
{
	const char *parent = getenv("TMPDIR");
	if (parent == NULL || *parent == '\0')
		parent = "/tmp";
	bench->progress = NULL;
	take_signals(bench);
	int length = snprintf(bench->folder, sizeof(bench->folder), "%s/hocket-lab-XXXXXX", parent);
	if (length >= (int)sizeof(bench->folder) || mkdtemp(bench->folder) == NULL) {
		fprintf(stderr,
			"hocket lab: no folder for measurements can be made in '%s' (%s): "
			"let TMPDIR name a folder that can be written\n",
			parent, strerror(errno));
		give_signals_back(bench);
		return EX_CANTCREAT;
	}
	bench->progress = lab_progress_open(steps);
	return 0;
}

void lab_bench_hide_progress(struct lab_bench *bench)
{
	lab_progress_close(bench->progress);
	bench->progress = NULL;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	/* what cannot be removed stays; the rest still goes */
	(void)remove(path);
	return 0;
}

void lab_bench_close(struct lab_bench *bench)
{
	lab_progress_close(bench->progress);
	nftw(bench->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	give_signals_back(bench);
}

/* The whole file, with a 0 after it. */
static char *read_all(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t capacity = 0;
	if (file == NULL)
		return NULL;
	ssize_t length = getdelim(&text, &capacity, '\0', file);
	fclose(file);
	if (length >= 0)
		return text;
	free(text);
	return strdup("");
}

static int stop(int signal)
{
	fprintf(stderr, "hocket lab: interrupted (%s), nothing is left behind\n",
		strsignal(signal));
	return 128 + signal;
}

static bool asked_to_stop(int signal)
{
	for (size_t i = 0; i < LAB_SIGNALS; i++)
		if (asks_to_stop[i] == signal)
			return true;
	return false;
}

/* The exit code that the program's end means for us; 0: all is well. One that fails says why. */
static int judge(const char *program, int status)
{
	if (lab_interrupted() != 0)
		return stop(lab_interrupted());
	if (WIFSIGNALED(status) && asked_to_stop(WTERMSIG(status)))
		return stop(WTERMSIG(status));
	if (WIFSIGNALED(status))
		fprintf(stderr, "hocket lab: %s was ended by signal %d (%s)\n", program,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	return child_exit_code(status);
}

static int run(struct lab_bench *bench, struct child_options *options, struct child_result *result,
	char **output)
{
	char path[LAB_PATH_MAX + 16];
	snprintf(path, sizeof(path), "%s/output", bench->folder);
	options->out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (options->out < 0) {
		fprintf(stderr, "hocket lab: %s: %s\n", path, strerror(errno));
		return EX_CANTCREAT;
	}
	int code = child_run(options, result) == 0 ? 0 : EX_UNAVAILABLE;
	close(options->out);
	if (code == 0)
		code = judge(options->argv[0], result->status);
	if (code != 0)
		return code;
	*output = read_all(path);
	if (*output == NULL)
		fprintf(stderr, "hocket lab: %s: %s\n", path, strerror(errno));
	return *output == NULL ? EX_OSERR : 0;
}

int lab_bench_capture(struct lab_bench *bench, char *const argv[], char **output)
{
	struct child_options options = { .argv = argv };
	struct child_result result;
	return run(bench, &options, &result, output);
}

/* Cuts the output behind its last word and returns that, or NULL. */
static char *last_word(char *output)
{
	size_t end = strlen(output);
	while (end > 0 && strchr(" \n", output[end - 1]) != NULL)
		end--;
	output[end] = '\0';
	char *blank = strrchr(output, ' ');
	return blank != NULL && blank[1] != '\0' ? blank + 1 : NULL;
}

/* Those before the last one. */
static void add_runs(struct lab_execution *execution, const struct stats *stats)
{
	double idle_ns = execution->idle * (double)execution->wall_ns;
	for (size_t i = 0; i + 1 < stats->count; i++) {
		const struct stats_run *run = &stats->runs[i];
		execution->wall_ns += run->wall_ns;
		execution->cpu_ns += run->cpu_ns;
		execution->switches += run->switches;
		idle_ns += run->idle * (double)run->wall_ns;
		for (int cause = 0; cause < HK_CAUSES; cause++)
			execution->parks[cause] += run->parks[cause];
	}
	execution->idle = execution->wall_ns > 0 ? idle_ns / (double)execution->wall_ns : 0;
}

static int read_measures(struct lab_execution *execution, const char *stats_path,
	const char *events_path)
{
	struct stats stats;
	if (stats_read(stats_path, &stats) != 0)
		return EX_SOFTWARE;
	if (stats.count == 0) {
		fprintf(stderr, "hocket lab: the program of this experiment ran no tasks\n");
		stats_free(&stats);
		return EX_SOFTWARE;
	}
	const struct stats_run *last = &stats.runs[stats.count - 1];
	execution->cpus = last->cpus;
	execution->workers = last->workers;
	execution->wall_ns = last->wall_ns;
	execution->cpu_ns = last->cpu_ns;
	execution->idle = last->idle;
	execution->switches = last->switches;
	memcpy(execution->parks, last->parks, sizeof(execution->parks));
	if (execution->all_runs)
		add_runs(execution, &stats);
	stats_free(&stats);
	if (execution->quiet)
		return 0;
	return events_read(events_path, &execution->events) == 0 ? 0 : EX_SOFTWARE;
}

/* A program that runs no tasks writes no counters: then this file stays as it is. */
static int empty(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0 && close(fd) == 0)
		return 0;
	fprintf(stderr, "hocket lab: %s: %s\n", path, strerror(errno));
	return EX_CANTCREAT;
}

/* A program without tasks has no counters: what the system says about it must do. */
static void take_measures(struct lab_execution *execution, const struct child_result *result)
{
	cpu_set_t set;
	execution->cpus = 1;
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		execution->cpus = (unsigned)CPU_COUNT(&set);
	execution->wall_ns = result->wall_ns;
	execution->cpu_ns = result->cpu_ns;
	execution->idle =
		1 - (double)result->cpu_ns / ((double)result->wall_ns * execution->workers);
	if (execution->idle < 0)
		execution->idle = 0;
}

/* Runs the program of an execution; err as in child_options. */
static int start(struct lab_bench *bench, struct lab_execution *execution, char *const argv[],
	int err, struct child_result *result)
{
	if (lab_interrupted() != 0)
		return stop(lab_interrupted());
	char stats[LAB_PATH_MAX + 16], events[LAB_PATH_MAX + 16];
	snprintf(stats, sizeof(stats), "%s/stats", bench->folder);
	snprintf(events, sizeof(events), "%s/events", bench->folder);
	(void)remove(events);
	int code = empty(stats);
	if (code != 0)
		return code;
	struct child_options options = { .argv = argv, .err = err };
	if (!execution->peer) {
		options.execution = execution->as;
		options.workers = execution->workers;
		options.stats = stats;
		options.events = execution->quiet ? NULL : events;
		options.more = execution->more;
	}
	lab_progress_step(bench->progress, execution->as, execution->workers);
	return run(bench, &options, result, &execution->output);
}

/* Fills in what an execution that ended well has left. */
static int collect(struct lab_bench *bench, struct lab_execution *execution, const char *program,
	const struct child_result *result)
{
	char stats[LAB_PATH_MAX + 16], events[LAB_PATH_MAX + 16];
	snprintf(stats, sizeof(stats), "%s/stats", bench->folder);
	snprintf(events, sizeof(events), "%s/events", bench->folder);
	execution->result = last_word(execution->output);
	if (execution->result == NULL) {
		fprintf(stderr, "hocket lab: %s printed no result\n", program);
		return EX_SOFTWARE;
	}
	if (!execution->peer)
		return read_measures(execution, stats, events);
	take_measures(execution, result);
	return 0;
}

int lab_bench_run(struct lab_bench *bench, struct lab_execution *execution, char *const argv[])
{
	struct child_result result;
	int code = start(bench, execution, argv, 0, &result);
	return code == 0 ? collect(bench, execution, argv[0], &result) : code;
}

/* After a deadlock there are no counters. */
static int collect_deadlock(struct lab_bench *bench, struct lab_execution *execution,
	const struct child_result *result)
{
	char events[LAB_PATH_MAX + 16];
	snprintf(events, sizeof(events), "%s/events", bench->folder);
	take_measures(execution, result);
	if (execution->quiet)
		return 0;
	return events_read(events, &execution->events) == 0 ? 0 : EX_SOFTWARE;
}

int lab_bench_dare(struct lab_bench *bench, struct lab_execution *execution, char *const argv[],
	char **said, bool *deadlock)
{
	char path[LAB_PATH_MAX + 16];
	snprintf(path, sizeof(path), "%s/report", bench->folder);
	int err = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (err < 0) {
		fprintf(stderr, "hocket lab: %s: %s\n", path, strerror(errno));
		return EX_CANTCREAT;
	}
	struct child_result result;
	int code = start(bench, execution, argv, err, &result);
	close(err);
	*said = read_all(path);
	if (*said == NULL) {
		fprintf(stderr, "hocket lab: %s: %s\n", path, strerror(errno));
		return EX_OSERR;
	}
	*deadlock = code == HK_EXIT_DEADLOCK;
	if (*deadlock)
		code = collect_deadlock(bench, execution, &result);
	else if (code == 0)
		code = collect(bench, execution, argv[0], &result);
	else
		fputs(*said, stderr);
	if (code != 0)
		free(*said);
	return code;
}

int lab_bench_alternate(struct lab_bench *bench, struct lab_execution *executions,
	struct lab_tries *tries, size_t count)
{
	for (size_t i = 0; i < LAB_TRIES * count; i++) {
		struct lab_execution *execution = &executions[i % count];
		struct lab_tries *all = &tries[i % count];
		size_t now = i / count;
		lab_execution_free(execution);
		int code = lab_bench_run(bench, execution, all->arguments->argv);
		if (code != 0)
			return code;
		all->wall_ns[now] = execution->wall_ns;
		all->cpu_ns[now] = execution->cpu_ns;
		if (all->key == NULL)
			continue;
		all->value[now] = lab_numbers_one(execution->output, all->key);
		if (all->value[now] < 0) {
			fprintf(stderr, "hocket lab: the program printed no '%s'\n", all->key);
			return EX_SOFTWARE;
		}
	}
	return 0;
}

int lab_bench_run_four(struct lab_bench *bench, struct lab_execution executions[LAB_FOUR],
	unsigned workers, char *const argv[])
{
	static const char *const as[] = { "sequential", "concurrent", "parallel", "combined" };
	int code = 0;
	for (int i = 0; i < LAB_FOUR && code == 0; i++) {
		executions[i].as = as[i];
		executions[i].workers = i < LAB_PARALLEL ? 1 : workers;
		code = lab_bench_run(bench, &executions[i], argv);
	}
	return code;
}

void lab_execution_free(struct lab_execution *execution)
{
	free(execution->output);
	execution->output = NULL;
	events_free(&execution->events);
}
