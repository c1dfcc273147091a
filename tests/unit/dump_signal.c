/* SPDX-License-Identifier: MIT */
/*
 * dump=SIGNAL: the tasks are written to stderr when the signal comes, by whomever it is sent and
 * whatever the tasks do. Each test runs in a child, which reads what it has said itself.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct hk_options options_of(int setup)
{
	struct hk_options options = hkt_options(setup);

	options.dump_signal = SIGUSR1;
	return options;
}

/* How many times stderr, a file in memory, holds the text. */
static int said(const char *what)
{
	static _Thread_local char text[65536];
	ssize_t n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);
	int count = 0;

	text[n > 0 ? n : 0] = '\0';
	for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
		count++;
	return count;
}

static struct hk_mutex m;
static struct hk_sem never;

static int waiter(void *arg)
{
	(void)arg;
	return hk_sem_wait(&never);
}

/* Goal: the tasks are written, whatever goes on. Method: a task sends the signal and computes. */
static int ask(void *setup)
{
	HK_SCOPE(s);
	hk_mutex_lock(&m);
	if (hkt_interleaves(*(int *)setup))
		hk_spawn(&s, waiter, NULL);
	kill(getpid(), SIGUSR1);
	while (said("\"main\" (the first task) ") < 1)
		;
	hk_mutex_unlock(&m);
	hk_sem_post(&never);
	return hk_join(&s);
}

static int ask_in(void *arg)
{
	struct hk_options options = options_of(*(int *)arg);

	return hk_run(&options, ask, arg);
}

START_TEST(tasks_are_written_while_one_computes)
{
	struct hkt_child child;
	char first[128];

	hkt_child(&child, ask_in, &_i);
	snprintf(first, sizeof(first), "^hocket: tasks of run 'main', %s on [0-9]+ worker",
		hk_execution_name(hkt_setups[_i].as));
	hkt_assert_exit(&child, 0, first);
	hkt_assert_exit(&child, 0, "\n  task 1 \"main\" [^\n]*; holds 1 lock\n");
	if (hkt_interleaves(_i))
		hkt_assert_exit(&child, 0, "\n  task 2 \"waiter\" \\(spawned at [^\n]*:[0-9]+");
}
END_TEST

/* Goal: a thread may ask, and all may sleep. Method: the calling thread, and a task in a sleep. */
static _Atomic int over;

static int sleep_until_said(void *arg)
{
	(void)arg;
	while (said("\"main\" (the first task) sleeps, for ") < 1)
		hk_sleep(5 * HK_MS);
	over = 1;
	return 0;
}

static void *ask_on(void *arg)
{
	(void)arg;
	while (!over) {
		pthread_kill(pthread_self(), SIGUSR1);
		hkt_block(HK_MS);
	}
	return NULL;
}

static int ask_from_a_thread(void *arg)
{
	struct hk_options options = options_of(*(int *)arg);
	pthread_t thread;
	int result;

	signal(SIGUSR1, SIG_IGN); /* before and after the run */
	thread = hkt_thread(ask_on, NULL);
	result = hk_run(&options, sleep_until_said, NULL);
	over = 1;
	pthread_join(thread, NULL);
	return result;
}

START_TEST(a_thread_may_ask)
{
	struct hkt_child child;

	hkt_child(&child, ask_from_a_thread, &_i);
	hkt_assert_exit(&child, 0, "called at unit-dump_signal\\+0x[0-9a-f]+\n");
}
END_TEST

/* Goal: each runtime that wants to be asked writes. Method: two, and one that does not. */
static pthread_barrier_t all_there;

static int meet(void *arg)
{
	pthread_barrier_wait(&all_there);
	if (arg)
		kill(getpid(), SIGUSR1);
	while (said("task 1 \"main\"") < 2)
		hk_sleep(HK_MS);
	return 0;
}

static void *run_meet(void *arg)
{
	struct hk_options options = options_of(0);

	if (arg)
		options.dump_signal = 0;
	hk_run(&options, meet, arg);
	return NULL;
}

static int run_three(void *arg)
{
	pthread_t threads[3];

	pthread_barrier_init(&all_there, NULL, 3);
	for (int i = 0; i < 3; i++)
		threads[i] = hkt_thread(run_meet, i == 1 ? arg : NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return said("tasks of run 'main'");
}

START_TEST(each_runtime_that_wants_to_writes)
{
	struct hkt_child child;

	hkt_child(&child, run_three, &child);
	hkt_assert_exit(&child, 2, "");
}
END_TEST

/* Goal: the handler that was there is called as well, and is there again afterwards. */
static volatile sig_atomic_t handled;

static void on_signal(int number)
{
	handled += number == SIGUSR1;
}

static int run_handled(void *arg)
{
	struct hk_options options = options_of(*(int *)arg);
	struct sigaction now;

	signal(SIGUSR1, on_signal);
	if (hk_run(&options, ask, arg) != 0 || handled != 1)
		return 1;
	sigaction(SIGUSR1, NULL, &now);
	return now.sa_handler != on_signal;
}

START_TEST(the_handler_before_is_called_too)
{
	struct hkt_child child;

	hkt_child(&child, run_handled, &_i);
	hkt_assert_exit(&child, 0, "tasks of run");
}
END_TEST

/* Goal: no run misses the handler's last look at it. Method: signals all the time. */
static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int run_often(void *arg)
{
	struct hk_options options = options_of(*(int *)arg);
	long runs = hkt_times(300);
	pthread_t thread;

	signal(SIGUSR1, SIG_IGN);
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	thread = hkt_thread(ask_on, NULL);
	for (long i = 0; i < runs; i++) {
		if (hk_run(&options, nothing, NULL) != 0)
			return 1;
	}
	over = 1;
	pthread_join(thread, NULL);
	return 0;
}

START_TEST(signals_come_while_runs_come_and_go)
{
	struct hkt_child child;

	hkt_child(&child, run_often, &_i);
	hkt_assert_exit(&child, 0, "^$");
}
END_TEST

/* Goal: off, the signal does what it did; on, a forked child does not swallow it. */
static int signal_self(void *arg)
{
	(void)arg;
	kill(getpid(), SIGUSR1);
	return hk_sleep(HK_FOREVER);
}

static int run_without(void *arg)
{
	(void)arg;
	return hk_run(NULL, signal_self, NULL);
}

START_TEST(off_by_default)
{
	struct hkt_child child;

	hkt_child(&child, run_without, NULL);
	hkt_assert_signal(&child, SIGUSR1, "^$");
}
END_TEST

static int fork_and_signal(void *arg)
{
	int status;
	pid_t pid = fork();

	(void)arg;
	if (pid == 0) {
		raise(SIGUSR1);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static int run_fork(void *arg)
{
	struct hk_options options = options_of(*(int *)arg);

	return hk_run(&options, fork_and_signal, NULL);
}

START_TEST(a_forked_child_dies_of_it)
{
	struct hkt_child child;

	hkt_child(&child, run_fork, &_i);
	hkt_assert_exit(&child, SIGUSR1, "^$");
}
END_TEST

/* Goal: HOCKET_OPTIONS asks for it too. */
static int run_by_environment(void *arg)
{
	setenv("HOCKET_OPTIONS", "dump=SIGUSR1", 1);
	return hk_run(NULL, ask, arg);
}

START_TEST(the_environment_asks_for_it)
{
	struct hkt_child child;
	int setup = 0;

	hkt_child(&child, run_by_environment, &setup);
	hkt_assert_exit(&child, 0, "^hocket: tasks of run 'main', combined");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/dump_signal");
	TCase *tc = hkt_case(suite, "dump_signal", 30);

	hkt_add_every(tc, tasks_are_written_while_one_computes);
	hkt_add_every(tc, a_thread_may_ask);
	tcase_add_test(tc, each_runtime_that_wants_to_writes);
	hkt_add_every(tc, the_handler_before_is_called_too);
	hkt_add_every(tc, signals_come_while_runs_come_and_go);
	tcase_add_test(tc, off_by_default);
	hkt_add_every(tc, a_forked_child_dies_of_it);
	tcase_add_test(tc, the_environment_asks_for_it);
	return hkt_main(suite);
}
