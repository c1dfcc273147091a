/* SPDX-License-Identifier: MIT */
/*
 * Deadlocks at the edges of the search: cycles that are none, cycles that close in roundabout
 * ways, always beside tasks that could run on for an hour.
 */
#include "../check_hocket.h"

#include <errno.h>

static struct hk_mutex a, b;
static struct hk_sem a_locked, b_locked;

static int sleep_an_hour(void *arg)
{
	(void)arg;
	return hk_sleep(3600 * HK_S);
}

static void assert_deadlock(const struct hk_options *options, int (*fn)(void *))
{
	struct hkt_child child;

	hkt_child_run(&child, options, fn);
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK, "deadlock");
}

/*
 * Goal: a cycle of waits that a cancellation can end is no deadlock. Method: two tasks want each
 * other's mutex without a deadline; their parent cancels them a while after both have come to that.
 */
/* The one that is cancelled first lets go of what the other may then still win. */
static void lock_until_cancelled(struct hk_mutex *mutex)
{
	int got = hk_mutex_lock_until(mutex, HK_FOREVER);

	ck_assert(got == 0 || got == -ECANCELED);
	if (got == 0)
		hk_mutex_unlock(mutex);
}

static int lock_a_then_b(void *arg)
{
	(void)arg;
	HK_LOCKED(&a) {
		hk_sem_post(&a_locked);
		ck_assert_int_eq(hk_sem_wait(&b_locked), 0);
		lock_until_cancelled(&b);
	}
	return 0;
}

static int lock_b_then_a(void *arg)
{
	(void)arg;
	HK_LOCKED(&b) {
		hk_sem_post(&b_locked);
		ck_assert_int_eq(hk_sem_wait(&a_locked), 0);
		lock_until_cancelled(&a);
	}
	return 0;
}

static int cancel_a_cycle(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, lock_a_then_b, NULL);
	hk_spawn(&s, lock_b_then_a, NULL);
	hkt_await(2, "waits for the mutex");
	ck_assert_int_eq(hk_sleep(50 * HK_MS), 0);
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	return 0;
}

START_TEST(a_cycle_that_can_be_cancelled_is_none)
{
	ck_assert_int_eq(hkt_run(_i, cancel_a_cycle, NULL), 0);
}
END_TEST

/*
 * Goal: a cycle through a call. Method: no worker is free, since one waits until `called` runs, so
 * `called` runs on top of main, which holds the mutex; later its own child gets that worker, wants
 * the mutex, and is joined.
 */
static struct hk_sem was_called;

static int lock_a(void *arg)
{
	(void)arg;
	HK_LOCKED(&a)
		return 0;
	return -EIO;
}

static int wait_for_call(void *arg)
{
	(void)arg;
	return hk_sem_wait(&was_called);
}

static int called(void *arg)
{
	HK_SCOPE(s);
	hk_sem_post(&was_called);
	ck_assert_int_eq(hk_sleep(200 * HK_MS), 0);
	hk_spawn(&s, lock_a, arg);
	ck_assert_int_eq(hk_sleep(50 * HK_MS), 0);
	return hk_join(&s);
}

static int call_with_lock(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, wait_for_call, arg);
	hk_spawn(&s, sleep_an_hour, arg);
	HK_LOCKED(&a)
		hk_spawn(&s, called, arg);
	return hk_join(&s);
}

START_TEST(a_cycle_through_a_call)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_PARALLEL;
	options.workers = 3;
	assert_deadlock(&options, call_with_lock);
}
END_TEST

/*
 * Goal: children in a scope that is not joined do not hide a cycle. Method: the joiner has two
 * scopes with a task each that wants its mutex, and joins one of them.
 */
static int join_one_of_two(void *arg)
{
	HK_SCOPE(other);
	HK_SCOPE(joined);
	HK_LOCKED(&a) {
		hk_spawn(&other, lock_a, arg);
		hk_spawn(&joined, lock_a, arg);
		ck_assert_int_eq(hk_sleep(50 * HK_MS), 0);
		ck_assert_int_eq(hk_join(&joined), 0);
	}
	return hk_join(&other);
}

static int join_beside_sleeper(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, sleep_an_hour, arg);
	hk_spawn(&s, join_one_of_two, arg);
	return hk_join(&s);
}

START_TEST(a_cycle_beside_a_scope_that_is_not_joined)
{
	struct hk_options options = hkt_options(_i);

	assert_deadlock(&options, join_beside_sleeper);
}
END_TEST

/* Goal: a cycle that closes deep below the join. Method: the grandchild wants the lock. */
static int join_locker(void *arg)
{
	HK_SCOPE(s);
	ck_assert_int_eq(hk_sleep(20 * HK_MS), 0);
	hk_spawn(&s, lock_a, arg);
	return hk_join(&s);
}

static int join_with_lock(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, sleep_an_hour, arg);
	HK_LOCKED(&a) {
		HK_SCOPE(inner);
		hk_spawn(&inner, join_locker, arg);
		ck_assert_int_eq(hk_join(&inner), 0);
	}
	return hk_join(&s);
}

START_TEST(a_cycle_closed_by_a_grandchild)
{
	struct hk_options options = hkt_options(_i);

	assert_deadlock(&options, join_with_lock);
}
END_TEST

/*
 * Goal: a deadlock is returned though a thread outside goes on. Method: the thread ends only
 * after hk_run() has returned.
 */
static _Atomic bool returned;

static void *go_on(void *arg)
{
	(void)arg;
	while (!returned)
		hkt_block(HK_MS);
	return NULL;
}

static int lock_a_b(void *arg)
{
	(void)arg;
	hk_mutex_lock(&a);
	hk_sem_post(&a_locked);
	ck_assert_int_eq(hk_sem_wait(&b_locked), 0);
	hk_mutex_lock(&b);
	return 0;
}

static int lock_b_a(void *arg)
{
	(void)arg;
	hk_mutex_lock(&b);
	hk_sem_post(&b_locked);
	ck_assert_int_eq(hk_sem_wait(&a_locked), 0);
	hk_mutex_lock(&a);
	return 0;
}

static int lock_crosswise(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, sleep_an_hour, arg);
	hk_spawn(&s, lock_a_b, arg);
	hk_spawn(&s, lock_b_a, arg);
	return hk_join(&s);
}

START_TEST(a_deadlock_is_returned_beside_a_thread)
{
	struct hk_options options = hkt_options(_i);
	pthread_t thread = hkt_thread(go_on, NULL);

	options.deadlock = HK_DEADLOCK_RETURN;
	ck_assert_int_eq(hk_run(&options, lock_crosswise, NULL), -EDEADLK);
	returned = true;
	pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow/edges");
	TCase *tc = hkt_case(suite, "edges", 20);

	hkt_add_overlap(tc, a_cycle_that_can_be_cancelled_is_none);
	tcase_add_test(tc, a_cycle_through_a_call);
	hkt_add_overlap(tc, a_cycle_beside_a_scope_that_is_not_joined);
	hkt_add_overlap(tc, a_cycle_closed_by_a_grandchild);
	hkt_add_overlap(tc, a_deadlock_is_returned_beside_a_thread);
	return hkt_main(suite);
}
