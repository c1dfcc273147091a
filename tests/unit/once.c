/* SPDX-License-Identifier: MIT */
/* Once: it is done by one, the others wait, and see what was done; a failure is no end. */
#include "../check_waits.h"

#include <errno.h>
#include <string.h>

static struct hk_once once;
static _Atomic int calls;
static int made; /* by the one that did it */

static void assert_pristine(void)
{
	ck_assert_ptr_null(once.owner);
	hkt_assert_no_trace(&once.waiters);
}

/* Goal: what one caller sees. Method: every call, from a task and a thread. */
static int refuse(void *arg)
{
	calls++;
	ck_assert(!hk_once_is_done(&once));
	return *(int *)arg;
}

static int do_it(void *arg)
{
	calls++;
	ck_assert(!hk_once_is_done(&once));
	made = 7;
	return arg ? *(int *)arg : 0;
}

static int fail_then_do(void *arg)
{
	struct hk_once fresh = HK_ONCE_INIT, zeroed;
	int error = -EIO, other = -1, positive = 5;

	(void)arg;
	calls = 0;
	once = fresh;
	memset(&zeroed, 0, sizeof(zeroed));
	ck_assert_int_eq(memcmp(&fresh, &zeroed, sizeof(fresh)), 0);
	ck_assert(!hk_once_is_done(&once));
	ck_assert_int_eq(hk_once_run(&once, refuse, &error), -EIO);
	ck_assert(!hk_once_is_done(&once));
	ck_assert_int_eq(hk_once_run(&once, refuse, &other), -1);
	ck_assert_int_eq(hk_once_run(&once, do_it, &positive), 0);
	ck_assert(hk_once_is_done(&once));
	ck_assert_int_eq(hk_once_run(&once, do_it, NULL), 0);
	ck_assert_int_eq(hk_once_run(&once, refuse, &error), 0);
	ck_assert_int_eq(calls, 3);
	assert_pristine();
	return 0;
}

START_TEST(a_failure_is_no_end)
{
	ck_assert_int_eq(fail_then_do(NULL), 0);
	ck_assert_int_eq(hkt_run(_i, fail_then_do, NULL), 0);
}
END_TEST

/*
 * Goal: of many that come at once one does it, and none goes on before it is done. Method: tasks,
 * threads, and a task of another run; whoever does it waits in the middle.
 */
static int make_slowly(void *arg)
{
	(void)arg;
	calls++;
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	made = 7;
	return 0;
}

static int want_it(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_once_run(&once, make_slowly, NULL), 0);
	ck_assert_int_eq(made, 7);
	ck_assert(hk_once_is_done(&once));
	return 0;
}

static int want_it_together(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 6; i++)
		hk_spawn(&s, want_it, NULL);
	return hk_join(&s);
}

static int want_it_in_another_run(void *arg)
{
	return hkt_run(*(int *)arg, want_it_together, NULL);
}

START_TEST(one_does_it_and_all_see_it)
{
	struct hkt_outside calls_outside[3];

	for (int i = 0; i < 3; i++)
		hkt_outside(&calls_outside[i], i == 0 ? want_it_in_another_run : want_it, &_i);
	ck_assert_int_eq(hkt_run(_i, want_it_together, NULL), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hkt_outside_end(&calls_outside[i]), 0);
	ck_assert_int_eq(calls, 1);
	assert_pristine();
}
END_TEST

/*
 * Goal: each that waits does its own when another failed, until one succeeds; and cancellation does
 * not end the wait. Method: the first fails when three wait; the third call succeeds. A dump says
 * who runs it.
 */
static struct hk_event waited_for;

static int succeed_as_third(void *arg)
{
	(void)arg;
	return ++calls == 3 ? 0 : -calls;
}

static int fail_late(void *arg)
{
	(void)arg;
	calls++;
	ck_assert_int_eq(hk_event_wait(&waited_for), 0);
	return -calls;
}

static int begin(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_once_run(&once, fail_late, NULL), -1);
	return 0;
}

static _Atomic int failures;

static int follow(void *arg)
{
	int result = hk_once_run(&once, succeed_as_third, NULL);

	(void)arg;
	ck_assert(hk_task_cancelled());
	if (result == -2)
		failures++;
	else
		ck_assert_int_eq(result, 0);
	return 0;
}

static int begin_and_follow(void *arg)
{
	(void)arg;
	HK_SCOPE(first);
	HK_SCOPE(others);
	hk_spawn(&first, begin, NULL);
	hkt_await(1, "the event");
	for (int i = 0; i < 3; i++)
		hk_spawn(&others, follow, NULL);
	hkt_await(3, "the end of the once");
	ck_assert_int_eq(hkt_dump_has("\"follow\" [^\n]*waits for the end of the once 0x[0-9a-f]+, "
				      "which task 2 \"begin\" runs, called at unit-once\\+0x"),
		3);
	hk_cancel(&others);
	ck_assert_int_eq(hkt_dump_has("\"follow\" [^\n]*waits for the end of the once"), 3);
	hk_event_set(&waited_for);
	ck_assert_int_eq(hk_join(&first), 0);
	ck_assert_int_eq(hk_join(&others), -ECANCELED);
	ck_assert_int_eq(calls, 3);
	ck_assert_int_eq(failures, 1);
	assert_pristine();
	return 0;
}

START_TEST(those_that_wait_do_it_when_one_failed)
{
	ck_assert_int_eq(hkt_run(_i, begin_and_follow, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/once");
	TCase *tc = hkt_case(suite, "once", 20);

	hkt_add_every(tc, a_failure_is_no_end);
	hkt_add_every(tc, one_does_it_and_all_see_it);
	hkt_add_overlap(tc, those_that_wait_do_it_when_one_failed);
	return hkt_main(suite);
}
