/* SPDX-License-Identifier: MIT */
/* Running another program: its options, its signals, its end. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hocket.h>

#define VARIABLE "HOCKET_OPTIONS"
#define PRELOAD	 "LD_PRELOAD"

/* The signals that mean the program, not us. */
static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };
#define PASSED_ON (sizeof(passed_on) / sizeof(passed_on[0]))

/* What was set before the child was started, to be set again in it and after it. */
struct signals {
	sigset_t mask;
	struct sigaction actions[PASSED_ON];
	struct sigaction child;
};

static atomic_int child_pid;

/* A signal from the terminal was sent to the child as well: it must not get it twice. */
static void pass_on(int signal, siginfo_t *info, void *context)
{
	(void)context;
	int saved = errno;
	pid_t pid = atomic_load(&child_pid);
	if (pid > 0 && info->si_code != SI_KERNEL)
		kill(pid, signal);
	errno = saved;
}

/* Signals stay blocked until the caller sets the mask, so that none is lost around the fork. */
static void take_signals(struct signals *before)
{
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before->mask);

	struct sigaction action = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART };
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < PASSED_ON; i++) {
		sigaction(passed_on[i], NULL, &before->actions[i]);
		/* nohup(1) and background jobs ignore signals on purpose */
		if (before->actions[i].sa_handler != SIG_IGN)
			sigaction(passed_on[i], &action, NULL);
	}
	/* whoever started us may ignore SIGCHLD: then there would be no status to wait for */
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigaction(SIGCHLD, &dfl, &before->child);
}

static void give_signals_back(const struct signals *before)
{
	for (size_t i = 0; i < PASSED_ON; i++)
		sigaction(passed_on[i], &before->actions[i], NULL);
	sigaction(SIGCHLD, &before->child, NULL);
	pthread_sigmask(SIG_SETMASK, &before->mask, NULL);
}

/* Appends ":key=value"; a value with ':' cannot be written in the variable. */
static bool append(FILE *text, bool *empty, const char *key, const char *value)
{
	if (value == NULL)
		return true;
	if (*value == '\0' || strchr(value, ':') != NULL) {
		fprintf(stderr,
			"hocket: %s '%s': it must not be empty or contain ':', "
			"which separates the options in " VARIABLE "\n",
			key, value);
		return false;
	}
	fprintf(text, "%s%s=%s", *empty ? "" : ":", key, value);
	*empty = false;
	return true;
}

/* "HOCKET_OPTIONS=..." for the child: those of the environment, then ours, which win. */
static int build_variable(const struct child_options *options, char **variable)
{
	size_t size;
	FILE *text = open_memstream(variable, &size);
	if (text == NULL)
		return -ENOMEM;
	const char *inherited = getenv(VARIABLE);
	bool empty = inherited == NULL || *inherited == '\0';
	fprintf(text, VARIABLE "=%s", empty ? "" : inherited);

	char workers[16];
	snprintf(workers, sizeof(workers), "%u", options->workers);
	bool valid = append(text, &empty, "exec", options->execution) &&
		append(text, &empty, "workers", options->workers > 0 ? workers : NULL) &&
		append(text, &empty, "events", options->events) &&
		append(text, &empty, "stats", options->stats);
	if (valid && options->more != NULL)
		fprintf(text, "%s%s", empty ? "" : ":", options->more);
	bool complete = ferror(text) == 0;
	if (fclose(text) != 0)
		complete = false;
	if (valid && complete)
		return 0;
	free(*variable);
	return valid ? -ENOMEM : -EINVAL;
}

/* "LD_PRELOAD=..." for the child; *variable is NULL when it gets that of the environment. */
static int build_preload(const struct child_options *options, char **variable)
{
	*variable = NULL;
	if (options->preload == NULL)
		return 0;
	const char *inherited = getenv(PRELOAD);
	bool empty = inherited == NULL || *inherited == '\0';
	int length = asprintf(variable, PRELOAD "=%s%s%s", options->preload, empty ? "" : ":",
		empty ? "" : inherited);
	if (length >= 0)
		return 0;
	*variable = NULL;
	return -ENOMEM;
}

/* Whether "NAME=value" says the same variable as `ours`, which may be NULL. */
static bool same_variable(const char *theirs, const char *ours)
{
	size_t length = ours != NULL ? strcspn(ours, "=") + 1 : 0;
	return length > 0 && strncmp(theirs, ours, length) == 0;
}

/* Our environment with these variables in it. The strings are not copied. */
static char **build_environment(char *variable, char *preload)
{
	size_t count = 0;
	while (environ[count] != NULL)
		count++;
	char **environment = calloc(count + 3, sizeof(*environment));
	if (environment == NULL)
		return NULL;
	size_t used = 0;
	for (size_t i = 0; i < count; i++)
		if (!same_variable(environ[i], variable) && !same_variable(environ[i], preload))
			environment[used++] = environ[i];
	environment[used++] = variable;
	environment[used] = preload;
	return environment;
}

/* In the child: our handlers end, what was ignored stays ignored. */
static void forget_signals(const struct signals *before)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	for (size_t i = 0; i < PASSED_ON; i++)
		if (before->actions[i].sa_handler != SIG_IGN)
			sigaction(passed_on[i], &dfl, NULL);
	if (before->child.sa_handler == SIG_IGN)
		sigaction(SIGCHLD, &before->child, NULL);
	pthread_sigmask(SIG_SETMASK, &before->mask, NULL);
}

/* In the child: only calls that are safe between fork and exec. */
static _Noreturn void become(const struct child_options *options, char **environment,
	const struct signals *signals, pid_t parent, int report)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(128 + SIGKILL);
	if ((options->out < 0 || options->out == STDOUT_FILENO ||
		    dup2(options->out, STDOUT_FILENO) >= 0) &&
		(options->err == 0 || dup2(options->err, STDERR_FILENO) >= 0)) {
		forget_signals(signals);
		execvpe(options->argv[0], options->argv, environment);
	}
	int err = errno;
	ssize_t ignored = write(report, &err, sizeof(err));
	(void)ignored;
	_exit(127);
}

/* Starts the program. Returns its pid, or a negative errno. */
static pid_t start(const struct child_options *options, char **environment,
	const struct signals *signals)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) != 0)
		return -errno;
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid == 0)
		become(options, environment, signals, parent, report[1]);
	int err = pid < 0 ? errno : 0;
	close(report[1]);
	if (pid > 0) {
		/* the pipe closes without a word when the exec succeeds */
		ssize_t got;
		do
			got = read(report[0], &err, sizeof(err));
		while (got < 0 && errno == EINTR);
		if (got == (ssize_t)sizeof(err))
			waitpid(pid, NULL, 0);
		else
			err = 0;
	}
	close(report[0]);
	return err != 0 ? -err : pid;
}

/* Waits first and takes the status then: between the two nobody else can have the pid. */
static int await(pid_t pid, struct child_result *result)
{
	siginfo_t info;
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0)
		if (errno != EINTR)
			return -errno;
	atomic_store(&child_pid, 0);
	struct rusage usage;
	while (wait4(pid, &result->status, 0, &usage) < 0)
		if (errno != EINTR)
			return -errno;
	result->cpu_ns = ((int64_t)usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * HK_S +
		((int64_t)usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * HK_US;
	return 0;
}

static void say_not_started(const char *program, int err)
{
	if (err == -ENOENT && strchr(program, '/') == NULL)
		fprintf(stderr, "hocket: %s: no such program in PATH\n", program);
	else if (err == -ENOENT)
		fprintf(stderr, "hocket: %s: no such program, or its interpreter is missing\n",
			program);
	else
		fprintf(stderr, "hocket: %s: cannot be run: %s\n", program, hk_strerror(err));
}

int child_run(const struct child_options *options, struct child_result *result)
{
	char *variable;
	char *preload;
	int err = build_variable(options, &variable);
	if (err == -EINVAL)
		return err;
	if (err == 0 && build_preload(options, &preload) != 0) {
		free(variable);
		err = -ENOMEM;
	}
	char **environment = err == 0 ? build_environment(variable, preload) : NULL;
	if (environment == NULL) {
		if (err == 0) {
			free(preload);
			free(variable);
		}
		say_not_started(options->argv[0], -ENOMEM);
		return -ENOMEM;
	}

	struct signals before;
	take_signals(&before);
	hk_time begin = hk_now();
	pid_t pid = start(options, environment, &before);
	if (pid > 0) {
		atomic_store(&child_pid, pid);
		pthread_sigmask(SIG_SETMASK, &before.mask, NULL);
		err = await(pid, result);
		result->wall_ns = hk_now() - begin;
	} else {
		err = pid;
	}
	give_signals_back(&before);
	if (err != 0)
		say_not_started(options->argv[0], err);
	free(environment);
	free(preload);
	free(variable);
	return err;
}

int child_exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
