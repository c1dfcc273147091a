/* SPDX-License-Identifier: MIT */
/*
 * What all waits have in common, whatever is waited for: deadlines, cancellation, who ends them,
 * and that a wait that has ended leaves no trace. Each test is for each kind of wait.
 */
#include "../check_kinds.h"
#include "../check_waits.h"

#include <errno.h>
#include <stdio.h>

static const struct hkt_kind *kind;
static int setup;

static void each_kind(int i, void (*test)(void))
{
	setup = i;
	for (kind = hkt_kinds; kind < hkt_kinds + HKT_KINDS; kind++) {
		hkt_kinds_meet(2);
		test();
	}
}

static void assert_no_trace(void)
{
	hkt_assert_no_trace(kind->queue);
	ck_assert_uint_eq(*kind->word & kind->marks, 0);
}

/* Nobody waits: it is as it was. */
static void open_and_look(void)
{
	if (!kind->meets) {
		kind->open();
		ck_assert_int_eq(kind->until(0), 0);
		ck_assert_int_eq(kind->until(-1), 0);
		ck_assert_int_eq(kind->until(HK_FOREVER), 0);
	}
	assert_no_trace();
}

/*
 * Goal: a deadline ends the wait, not early, and a past one at once; what need not be waited for is
 * had even so. Method: one shuts it, another waits; two tasks, two threads, or one of each.
 */
static int time_out(void *arg)
{
	hk_time start = hk_now();

	(void)arg;
	ck_assert_int_eq(kind->until(start - HK_S), -ETIMEDOUT);
	ck_assert_int_eq(kind->until(0), -ETIMEDOUT);
	ck_assert_int_eq(kind->until(-1), -ETIMEDOUT);
	ck_assert_int_eq(kind->until(start + 5 * HK_MS), -ETIMEDOUT);
	ck_assert_int_ge(hk_now(), start + 5 * HK_MS);
	return 0;
}

static int shut_out(void *arg)
{
	bool outside = *(bool *)arg;
	struct hkt_outside call;

	kind->shut();
	if (outside) {
		hkt_outside(&call, time_out, NULL);
		ck_assert_int_eq(hkt_outside_end(&call), 0);
	} else {
		HK_SCOPE(s);
		hk_spawn(&s, time_out, NULL);
		ck_assert_int_eq(hk_join(&s), 0);
	}
	open_and_look();
	return 0;
}

static void shut_out_all(void)
{
	bool no = false, yes = true;

	ck_assert_int_eq(hkt_run(setup, shut_out, &no), 0);
	ck_assert_int_eq(hkt_run(setup, shut_out, &yes), 0);
	ck_assert_int_eq(shut_out(&yes), 0);
}

START_TEST(a_deadline_ends_the_wait)
{
	each_kind(_i, shut_out_all);
}
END_TEST

/* Goal: who was cancelled before gets nothing, even if it could be had. Method: a task that is
   spawned into a cancelled scope. */
static int come_cancelled(void *arg)
{
	(void)arg;
	ck_assert(hk_task_cancelled());
	ck_assert_int_eq(kind->until(HK_FOREVER), -ECANCELED);
	ck_assert_int_eq(kind->until(hk_now() + 3600 * HK_S), -ECANCELED);
	ck_assert_int_eq(kind->until(0), -ECANCELED);
	return 0;
}

static int spawn_cancelled(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	kind->shut();
	if (!kind->meets && !kind->looks)
		kind->open();
	hk_cancel(&s);
	hk_spawn(&s, come_cancelled, NULL);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	kind->shut();
	open_and_look();
	return 0;
}

static void run_cancelled(void)
{
	ck_assert_int_eq(hkt_run(setup, spawn_cancelled, NULL), 0);
}

START_TEST(who_was_cancelled_gets_nothing)
{
	each_kind(_i, run_cancelled);
}
END_TEST

/* Goal: cancellation ends the wait. Method: three wait, one of them with a deadline. */
static int wait_cancelled(void *arg)
{
	ck_assert_int_eq(kind->until(*(hk_time *)arg), -ECANCELED);
	return 0;
}

static int cancel_waiters(void *arg)
{
	hk_time deadlines[3] = { HK_FOREVER, hk_now() + 3600 * HK_S, HK_FOREVER };

	(void)arg;
	HK_SCOPE(s);
	kind->shut();
	/* A barrier of two would not let three wait. */
	hkt_kinds_meet(4);
	for (int i = 0; i < 3; i++)
		hk_spawn(&s, wait_cancelled, &deadlines[i]);
	hkt_await(3, kind->what);
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	open_and_look();
	return 0;
}

static void run_cancellation(void)
{
	ck_assert_int_eq(hkt_run(setup, cancel_waiters, NULL), 0);
}

START_TEST(cancellation_ends_the_wait)
{
	each_kind(_i, run_cancellation);
}
END_TEST

/* Goal: what has been won is success, whatever comes after. Method: it is opened, then the one that
   waits is cancelled, before it can have gone on. */
static int win(void *arg)
{
	(void)arg;
	ck_assert_int_eq(kind->until(HK_FOREVER), 0);
	return 0;
}

static int open_then_cancel(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	kind->shut();
	hk_spawn(&s, win, NULL);
	hkt_await(1, kind->what);
	kind->open();
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	assert_no_trace();
	return 0;
}

static void run_winner(void)
{
	ck_assert_int_eq(hkt_run(setup, open_then_cancel, NULL), 0);
}

START_TEST(what_was_won_is_success)
{
	each_kind(_i, run_winner);
}
END_TEST

/* Goal: a shielded wait is not cancelled, and what comes after it is. Method: cancelled while it
   waits, then opened. */
static int wait_shielded(void *arg)
{
	int result = -EIO;

	(void)arg;
	HK_SHIELDED
		result = kind->until(HK_FOREVER);
	ck_assert_int_eq(result, 0);
	ck_assert(hk_task_cancelled());
	return 0;
}

static int cancel_shielded(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	kind->shut();
	hk_spawn(&s, wait_shielded, NULL);
	hkt_await(1, kind->what);
	hk_cancel(&s);
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	hkt_await(1, kind->what);
	kind->open();
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	assert_no_trace();
	return 0;
}

static void run_shielded(void)
{
	ck_assert_int_eq(hkt_run(setup, cancel_shielded, NULL), 0);
}

START_TEST(a_shielded_wait_is_not_cancelled)
{
	each_kind(_i, run_shielded);
}
END_TEST

/* Goal: who gave up is skipped. Method: one is cancelled and one times out before one that stays.
 */
static int give_up(void *arg)
{
	(void)arg;
	ck_assert_int_eq(kind->until(hk_now() + 5 * HK_MS), -ETIMEDOUT);
	return 0;
}

static int queue_behind_quitters(void *arg)
{
	hk_time for_ever = HK_FOREVER;

	(void)arg;
	HK_SCOPE(cancelled);
	HK_SCOPE(late);
	HK_SCOPE(stays);
	kind->shut();
	hkt_kinds_meet(4);
	hk_spawn(&cancelled, wait_cancelled, &for_ever);
	hkt_await(1, kind->what);
	hk_spawn(&late, give_up, NULL);
	hk_spawn(&stays, win, NULL);
	while (hkt_dump_has("\"win\" [^\n]* waits for ") == 0)
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	ck_assert_int_eq(hk_join(&late), 0);
	hk_cancel(&cancelled);
	ck_assert_int_eq(hk_join(&cancelled), -ECANCELED);
	hkt_kinds_meet(2);
	kind->open();
	ck_assert_int_eq(hk_join(&stays), 0);
	assert_no_trace();
	return 0;
}

static void run_quitters(void)
{
	ck_assert_int_eq(hkt_run(setup, queue_behind_quitters, NULL), 0);
}

START_TEST(who_gave_up_is_skipped)
{
	each_kind(_i, run_quitters);
}
END_TEST

/*
 * Goal: tasks end the waits of threads, threads those of tasks, and tasks those of tasks of another
 * hk_run(). Method: one shuts it and says so; the other comes and waits, or comes too late to wait.
 */
static struct hk_sem is_shut;

static int shut_and_open(void *arg)
{
	(void)arg;
	kind->shut();
	hk_sem_post(&is_shut);
	ck_assert_int_eq(hk_sleep(3 * HK_MS), 0);
	kind->open();
	return 0;
}

static int come_and_wait(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sem_wait(&is_shut), 0);
	ck_assert_int_ge(kind->until(HK_FOREVER), 0);
	return 0;
}

static int run_come_and_wait(void *arg)
{
	return hkt_run(setup, come_and_wait, arg);
}

static void end_waits(int (*outside)(void *), int (*inside)(void *))
{
	struct hkt_outside call;

	hkt_outside(&call, outside, NULL);
	ck_assert_int_eq(hkt_run(setup, inside, NULL), 0);
	ck_assert_int_eq(hkt_outside_end(&call), 0);
	assert_no_trace();
}

static void end_all_waits(void)
{
	end_waits(come_and_wait, shut_and_open);
	end_waits(shut_and_open, come_and_wait);
	end_waits(run_come_and_wait, shut_and_open);
}

START_TEST(tasks_threads_and_other_runs_end_waits)
{
	each_kind(_i, end_all_waits);
}
END_TEST

/* Goal: hk_dump() says who waits for what, where the program called that, and who holds it. */
static int waiter(void *arg)
{
	(void)arg;
	ck_assert_int_eq(kind->until(hk_now() + 3600 * HK_S), -ECANCELED);
	return 0;
}

static int look_at_waiter(void *arg)
{
	char pattern[256];

	(void)arg;
	HK_SCOPE(s);
	kind->shut();
	hk_spawn(&s, waiter, NULL);
	hkt_await(1, kind->what);
	snprintf(pattern, sizeof(pattern),
		"task 2 \"waiter\" \\(spawned at [^\n)]*waits\\.c:[0-9]+\\) waits for %s "
		"0x[0-9a-f]+%s, for [0-9]+ ms more, called at unit-waits\\+0x",
		kind->what, kind->owned ? ", which task 1 \"main\" holds" : "");
	ck_assert_int_eq(hkt_dump_has(pattern), 1);
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	open_and_look();
	return 0;
}

static void run_dump(void)
{
	ck_assert_int_eq(hkt_run(setup, look_at_waiter, NULL), 0);
}

START_TEST(a_dump_says_who_waits_for_what)
{
	each_kind(_i, run_dump);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/waits");
	TCase *tc = hkt_case(suite, "waits", 20);

	hkt_add_every(tc, a_deadline_ends_the_wait);
	hkt_add_every(tc, who_was_cancelled_gets_nothing);
	hkt_add_overlap(tc, cancellation_ends_the_wait);
	hkt_add_overlap(tc, what_was_won_is_success);
	hkt_add_overlap(tc, a_shielded_wait_is_not_cancelled);
	hkt_add_overlap(tc, who_gave_up_is_skipped);
	hkt_add_every(tc, tasks_threads_and_other_runs_end_waits);
	hkt_add_overlap(tc, a_dump_says_who_waits_for_what);
	return hkt_main(suite);
}
