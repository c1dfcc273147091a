/* SPDX-License-Identifier: MIT */
/* What becomes of what tasks return: results, errors that are collected, a scope as a future. */
#include "../check_hocket.h"

#include <errno.h>

static struct hk_sem go;

/* Goal: each result goes where its options say. Method: numbers of all kinds. */
static int give_back(void *arg)
{
	return (int)(intptr_t)arg;
}

static int spawn_for(struct hk_scope *s, int (*fn)(void *), intptr_t arg, int *result)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;

	options.result = result;
	return hk_spawn_with(s, &options, fn, (void *)arg);
}

static int get_results(void *arg)
{
	int results[10];

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(spawn_for(&s, give_back, i * i, &results[i]), 0);
	ck_assert_int_eq(hk_join(&s), 0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(results[i], i * i);
	return 0;
}

START_TEST(results_go_where_they_are_asked_for)
{
	ck_assert_int_eq(hkt_run(_i, get_results, NULL), 0);
}
END_TEST

/*
 * Goal: where errors are collected, one does not cancel the others, and the join returns the first.
 * Method: an error, then tasks that would notice; the scope is used twice, for it stays so.
 */
static int fail_then_go(void *arg)
{
	(void)arg;
	return -EIO;
}

static int wait_for_go(void *arg)
{
	int error = hk_sem_wait(&go);

	return error ? error : (int)(intptr_t)arg;
}

static int collect(void *arg)
{
	int results[4];

	(void)arg;
	HK_SCOPE(s);
	hk_scope_collect(&s);
	for (int round = 0; round < 2; round++) {
		struct hk_case left = HK_CASE_JOIN(&s);
		spawn_for(&s, fail_then_go, 0, &results[0]);
		ck_assert_int_eq(hk_select(&left, 1, HK_FOREVER), 0);
		spawn_for(&s, wait_for_go, -EPIPE, &results[1]);
		spawn_for(&s, wait_for_go, 5, &results[2]);
		for (int i = 0; i < 2; i++)
			hk_sem_post(&go);
		ck_assert_int_eq(hk_join(&s), -EIO);
		ck_assert_int_eq(results[0], -EIO);
		ck_assert_int_eq(results[1], -EPIPE);
		ck_assert_int_eq(results[2], 5);
	}
	/* Cancelled is cancelled. */
	spawn_for(&s, wait_for_go, 0, &results[3]);
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	ck_assert_int_eq(results[3], -ECANCELED);
	return 0;
}

START_TEST(errors_are_collected)
{
	ck_assert_int_eq(hkt_run(_i, collect, NULL), 0);
}
END_TEST

/* Goal: a scope is a future. Method: start, do something else, look, wait, get. */
static int make_one(void *arg)
{
	int value = 0;

	(void)arg;
	HK_SCOPE(future);
	spawn_for(&future, wait_for_go, 42, &value);
	ck_assert_int_eq(hk_join_until(&future, 0), -ETIMEDOUT);
	hk_sem_post(&go);
	ck_assert_int_eq(hk_join(&future), 0);
	ck_assert_int_eq(value, 42);
	return 0;
}

START_TEST(a_scope_is_a_future)
{
	ck_assert_int_eq(hkt_run(_i, make_one, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/results");
	TCase *tc = hkt_case(suite, "results", 20);

	hkt_add_every(tc, results_go_where_they_are_asked_for);
	hkt_add_overlap(tc, errors_are_collected);
	hkt_add_overlap(tc, a_scope_is_a_future);
	return hkt_main(suite);
}
