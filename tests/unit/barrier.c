/* SPDX-License-Identifier: MIT */
/* The barrier: rounds, who is told to be the last, and arrivals that are taken back. */
#include "../check_waits.h"

#include <errno.h>
#include <string.h>

static struct hk_barrier barrier;

static void assert_pristine(void)
{
	ck_assert_uint_eq(barrier.arrived, 0);
	hkt_assert_no_trace(&barrier.waiters);
}

/* Goal: a single party passes at once, each time as the last, whatever the deadline. Method: an
   initialised and a zeroed barrier, from a task and a thread. */
static int pass_alone(void *arg)
{
	struct hk_barrier one = HK_BARRIER_INIT(1), zeroed;

	(void)arg;
	memset(&zeroed, 0, sizeof(zeroed));
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(hk_barrier_wait(&one), 1);
		ck_assert_int_eq(hk_barrier_wait_until(&one, 0), 1);
		ck_assert_int_eq(hk_barrier_wait(&zeroed), 1);
		ck_assert_int_eq(hk_barrier_wait_until(&zeroed, -1), 1);
	}
	ck_assert_uint_eq(one.arrived + zeroed.arrived, 0);
	return 0;
}

START_TEST(a_single_party_is_the_last)
{
	ck_assert_int_eq(pass_alone(NULL), 0);
	ck_assert_int_eq(hkt_run(_i, pass_alone, NULL), 0);
}
END_TEST

/*
 * Goal: nobody is a round ahead, and one in each round is told to be the last. Method: each party
 * counts itself in its round before the barrier, and finds all of them counted behind it.
 */
enum { ROUNDS = 200, MOST = 6 };
static int parties;
static _Atomic int here[ROUNDS], last[ROUNDS];

static int go_round(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		here[i]++;
		int result = hk_barrier_wait_until(&barrier,
			i % 2 ? HK_FOREVER : hk_now() + HK_S * 3600);
		ck_assert(result == 0 || result == 1);
		last[i] += result;
		ck_assert_int_eq(here[i], parties);
	}
	return 0;
}

static int go_round_together(void *arg)
{
	int n = *(int *)arg;

	HK_SCOPE(s);
	for (int i = 0; i < n; i++)
		hk_spawn(&s, go_round, NULL);
	return hk_join(&s);
}

static void assert_rounds(void)
{
	for (int i = 0; i < ROUNDS; i++)
		ck_assert_int_eq(last[i], 1);
	ck_assert_uint_eq(barrier.round, ROUNDS);
	assert_pristine();
}

START_TEST(tasks_go_round_together)
{
	barrier = (struct hk_barrier)HK_BARRIER_INIT(MOST);
	parties = MOST;
	ck_assert_int_eq(hkt_run(_i, go_round_together, &parties), 0);
	assert_rounds();
}
END_TEST

/* The same of a task, two threads, and a task of another run. */
static int go_round_in_another_run(void *arg)
{
	return hkt_run(*(int *)arg, go_round, NULL);
}

START_TEST(tasks_threads_and_other_runs_go_round_together)
{
	struct hkt_outside calls[3];

	parties = 4;
	barrier = (struct hk_barrier)HK_BARRIER_INIT(4);
	for (int i = 0; i < 3; i++)
		hkt_outside(&calls[i], i == 0 ? go_round_in_another_run : go_round, &_i);
	ck_assert_int_eq(hkt_run(_i, go_round, NULL), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hkt_outside_end(&calls[i]), 0);
	assert_rounds();
}
END_TEST

/* Goal: who gives up takes its arrival back, and the others wait on. Method: of a barrier of three,
   one times out and one is cancelled while a third waits; then two others come. */
static int wait_cancelled(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_barrier_wait(&barrier), -ECANCELED);
	return 0;
}

static _Atomic int passed;

static int wait_for_others(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_barrier_wait(&barrier), 0);
	passed++;
	return 0;
}

static int give_up(void *arg)
{
	(void)arg;
	HK_SCOPE(stay);
	HK_SCOPE(quit);
	hk_spawn(&stay, wait_for_others, NULL);
	hkt_await(1, "the others at the barrier");
	hk_spawn(&quit, wait_cancelled, NULL);
	hkt_await(2, "the others at the barrier");
	hk_cancel(&quit);
	ck_assert_int_eq(hk_join(&quit), -ECANCELED);
	ck_assert_uint_eq(barrier.arrived, 1);
	ck_assert_int_eq(hk_barrier_wait_until(&barrier, 0), -ETIMEDOUT);
	ck_assert_int_eq(hk_barrier_wait_until(&barrier, hk_now() + 5 * HK_MS), -ETIMEDOUT);
	ck_assert_uint_eq(barrier.arrived, 1);
	ck_assert_int_eq(passed, 0);
	hk_spawn(&stay, wait_for_others, NULL);
	hkt_await(2, "the others at the barrier");
	ck_assert_int_eq(hk_barrier_wait_until(&barrier, 0), 1);
	ck_assert_int_eq(hk_join(&stay), 0);
	assert_pristine();
	return 0;
}

START_TEST(who_gives_up_takes_its_arrival_back)
{
	barrier = (struct hk_barrier)HK_BARRIER_INIT(3);
	ck_assert_int_eq(hkt_run(_i, give_up, NULL), 0);
}
END_TEST

/* Goal: the number of the round may wrap. Method: it begins just before that. */
START_TEST(rounds_are_not_limited)
{
	barrier = (struct hk_barrier)HK_BARRIER_INIT(MOST);
	barrier.round = UINT32_MAX - ROUNDS / 2;
	parties = MOST;
	ck_assert_int_eq(hkt_run(_i, go_round_together, &parties), 0);
	ck_assert_uint_eq(barrier.round, ROUNDS - ROUNDS / 2 - 1);
	assert_pristine();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/barrier");
	TCase *tc = hkt_case(suite, "barrier", 20);

	hkt_add_every(tc, a_single_party_is_the_last);
	hkt_add_overlap(tc, tasks_go_round_together);
	hkt_add_every(tc, tasks_threads_and_other_runs_go_round_together);
	hkt_add_overlap(tc, who_gives_up_takes_its_arrival_back);
	hkt_add_overlap(tc, rounds_are_not_limited);
	return hkt_main(suite);
}
