/* SPDX-License-Identifier: MIT */
/* A fork() in the middle of it all: its child has one thread, and a copy of a run. */
#include "../check_hocket.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Goal: an interrupt that was meant for the parent is nothing to the child (ThreadSanitizer puts
 * signals off, and has them in memory that a child gets a copy of). Method: handlers for fork()
 * that are called before the library's own. In the parent the task loses its worker, to another
 * that waits; the child is given an interrupt that the parent had before.
 */
static _Atomic int others_ran;
static struct sigaction library;
static siginfo_t kept;
static _Atomic bool is_kept;

static void keep(int signal, siginfo_t *info, void *context)
{
	kept = *info;
	is_kept = true;
	library.sa_sigaction(signal, info, context);
}

static void interrupt_late(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	library.sa_sigaction(SIGURG, &kept, context);
}

static void lose_the_worker(void)
{
	int before = others_ran;

	for (int i = 0; i < 5000 && others_ran < before + 10; i++)
		hkt_block(HK_MS);
}

static void interrupt_child(void)
{
	raise(SIGUSR1);
}

static void keep_an_interrupt(void)
{
	struct sigaction action;

	ck_assert_int_eq(sigaction(SIGURG, NULL, &library), 0);
	action = library;
	action.sa_sigaction = keep;
	ck_assert_int_eq(sigaction(SIGURG, &action, NULL), 0);
	action.sa_sigaction = interrupt_late;
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	while (!is_kept)
		; /* until somebody else's time has come */
}

static int fork_once(void *arg)
{
	int status;
	pid_t child;

	(void)arg;
	keep_an_interrupt();
	child = fork();
	if (child == 0)
		_exit(7);
	ck_assert_int_gt(child, 0);
	ck_assert_int_gt(others_ran, 9);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 7 << 8);
	return 0;
}

static int run_others(void *arg)
{
	(void)arg;
	for (int i = 0; i < 300; i++) {
		others_ran++;
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	}
	return 0;
}

static int fork_beside_others(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, run_others, NULL);
	hk_spawn(&s, fork_once, NULL);
	return hk_join(&s);
}

START_TEST(the_child_is_not_interrupted)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.workers = 1;
	ck_assert_int_eq(pthread_atfork(lose_the_worker, NULL, interrupt_child), 0);
	ck_assert_int_eq(hk_run(&options, fork_beside_others, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/fork");
	TCase *tc = hkt_case(suite, "fork", 20);

	tcase_add_test(tc, the_child_is_not_interrupted);
	return hkt_main(suite);
}
