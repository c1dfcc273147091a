/* SPDX-License-Identifier: MIT */
/* Runs tests, each in a process group of its own with a time limit, and reports them as TAP. */
#include "check.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TESTS = 256, CASES = 32, MESSAGE = 4096 };

struct entry {
	const TTest *test;
	int number;
};

struct runner_case {
	const char *name;
	double limit_s;
	void (*before)(void);
	unsigned count;
	struct entry tests[TESTS];
};

struct runner_suite {
	const char *name;
	unsigned count;
	TCase *cases[CASES];
};

struct runner {
	Suite *suite;
	int ran, failed;
};

/* Where a test of this process says why it failed. */
static int messages = -1;

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "runner: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void *need_memory(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		give_up("no memory");
	return memory;
}

static void need_room(unsigned count, unsigned most)
{
	if (count == most) {
		fprintf(stderr, "runner: more than %u: raise the limit in runner.c\n", most);
		exit(EXIT_FAILURE);
	}
}

Suite *suite_create(const char *name)
{
	Suite *suite = need_memory(sizeof(*suite));

	suite->name = name;
	return suite;
}

void suite_add_tcase(Suite *suite, TCase *tc)
{
	need_room(suite->count, CASES);
	suite->cases[suite->count++] = tc;
}

TCase *tcase_create(const char *name)
{
	TCase *tc = need_memory(sizeof(*tc));

	tc->name = name;
	return tc;
}

void tcase_set_timeout(TCase *tc, double limit_s)
{
	const char *times = getenv("CK_TIMEOUT_MULTIPLIER");

	tc->limit_s = limit_s * (times != NULL ? strtod(times, NULL) : 1);
}

/* No test has something to do afterwards: its process ends. */
void tcase_add_checked_fixture(TCase *tc, void (*before)(void), void (*after)(void))
{
	if (after != NULL)
		abort();
	tc->before = before;
}

void tcase_add_loop_test(TCase *tc, const TTest *test, int first, int end)
{
	for (int i = first; i < end; i++) {
		need_room(tc->count, TESTS);
		tc->tests[tc->count++] = (struct entry){ test, i };
	}
}

SRunner *srunner_create(Suite *suite)
{
	SRunner *runner = need_memory(sizeof(*runner));

	runner->suite = suite;
	return runner;
}

/* There is no other way than these. */
void srunner_set_fork_status(SRunner *runner, enum fork_status status)
{
	(void)runner;
	(void)status;
}

void srunner_set_tap(SRunner *runner, const char *file)
{
	(void)runner;
	(void)file;
}

int srunner_ntests_failed(const SRunner *runner)
{
	return runner->failed;
}

void srunner_free(SRunner *runner)
{
	for (unsigned i = 0; i < runner->suite->count; i++)
		free(runner->suite->cases[i]);
	free(runner->suite);
	free(runner);
}

void runner_fail(const char *file, int line, const char *format, ...)
{
	char text[MESSAGE];
	va_list arguments;
	int head = snprintf(text, sizeof(text), "%s:%d: ", file, line);

	va_start(arguments, format);
	vsnprintf(text + head, sizeof(text) - (size_t)head, format, arguments);
	va_end(arguments);
	if (write(messages, text, strlen(text)) < 0)
		fprintf(stderr, "%s\n", text);
	_exit(EXIT_FAILURE);
}

void runner_compare_strings(const char *file, int line, const char *a, const char *b, bool equal)
{
	if ((strcmp(a, b) == 0) != equal)
		runner_fail(file, line, "\"%s\" %s \"%s\"", a, equal ? "is not" : "is", b);
}

/* The reason why a test is left out, or NULL. */
static const char *skipped(const Suite *suite, const TTest *test)
{
	static char line[1024];
	const char *path = getenv("HOCKET_TEST_SKIP");
	char key[256];
	FILE *file;

	if (path == NULL)
		return NULL;
	file = fopen(path, "r");
	if (file == NULL)
		give_up(path);
	snprintf(key, sizeof(key), "%s %s ", suite->name, test->name);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, key, strlen(key)) == 0) {
			line[strcspn(line, "\n")] = '\0';
			fclose(file);
			return line + strlen(key);
		}
	}
	fclose(file);
	return NULL;
}

static pid_t start(const TCase *tc, const struct entry *entry, const sigset_t *mask)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		give_up("fork");
	if (pid == 0) {
		setpgid(0, 0);
		sigprocmask(SIG_SETMASK, mask, NULL);
		if (tc->before != NULL)
			tc->before();
		entry->test->fn(entry->number);
		exit(EXIT_SUCCESS);
	}
	setpgid(pid, pid); /* whichever of the two is first */
	return pid;
}

/* Returns the wait status, or -1 when the time was over. SIGCHLD is blocked. */
static int wait_for(pid_t pid, double limit_s)
{
	struct timespec now, left;
	sigset_t child;
	double end;
	int status;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	clock_gettime(CLOCK_MONOTONIC, &now);
	end = (double)now.tv_sec + (double)now.tv_nsec / 1e9 + limit_s;
	while (waitpid(pid, &status, WNOHANG) == 0) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		double rest = end - (double)now.tv_sec - (double)now.tv_nsec / 1e9;
		if (rest <= 0) {
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		left.tv_sec = (time_t)rest;
		left.tv_nsec = (long)((rest - (double)left.tv_sec) * 1e9);
		sigtimedwait(&child, NULL, &left);
	}
	kill(-pid, SIGKILL); /* what it left behind */
	return status;
}

/* What the test said, on one line. */
static const char *message(void)
{
	static char text[MESSAGE];
	ssize_t n = pread(messages, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	for (char *at = text; (at = strchr(at, '\n')) != NULL;)
		*at = '|';
	return text;
}

static void run_one(SRunner *runner, const TCase *tc, const struct entry *entry,
	const sigset_t *mask)
{
	const char *reason = skipped(runner->suite, entry->test);
	char name[256];
	int status = 0;

	snprintf(name, sizeof(name), "%d - %s:%s:%d", ++runner->ran, tc->name, entry->test->name,
		entry->number);
	if (reason != NULL) {
		printf("ok %s # SKIP %s\n", name, reason);
		return;
	}
	messages = memfd_create("messages", MFD_CLOEXEC);
	if (messages < 0)
		give_up("memfd_create");
	status = wait_for(start(tc, entry, mask), tc->limit_s);
	if (status == 0) {
		printf("ok %s: Passed\n", name);
	} else {
		runner->failed++;
		printf("not ok %s: %s", name, message());
		if (status == -1)
			printf(" (was not done after %g s)", tc->limit_s);
		else if (WIFSIGNALED(status))
			printf(" (killed by signal %d)", WTERMSIG(status));
		else
			printf(" (exit code %d)", WEXITSTATUS(status));
		putchar('\n');
	}
	fflush(stdout);
	close(messages);
}

/* CK_RUN_CASE=NAME: that one only. */
static bool wanted(const TCase *tc)
{
	const char *only = getenv("CK_RUN_CASE");

	return only == NULL || strcmp(only, tc->name) == 0;
}

void srunner_run_all(SRunner *runner, enum print_output output)
{
	sigset_t child, mask;

	(void)output;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &mask);
	for (unsigned i = 0; i < runner->suite->count; i++) {
		const TCase *tc = runner->suite->cases[i];
		for (unsigned j = 0; wanted(tc) && j < tc->count; j++)
			run_one(runner, tc, &tc->tests[j], &mask);
	}
	printf("1..%d\n", runner->ran);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}
