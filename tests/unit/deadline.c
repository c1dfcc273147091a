/* SPDX-License-Identifier: MIT */
/* Deadlines of scopes; joins with a limit of their own. */
#include "../check_hocket.h"

#include <errno.h>

static struct hk_sem never, go;
static _Atomic int cancelled;

static int wait_for_ever(void *arg)
{
	(void)arg;
	int result = hk_sem_wait(&never);

	cancelled += result == -ECANCELED && hk_task_cancelled();
	return result;
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

/*
 * Goal: at the deadline the tasks are cancelled, in scopes below, too, and the join says
 * -ETIMEDOUT, not before. Method: tasks that wait for ever on two levels.
 */
static int nest(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, wait_for_ever, arg);
	int result = hk_join(&s);
	cancelled += result == -ECANCELED;
	return result;
}

static int run_into_deadline(void *arg)
{
	hk_time start = hk_now();

	(void)arg;
	HK_SCOPE(s);
	hk_scope_deadline(&s, start + 20 * HK_MS);
	hk_spawn(&s, wait_for_ever, NULL);
	hk_spawn(&s, nest, NULL);
	ck_assert_int_eq(hk_join(&s), -ETIMEDOUT);
	ck_assert_int_ge(hk_now(), start + 20 * HK_MS);
	ck_assert_int_eq(cancelled, 3);
	/* The scope is as new. */
	ck_assert_int_eq(hk_spawn(&s, nothing, NULL), 0);
	return hk_join(&s);
}

START_TEST(a_deadline_cancels_all_below)
{
	ck_assert_int_eq(hkt_run(_i, run_into_deadline, NULL), 0);
}
END_TEST

/* Goal: a deadline that is not reached does nothing, also not to the scope's next use. */
static int meet_deadline(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_scope_deadline(&s, hk_now() + 5 * HK_MS);
	hk_spawn(&s, nothing, NULL);
	int first = hk_join(&s);
	ck_assert(first == 0 || first == -ETIMEDOUT); /* on a slow machine */
	ck_assert_int_eq(hk_sleep(10 * HK_MS), 0);
	hk_spawn(&s, nothing, NULL);
	ck_assert_int_eq(hk_join(&s), 0);
	hk_scope_deadline(&s, hk_now() + 3600 * HK_S);
	hk_spawn(&s, nothing, NULL);
	return hk_join(&s);
}

START_TEST(a_deadline_ends_with_the_join)
{
	ck_assert_int_eq(hkt_run(_i, meet_deadline, NULL), 0);
}
END_TEST

/*
 * Goal: a deadline that came while the scope was empty: a join says nothing of it, but what is
 * spawned after it starts cancelled, and the join says -ETIMEDOUT. Method: sleep beyond it.
 */
static int spawn_too_late(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_scope_deadline(&s, hk_now() - HK_S);
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	ck_assert_int_eq(hk_join(&s), 0);
	hk_scope_deadline(&s, hk_now());
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	ck_assert_int_eq(hk_spawn(&s, wait_for_ever, NULL), 0);
	ck_assert_int_eq(hk_join(&s), -ETIMEDOUT);
	ck_assert_int_eq(cancelled, 1);
	return 0;
}

START_TEST(a_spawn_after_the_deadline_starts_cancelled)
{
	ck_assert_int_eq(hkt_run(_i, spawn_too_late, NULL), 0);
}
END_TEST

/* Goal: a deadline can be moved and taken away. Method: far ones, a near one, none. */
static int wait_for_go(void *arg)
{
	(void)arg;
	return hk_sem_wait(&go);
}

static int move_deadline(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_scope_deadline(&s, hk_now() + 3600 * HK_S);
	hk_spawn(&s, wait_for_ever, NULL);
	hk_scope_deadline(&s, hk_now() + 7200 * HK_S);
	hk_scope_deadline(&s, hk_now() + 5 * HK_MS);
	ck_assert_int_eq(hk_join(&s), -ETIMEDOUT);
	hk_scope_deadline(&s, hk_now() + 3600 * HK_S);
	hk_scope_deadline(&s, HK_FOREVER);
	hk_spawn(&s, wait_for_go, NULL);
	hk_sem_post(&go);
	return hk_join(&s);
}

START_TEST(a_deadline_can_be_moved)
{
	ck_assert_int_eq(hkt_run(_i, move_deadline, NULL), 0);
}
END_TEST

/* Goal: a deadline holds while the owner computes and all workers are busy. Method: no wait. */
static int compute_until_cancelled(void *arg)
{
	(void)arg;
	while (!hk_task_cancelled())
		;
	return 0;
}

static int be_busy(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_scope_deadline(&s, hk_now() + 20 * HK_MS);
	for (int i = 0; i < 4; i++)
		hk_spawn(&s, compute_until_cancelled, NULL);
	return hk_join(&s);
}

START_TEST(a_deadline_holds_among_hogs)
{
	ck_assert_int_eq(hkt_run(_i, be_busy, NULL), -ETIMEDOUT);
}
END_TEST

/* Goal: a join with a limit leaves the tasks alone. Method: time out, then let go. */
static int join_twice(void *arg)
{
	hk_time start = hk_now();

	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, wait_for_go, NULL);
	ck_assert_int_eq(hk_join_until(&s, 0), -ETIMEDOUT);
	ck_assert_int_eq(hk_join_until(&s, start + 10 * HK_MS), -ETIMEDOUT);
	ck_assert_int_ge(hk_now(), start + 10 * HK_MS);
	hk_sem_post(&go);
	ck_assert_int_eq(hk_join_until(&s, HK_FOREVER), 0);
	return hk_join_until(&s, 0);
}

START_TEST(a_join_can_time_out)
{
	ck_assert_int_eq(hkt_run(_i, join_twice, NULL), 0);
}
END_TEST

/* Goal: a join with a limit is a cancellation point, before and during. Method: a cancelled owner.
   */
static int join_cancelled(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, wait_for_ever, NULL);
	hk_sem_post(&go);
	ck_assert_int_eq(hk_join_until(&s, hk_now() + 3600 * HK_S), -ECANCELED);
	ck_assert_int_eq(hk_join_until(&s, hk_now() + 3600 * HK_S), -ECANCELED);
	return 7;
}

static int cancel_a_joiner(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, join_cancelled, NULL);
	ck_assert_int_eq(hk_sem_wait(&go), 0);
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	ck_assert_int_eq(cancelled, 1);
	return 0;
}

START_TEST(a_join_with_a_limit_is_a_cancellation_point)
{
	ck_assert_int_eq(hkt_run(_i, cancel_a_joiner, NULL), 0);
}
END_TEST

/*
 * Goal: the deadline and the end of the scope may come at the same time. Method: many scopes with a
 * task that sleeps as long as the deadline is away, on one stack, so that the memory is used anew.
 */
static int sleep_some(void *arg)
{
	return hk_sleep(*(const hk_time *)arg) == -ECANCELED ? -ECANCELED : 0;
}

static int race_deadline(void *arg)
{
	hk_time nap = (hk_time)(uintptr_t)arg;

	for (long i = hkt_times(500); i > 0; i--) {
		HK_SCOPE(s);
		hk_scope_deadline(&s, hk_now() + nap);
		hk_spawn(&s, sleep_some, &nap);
		int result = i % 2 ? hk_join(&s) : 0;
		ck_assert(result == 0 || result == -ETIMEDOUT);
	}
	return 0;
}

static int race_many(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (uintptr_t i = 1; i <= 8; i++)
		hk_spawn(&s, race_deadline, (void *)(i * 10000));
	return hk_join(&s);
}

START_TEST(deadlines_race_with_ends)
{
	ck_assert_int_eq(hkt_run(_i, race_many, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/deadline");
	TCase *tc = hkt_case(suite, "deadline", 20);

	hkt_add_every(tc, a_deadline_cancels_all_below);
	hkt_add_every(tc, a_deadline_ends_with_the_join);
	hkt_add_every(tc, a_spawn_after_the_deadline_starts_cancelled);
	hkt_add_overlap(tc, a_deadline_can_be_moved);
	hkt_add_every(tc, a_deadline_holds_among_hogs);
	hkt_add_overlap(tc, a_join_can_time_out);
	hkt_add_overlap(tc, a_join_with_a_limit_is_a_cancellation_point);
	hkt_add_workers(hkt_case(suite, "races", 120), deadlines_race_with_ends);
	return hkt_main(suite);
}
