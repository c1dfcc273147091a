/* SPDX-License-Identifier: MIT */
/*
 * Calls that block their kernel thread: others get the worker meanwhile, the call does not notice.
 * And tasks that stay on one kernel thread. Each test runs on 1, 2 and 8 workers.
 */
#include "../check_hocket.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int thread_id(void)
{
	return (int)syscall(SYS_gettid);
}

static _Atomic int ticks;

/* Ticks each millisecond until told to stop. */
static _Atomic bool stop;

static int tick(void *arg)
{
	(void)arg;
	while (!stop) {
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
		ticks++;
	}
	return 0;
}

/*
 * Goal: a raw call that blocks keeps nobody from running. Method: 16 raw sleeps, of which more last
 * at once than there are workers, again until there are ticks. A lookout held up takes far less.
 */
static _Atomic int inside, most;

static int sleep_500ms(void *arg)
{
	int now = ++inside, before = most;

	(void)arg;
	while (now > before && !atomic_compare_exchange_weak(&most, &before, now))
		;
	do
		hkt_sleep_raw(500 * HK_MS);
	while (ticks <= 10);
	inside--;
	stop = true;
	return 0;
}

static int blocked_beside(void *fn)
{
	HK_SCOPE(s);
	hk_spawn(&s, tick, NULL);
	for (int i = 0; i < 16; i++)
		hk_spawn(&s, *(int (**)(void *))fn, NULL);
	return hk_join(&s);
}

static void block_many(int setup, int (*fn)(void *))
{
	ck_assert_int_eq(hkt_run(setup, blocked_beside, &fn), 0);
	ck_assert_int_gt(most, (int)hkt_setups[setup].workers + 1);
}

START_TEST(a_raw_call_blocks_nobody_else)
{
	block_many(_i, sleep_500ms);
}
END_TEST

/* Goal: the same, said in advance. Method: the same in hk_blocking(), with its result. */
static int return_seven(void *arg)
{
	sleep_500ms(arg);
	return 7;
}

static int block_500ms(void *arg)
{
	ck_assert_int_eq(hk_blocking(return_seven, arg), 7);
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	return 0;
}

START_TEST(a_call_said_to_block_blocks_nobody_else)
{
	block_many(_i, block_500ms);
}
END_TEST

/* Goal: hk_blocking() is a plain call where it can be no other. Method: no task; no interleaving;
 * calls of the library inside. */
static int nap_inside(void *arg)
{
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(hk_sleep(100 * HK_US), 0);
		hkt_sleep_raw(HK_MS);
		hk_yield();
	}
	return *(int *)arg;
}

static int block_inside(void *arg)
{
	static int zero;

	HK_SCOPE(s);
	for (int i = 0; i < 20; i++)
		hk_spawn(&s, nap_inside, &zero);
	ck_assert_int_eq(hk_blocking(nap_inside, arg), *(int *)arg);
	return hk_join(&s);
}

START_TEST(the_library_may_be_called_inside)
{
	int value = 5;

	ck_assert_int_eq(hk_blocking(nap_inside, &value), 5);
	ck_assert_int_eq(hkt_run(_i, block_inside, &value), 0);
}
END_TEST

/* Goal: many at once. Method: 300 tasks in a raw sleep of 500 ms, six at a time; ticks go on. */
static _Atomic int asleep;

static int sleep_among_many(void *arg)
{
	(void)arg;
	do
		hkt_sleep_raw(500 * HK_MS);
	while (ticks <= 10);
	if (++asleep == 300)
		stop = true;
	return 0;
}

static int three_hundred(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, tick, NULL);
	for (int i = 0; i < 300; i++)
		hk_spawn(&s, sleep_among_many, NULL);
	return hk_join(&s);
}

START_TEST(hundreds_may_block_at_once)
{
	hk_time limit = hk_now() + 300 * 500 * HK_MS / 6;

	ck_assert_int_eq(hkt_run(_i, three_hundred, NULL), 0);
	ck_assert_int_lt(hk_now(), limit);
}
END_TEST

/* Goal: a task that comes back from a call waits for a worker. Method: a count of those that run
 * between two calls of the library never exceeds the workers for long: each checks its worker. */
static int come_back(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++) {
		hkt_sleep_raw(HK_MS);
		ck_assert_int_ge(hk_task_worker(), 0);
		hk_yield();
	}
	return 0;
}

static int twenty_come_back(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 20; i++)
		hk_spawn(&s, come_back, NULL);
	return hk_join(&s);
}

START_TEST(tasks_come_back_from_calls)
{
	for (int i = 0; i < hkt_times(5); i++)
		ck_assert_int_eq(hkt_run(_i, twenty_come_back, NULL), 0);
}
END_TEST

/*
 * Goal: a sticky task keeps its kernel thread, others share it not while it lives. Method: sleeps,
 * yields, locks and raw calls; the thread's number; a thread-local variable of its own.
 */
static _Thread_local int mine;
static struct hk_mutex mutex;

static int stay(void *arg)
{
	int thread = thread_id(), value = (int)hk_task_id();

	(void)arg;
	mine = value;
	for (int i = 0; i < 50; i++) {
		hk_yield();
		ck_assert_int_eq(hk_sleep(20 * HK_US), 0);
		HK_LOCKED(&mutex)
			hk_yield();
		if (i % 10 == 0)
			hkt_sleep_raw(HK_MS);
		ck_assert_int_eq(thread_id(), thread);
		ck_assert_int_eq(mine, value);
	}
	return 0;
}

/* Not inlined: on aarch64 a compiler takes the address once, and wander() changes threads. */
static __attribute__((noinline)) void set_mine(int value)
{
	mine = value;
}

static int wander(void *arg)
{
	(void)arg;
	for (int i = 0; i < 200; i++) {
		hk_yield();
		set_mine(-1 - i);
		HK_LOCKED(&mutex)
			hk_yield();
	}
	return 0;
}

static int sticky_and_others(void *arg)
{
	struct hk_task_options sticky = HK_TASK_OPTIONS_INIT;

	(void)arg;
	sticky.flags = HK_STICKY;
	HK_SCOPE(s);
	for (int i = 0; i < 10; i++) {
		hk_spawn_with(&s, &sticky, stay, NULL);
		hk_spawn(&s, wander, NULL);
	}
	return hk_join(&s);
}

START_TEST(sticky_tasks_keep_their_thread)
{
	for (int i = 0; i < hkt_times(10); i++)
		ck_assert_int_eq(hkt_run(_i, sticky_and_others, NULL), 0);
}
END_TEST

/* Goal: sticky tasks without interleaving are ordinary ones. Method: the same, other executions. */
START_TEST(sticky_means_nothing_without_interleaving)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = _i ? HK_PARALLEL : HK_SEQUENTIAL;
	ck_assert_int_eq(hk_run(&options, sticky_and_others, NULL), 0);
}
END_TEST

/* Goal: a lack of carriers that nothing can end is said. Method: two sticky tasks, room for one. */
static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int sticky_in_sticky(void *arg)
{
	struct hk_task_options sticky = HK_TASK_OPTIONS_INIT;

	sticky.flags = HK_STICKY;
	HK_SCOPE(s);
	hk_spawn_with(&s, &sticky, arg ? sticky_in_sticky : nothing, NULL);
	return hk_join(&s);
}

static int run_out_of_carriers(void *arg)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_CONCURRENT;
	options.carriers = *(unsigned *)arg;
	return hk_run(&options, sticky_in_sticky, arg);
}

START_TEST(too_few_carriers_are_said)
{
	struct hkt_child child;
	unsigned carriers = 2;

	hkt_child(&child, run_out_of_carriers, &carriers);
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK,
		"deadlock: no task can ever run again.*"
		"carriers=4.*has not started");
	carriers = 3;
	hkt_child(&child, run_out_of_carriers, &carriers);
	hkt_assert_exit(&child, 0, "^$");
}
END_TEST

/*
 * Goal: a sticky task that sleeps in the kernel lets others run, though no spare is left but the
 * one that is reserved for it. Method: it reads what its parent, which has waited, writes.
 */
static int pipe_ends[2];

static int read_one(void *arg)
{
	char byte;

	(void)arg;
	ck_assert_int_eq(read(pipe_ends[0], &byte, 1), 1);
	return 0;
}

static int write_to_sticky(void *arg)
{
	struct hk_task_options sticky = HK_TASK_OPTIONS_INIT;

	(void)arg;
	sticky.flags = HK_STICKY;
	HK_SCOPE(s);
	hk_spawn_with(&s, &sticky, read_one, NULL);
	ck_assert_int_eq(hk_sleep(50 * HK_MS), 0);
	ck_assert_int_eq(write(pipe_ends[1], "x", 1), 1);
	return hk_join(&s);
}

START_TEST(a_sticky_task_blocks_nobody_at_the_cap)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_CONCURRENT;
	options.carriers = 2;
	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(hk_run(&options, write_to_sticky, NULL), 0);
}
END_TEST

/*
 * Goal: a sticky task that is ready, but has no spare, keeps nobody from running who needs none.
 * Method: three carriers: of the sticky task, of one that reads, and of the parent, which writes
 * and was interrupted behind the sticky task.
 */
static struct hk_sem wakes_sticky;
static _Atomic bool go, reads;

static int stand_still(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sem_wait(&wakes_sticky), 0);
	return 0;
}

static int spin_then_read(void *arg)
{
	while (!go)
		;
	reads = true;
	return read_one(arg);
}

static int write_behind_sticky(void *arg)
{
	struct hk_task_options sticky = HK_TASK_OPTIONS_INIT;

	(void)arg;
	sticky.flags = HK_STICKY;
	HK_SCOPE(s);
	hk_spawn_with(&s, &sticky, stand_still, NULL);
	ck_assert_int_eq(hk_sleep(50 * HK_MS), 0);
	hk_spawn(&s, spin_then_read, NULL);
	ck_assert_int_eq(hk_sleep(50 * HK_MS), 0);
	hk_sem_post(&wakes_sticky);
	go = true;
	while (!reads)
		;
	ck_assert_int_eq(write(pipe_ends[1], "x", 1), 1);
	return hk_join(&s);
}

START_TEST(a_sticky_task_without_a_spare_holds_up_nobody)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_CONCURRENT;
	options.carriers = 3;
	ck_assert_int_eq(pipe(pipe_ends), 0);
	ck_assert_int_eq(hk_run(&options, write_behind_sticky, NULL), 0);
}
END_TEST

/*
 * Goal: a carrier is made for a sticky task though workers idle. Method: the first one of a run,
 * after a wait in which the lookout has fallen asleep.
 */
static int sticky_after_a_wait(void *arg)
{
	struct hk_task_options sticky = HK_TASK_OPTIONS_INIT;

	(void)arg;
	sticky.flags = HK_STICKY;
	HK_SCOPE(s);
	ck_assert_int_eq(hk_sleep(30 * HK_MS), 0);
	hk_spawn_with(&s, &sticky, nothing, NULL);
	return hk_join(&s);
}

START_TEST(a_carrier_is_made_while_workers_idle)
{
	for (int i = 0; i < hkt_times(50); i++)
		ck_assert_int_eq(hkt_run(_i, sticky_after_a_wait, NULL), 0);
}
END_TEST

/* Goal: children of a task work as ever. Method: fork and exec, system, a child that calls us. */
static int run_children(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(system("exit 3"), 3 << 8);
	int status;
	pid_t child = fork();
	if (child == 0) {
		execl("/bin/true", "true", (char *)NULL);
		_exit(9);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	FILE *pipe = popen("echo hello", "r");
	char line[16] = "";
	ck_assert_ptr_nonnull(pipe);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), pipe));
	ck_assert_str_eq(line, "hello\n");
	ck_assert_int_eq(pclose(pipe), 0);
	return 0;
}

static int four_with_children(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, tick, NULL);
	HK_SCOPE(inner);
	for (int i = 0; i < 4; i++)
		hk_spawn(&inner, run_children, NULL);
	int result = hk_join(&inner);
	stop = true;
	ck_assert_int_eq(hk_join(&s), 0);
	return result;
}

START_TEST(children_are_made_as_ever)
{
	struct hk_options options = hkt_options(_i);

	options.slice_ns = 100 * HK_US;
	ck_assert_int_eq(hk_run(&options, four_with_children, NULL), 0);
}
END_TEST

static Suite *blocking(void)
{
	Suite *suite = suite_create("blocking");
	TCase *tc = hkt_case(suite, "calls", 60);
	/* Without /proc each call keeps its worker 20 ms longer; and no program can be executed. */
	const char *forbidden = getenv("HOCKET_TEST_FORBID");
	bool blind = forbidden != NULL && strcmp(forbidden, "open") == 0;

	hkt_add_workers(tc, a_raw_call_blocks_nobody_else);
	hkt_add_workers(tc, a_call_said_to_block_blocks_nobody_else);
	hkt_add_workers(tc, the_library_may_be_called_inside);
	if (!blind)
		hkt_add_workers(tc, hundreds_may_block_at_once);
	hkt_add_workers(tc, tasks_come_back_from_calls);
	if (!blind)
		hkt_add_workers(tc, children_are_made_as_ever);
	tc = hkt_case(suite, "sticky", 60);
	hkt_add_workers(tc, sticky_tasks_keep_their_thread);
	hkt_add_workers(tc, a_carrier_is_made_while_workers_idle);
	tcase_add_test(tc, a_sticky_task_blocks_nobody_at_the_cap);
	tcase_add_test(tc, a_sticky_task_without_a_spare_holds_up_nobody);
	tcase_add_test(tc, too_few_carriers_are_said);
	tcase_add_loop_test(tc, sticky_means_nothing_without_interleaving, 0, 2);
	return suite;
}

int main(void)
{
	return hkt_main(blocking());
}
