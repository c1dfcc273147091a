/* SPDX-License-Identifier: MIT */
/* Scopes: joining, the first error, reuse, nesting, and leaving without a join. */
#include "../check_hocket.h"

#include <errno.h>
#include <string.h>

static _Atomic int ended;

/* Goal: join waits for all. Method: tasks that wait a while; count how many have ended. */
static int wait_and_end(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sleep(2 * HK_MS), 0);
	ended++;
	return 0;
}

static int join_all(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 30; i++)
		hk_spawn(&s, wait_and_end, NULL);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(ended, 30);
	return 0;
}

START_TEST(join_waits_for_all)
{
	ck_assert_int_eq(hkt_run(_i, join_all, NULL), 0);
}
END_TEST

/* Goal: joining an empty scope, again, and after use. Method: count over three rounds. */
static int join_again(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	ck_assert_int_eq(hk_join(&s), 0);
	for (int round = 1; round <= 3; round++) {
		hk_spawn(&s, wait_and_end, NULL);
		hk_spawn(&s, wait_and_end, NULL);
		ck_assert_int_eq(hk_join(&s), 0);
		ck_assert_int_eq(hk_join(&s), 0);
		ck_assert_int_eq(ended, 2 * round);
	}
	return 0;
}

START_TEST(a_scope_can_be_used_again)
{
	ck_assert_int_eq(hkt_run(_i, join_again, NULL), 0);
}
END_TEST

/* Goal: results above zero are no errors; the negative one is returned. Method: both kinds. */
static int return_value(void *arg)
{
	return *(int *)arg;
}

static int collect_results(void *arg)
{
	int good[] = { 0, 1, 42, INT32_MAX };
	int bad = -EPIPE;

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 4; i++)
		hk_spawn(&s, return_value, &good[i]);
	ck_assert_int_eq(hk_join(&s), 0);
	hk_spawn(&s, return_value, &good[1]);
	hk_spawn(&s, return_value, &bad);
	hk_spawn(&s, return_value, &good[2]);
	ck_assert_int_eq(hk_join(&s), -EPIPE);
	return 0;
}

START_TEST(a_negative_result_is_an_error)
{
	ck_assert_int_eq(hkt_run(_i, collect_results, NULL), 0);
}
END_TEST

/* Goal: after an error the scope starts afresh. Method: fail, then succeed, in one scope. */
static int fail_then_succeed(void *arg)
{
	int bad = -EIO;

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 3; i++) {
		hk_spawn(&s, return_value, &bad);
		ck_assert_int_eq(hk_join(&s), -EIO);
		ended = 0;
		hk_spawn(&s, wait_and_end, NULL);
		ck_assert_int_eq(hk_join(&s), 0);
		ck_assert_int_eq(ended, 1);
	}
	return 0;
}

START_TEST(after_an_error_the_scope_starts_afresh)
{
	ck_assert_int_eq(hkt_run(_i, fail_then_succeed, NULL), 0);
}
END_TEST

/*
 * Goal: the first error in time wins and cancels the siblings. Method: siblings sleep much
 * longer than the time limit of this test; the first to fail is not the first spawned.
 */
static int sleep_long(void *arg)
{
	(void)arg;
	return hk_sleep(3600 * HK_S);
}

static int fail_soon(void *arg)
{
	ck_assert_int_eq(hk_sleep(10 * HK_MS), 0);
	return *(int *)arg;
}

static int fail_among_sleepers(void *arg)
{
	int bad = -EREMOTEIO;

	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, sleep_long, NULL);
	hk_spawn(&s, sleep_long, NULL);
	hk_spawn(&s, fail_soon, &bad);
	hk_spawn(&s, sleep_long, NULL);
	ck_assert_int_eq(hk_join(&s), -EREMOTEIO);
	return 0;
}

START_TEST(the_first_error_cancels_the_others)
{
	ck_assert_int_eq(hkt_run(_i, fail_among_sleepers, NULL), 0);
}
END_TEST

/* Goal: an error climbs through nested joins. Method: the grandchild fails, each level returns. */
static int descend(void *arg)
{
	int *depth = arg;

	if (*depth == 0)
		return -ENOTSUP;
	int below = *depth - 1;
	HK_SCOPE(s);
	hk_spawn(&s, descend, &below);
	return hk_join(&s);
}

START_TEST(an_error_climbs_through_nested_scopes)
{
	int depth = 20;

	ck_assert_int_eq(hkt_run(_i, descend, &depth), -ENOTSUP);
}
END_TEST

/* Goal: scopes of one task nest and are independent. Method: an error in the inner one only. */
static int nest(void *arg)
{
	int bad = -EDOM;

	(void)arg;
	HK_SCOPE(outer);
	hk_spawn(&outer, wait_and_end, NULL);
	{
		HK_SCOPE(inner);
		hk_spawn(&inner, return_value, &bad);
		hk_spawn(&outer, wait_and_end, NULL);
		ck_assert_int_eq(hk_join(&inner), -EDOM);
	}
	ck_assert_int_eq(hk_join(&outer), 0);
	ck_assert_int_eq(ended, 2);
	return 0;
}

START_TEST(scopes_nest_and_are_independent)
{
	ck_assert_int_eq(hkt_run(_i, nest, NULL), 0);
}
END_TEST

/* Goal: two scopes of one task are joined in any order. Method: first opened, first joined. */
static int cross(void *arg)
{
	(void)arg;
	HK_SCOPE(a);
	HK_SCOPE(b);
	hk_spawn(&a, wait_and_end, NULL);
	hk_spawn(&b, wait_and_end, NULL);
	ck_assert_int_eq(hk_join(&a), 0);
	ck_assert_int_eq(hk_join(&b), 0);
	ck_assert_int_eq(ended, 2);
	return 0;
}

START_TEST(scopes_are_joined_in_any_order)
{
	ck_assert_int_eq(hkt_run(_i, cross, NULL), 0);
}
END_TEST

/*
 * Goal: leaving a block, in each way, cancels and joins what is left in its scope. Method: the
 * tasks sleep for an hour and note that they were cancelled.
 */
static int note_cancellation(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sleep(3600 * HK_S), -ECANCELED);
	ck_assert(hk_task_cancelled());
	ended++;
	return -ECANCELED;
}

static int return_early(void)
{
	HK_SCOPE(s);
	hk_spawn(&s, note_cancellation, NULL);
	hk_spawn(&s, note_cancellation, NULL);
	return 5;
}

static int leave_without_join(void *arg)
{
	(void)arg;
	ck_assert_int_eq(return_early(), 5);
	ck_assert_int_eq(ended, 2);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(ended, 2 + i);
		HK_SCOPE(s);
		hk_spawn(&s, note_cancellation, NULL);
		if (i == 0)
			continue;
		if (i == 2)
			break;
	}
	ck_assert_int_eq(ended, 5);
	{
		HK_SCOPE(s);
		hk_spawn(&s, note_cancellation, NULL);
		goto out;
	}
out:
	ck_assert_int_eq(ended, 6);
	ck_assert(!hk_task_cancelled());
	return 0;
}

START_TEST(leaving_a_block_cancels_and_joins)
{
	ck_assert_int_eq(hkt_run(_i, leave_without_join, NULL), 0);
	ck_assert_int_eq(ended, 6);
}
END_TEST

/* Goal: leaving a block waits for tasks that do not listen. Method: they ignore cancellation. */
static int ignore_cancellation(void *arg)
{
	hk_time end = hk_now() + 10 * HK_MS;

	(void)arg;
	while (hk_now() < end)
		hk_yield();
	ended++;
	return 0;
}

static int leave_stubborn(void *arg)
{
	(void)arg;
	{
		HK_SCOPE(s);
		hk_spawn(&s, ignore_cancellation, NULL);
		hk_spawn(&s, ignore_cancellation, NULL);
	}
	ck_assert_int_eq(ended, 2);
	return 0;
}

START_TEST(leaving_a_block_waits_for_stubborn_tasks)
{
	ck_assert_int_eq(hkt_run(_i, leave_stubborn, NULL), 0);
}
END_TEST

/* Goal: a scope needs no macro. Method: zeroed memory, ended by hand, in each state. */
static int zeroed_scope(void *arg)
{
	struct hk_scope unused, joined, left = HK_SCOPE_INIT;

	(void)arg;
	memset(&unused, 0, sizeof(unused));
	memset(&joined, 0, sizeof(joined));
	hk_scope_end(&unused);
	hk_spawn(&joined, wait_and_end, NULL);
	ck_assert_int_eq(hk_join(&joined), 0);
	hk_scope_end(&joined);
	hk_spawn(&left, ignore_cancellation, NULL);
	hk_scope_end(&left);
	ck_assert_int_eq(ended, 2);
	return 0;
}

START_TEST(zeroed_memory_is_a_scope)
{
	ck_assert_int_eq(hkt_run(_i, zeroed_scope, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/scope");
	TCase *tc = hkt_case(suite, "join", 20);

	hkt_add_every(tc, join_waits_for_all);
	hkt_add_every(tc, a_scope_can_be_used_again);
	hkt_add_every(tc, a_negative_result_is_an_error);
	hkt_add_every(tc, after_an_error_the_scope_starts_afresh);
	hkt_add_overlap(tc, the_first_error_cancels_the_others);
	hkt_add_every(tc, an_error_climbs_through_nested_scopes);
	hkt_add_every(tc, scopes_nest_and_are_independent);
	hkt_add_every(tc, scopes_are_joined_in_any_order);
	tc = hkt_case(suite, "leave", 20);
	hkt_add_overlap(tc, leaving_a_block_cancels_and_joins);
	hkt_add_every(tc, leaving_a_block_waits_for_stubborn_tasks);
	hkt_add_every(tc, zeroed_memory_is_a_scope);
	return hkt_main(suite);
}
