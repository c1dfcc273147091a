/* SPDX-License-Identifier: MIT */
/*
 * Ready tasks: each runs once, in a fair order, on the worker that made it ready or on one that has
 * nothing to do.
 */
#include "../check_hocket.h"

#include <string.h>
#include <time.h>

static void spin(hk_time ns)
{
	hk_time end = hk_now() + ns;

	while (hk_now() < end)
		;
}

/* Goal: a local queue may overflow. Method: eight times as many tasks as it holds, at once. */
enum { MANY = 2048 };

static _Atomic int runs[MANY];

static int run_once(void *arg)
{
	(*(_Atomic int *)arg)++;
	return 0;
}

static int spawn_many(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(hk_spawn(&s, run_once, &runs[i]), 0);
	return hk_join(&s);
}

START_TEST(each_of_many_runs_once)
{
	ck_assert_int_eq(hkt_run(_i, spawn_many, NULL), 0);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(runs[i], 1);
}
END_TEST

/*
 * Goal: tasks woken one after the other run in that order. Method: three, on one worker, without
 * slices: one that is held up between its wake-up and its log stays first.
 */
static struct hk_sem signals[3];
static struct hkt_log order;

static int wait_and_log(void *arg)
{
	long i = (struct hk_sem *)arg - signals;

	ck_assert_int_eq(hk_sem_wait(arg), 0);
	hkt_log(&order, (char)('a' + i));
	return 0;
}

static int wake_three(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hk_spawn(&s, wait_and_log, &signals[i]), 0);
	hk_yield();
	for (int i = 0; i < 3; i++)
		hk_sem_post(&signals[i]);
	return hk_join(&s);
}

START_TEST(woken_tasks_keep_their_order)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_CONCURRENT;
	options.slice_ns = -1;
	ck_assert_int_eq(hk_run(&options, wake_three, NULL), 0);
	ck_assert_str_eq(order.text, "abc");
}
END_TEST

/*
 * Goal: tasks that wake each other for ever leave others their turns. Method: two that do so and
 * compute in between, and a hog, on one worker; the hog's CPU time. It would be 5 % if the line
 * were looked at each 61st pick only.
 */
static _Atomic bool stop;
static struct hk_sem ping, pong;
static hk_time hog_ns;

static int hit(void *arg)
{
	bool first = arg == &ping;

	while (!stop) {
		ck_assert_int_eq(hk_sem_wait(first ? &ping : &pong), 0);
		spin(300 * HK_US);
		hk_sem_post(first ? &pong : &ping);
	}
	return 0;
}

static hk_time cpu_ns(void)
{
	struct timespec time;

	ck_assert_int_eq(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time), 0);
	return time.tv_sec * HK_S + time.tv_nsec;
}

/* Interrupted, it stays on its kernel thread. */
static int hog(void *arg)
{
	hk_time before = cpu_ns();

	(void)arg;
	while (!stop)
		;
	hog_ns = cpu_ns() - before;
	return 0;
}

static int pair_and_hog(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	ck_assert_int_eq(hk_spawn(&s, hog, NULL), 0);
	ck_assert_int_eq(hk_spawn(&s, hit, &ping), 0);
	ck_assert_int_eq(hk_spawn(&s, hit, &pong), 0);
	hk_sem_post(&ping);
	ck_assert_int_eq(hk_sleep(600 * HK_MS), 0);
	stop = true;
	return hk_join(&s);
}

START_TEST(pairs_leave_others_their_turns)
{
	struct hk_options options = HK_OPTIONS_INIT;
	struct timespec begin, end;

	options.as = HK_CONCURRENT;
	options.slice_ns = HK_MS;
	ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin), 0);
	ck_assert_int_eq(hk_run(&options, pair_and_hog, NULL), 0);
	ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end), 0);
	hk_time all = (end.tv_sec - begin.tv_sec) * HK_S + end.tv_nsec - begin.tv_nsec;
	ck_assert_int_gt(hog_ns, all * 15 / 100);
}
END_TEST

/*
 * Goal: a worker with nothing to do takes what another has not come to. Method: a task waits for
 * its child without giving its worker up; then 100 that compute are spawned by one.
 */
static _Atomic int child_ran;

static int run_child(void *arg)
{
	(void)arg;
	child_ran = 1;
	return 0;
}

static int compute_beside_child(void *arg)
{
	hk_time end = hk_now() + 20 * HK_S;

	(void)arg;
	HK_SCOPE(s);
	ck_assert_int_eq(hk_spawn(&s, run_child, NULL), 0);
	while (!child_ran)
		ck_assert_int_lt(hk_now(), end);
	return hk_join(&s);
}

START_TEST(a_lone_task_is_taken)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.workers = 2;
	options.slice_ns = -1;
	for (int i = 0; i < 100; i++) {
		child_ran = 0;
		ck_assert_int_eq(hk_run(&options, compute_beside_child, NULL), 0);
	}
}
END_TEST

/* Goal: work is shared. Method: without slices, a task goes on once another runs beside it. */
static _Atomic int met;

static int meet_other(void *arg)
{
	int both = (met++ | 1) + 1;

	(void)arg;
	while (met < both)
		;
	return 0;
}

static int spawn_pairs(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(hk_spawn(&s, meet_other, NULL), 0);
	return hk_join(&s);
}

START_TEST(work_is_shared)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.workers = 2;
	options.slice_ns = -1;
	ck_assert_int_eq(hk_run(&options, spawn_pairs, NULL), 0);
	ck_assert_int_eq(met, 100);
}
END_TEST

static Suite *ready(void)
{
	Suite *suite = suite_create("ready");
	TCase *tc = hkt_case(suite, "ready", 60);

	hkt_add_workers(tc, each_of_many_runs_once);
	tcase_add_test(tc, woken_tasks_keep_their_order);
	tcase_add_test(tc, pairs_leave_others_their_turns);
	tcase_add_test(tc, a_lone_task_is_taken);
	tcase_add_test(tc, work_is_shared);
	return suite;
}

int main(void)
{
	return hkt_main(ready());
}
