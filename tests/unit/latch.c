/* SPDX-License-Identifier: MIT */
/* The latch: it counts down to 0 once, opens for all, and may be freed by whoever passed it. */
#include "../check_waits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Goal: it opens with the last arrival, not before. Method: every call, from a task and a thread.
 */
static int count_to_zero(void *arg)
{
	struct hk_latch latch = HK_LATCH_INIT(5), zeroed, open = HK_LATCH_INIT(0);

	(void)arg;
	memset(&zeroed, 0, sizeof(zeroed));
	ck_assert_int_eq(memcmp(&open, &zeroed, sizeof(open)), 0);
	ck_assert(hk_latch_trywait(&zeroed));
	ck_assert_int_eq(hk_latch_wait(&zeroed), 0);
	hk_latch_count_down(&zeroed, 0);
	for (int i = 0; i < 3; i++) {
		ck_assert(!hk_latch_trywait(&latch));
		ck_assert_int_eq(hk_latch_wait_until(&latch, 0), -ETIMEDOUT);
		ck_assert_int_eq(hk_latch_wait_until(&latch, hk_now() + HK_MS), -ETIMEDOUT);
		hk_latch_count_down(&latch, 0);
		hk_latch_count_down(&latch, i == 1 ? 3 : 1);
	}
	ck_assert(hk_latch_trywait(&latch));
	ck_assert_int_eq(hk_latch_wait_until(&latch, 0), 0);
	ck_assert_int_eq(hk_latch_wait(&latch), 0);
	hkt_assert_no_trace(&latch.waiters);
	return 0;
}

START_TEST(it_opens_with_the_last_arrival)
{
	ck_assert_int_eq(count_to_zero(NULL), 0);
	ck_assert_int_eq(hkt_run(_i, count_to_zero, NULL), 0);
}
END_TEST

/* Goal: a latch can wait for as many as its count can say. Method: the most. */
static int count_the_most(void *arg)
{
	struct hk_latch latch = HK_LATCH_INIT(UINT32_MAX);

	(void)arg;
	hk_latch_count_down(&latch, UINT32_MAX - 1);
	ck_assert(!hk_latch_trywait(&latch));
	hk_latch_count_down(&latch, 1);
	ck_assert(hk_latch_trywait(&latch));
	return 0;
}

START_TEST(it_counts_as_far_as_it_can_say)
{
	ck_assert_int_eq(hkt_run(_i, count_the_most, NULL), 0);
}
END_TEST

/* Goal: nobody passes before all have arrived, all pass then. Method: three wait while the first
   task arrives thrice. */
static struct hk_latch start = HK_LATCH_INIT(3);
static _Atomic int passed;

static int pass(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_latch_wait(&start), 0);
	passed++;
	return 0;
}

static int arrive_thrice(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 3; i++)
		hk_spawn(&s, pass, NULL);
	hkt_await(3, "the latch");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(hk_sleep(2 * HK_MS), 0);
		ck_assert_int_eq(passed, 0);
		hk_latch_count_down(&start, 1);
	}
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(passed, 3);
	hkt_assert_no_trace(&start.waiters);
	return 0;
}

START_TEST(nobody_passes_before_all_have_arrived)
{
	ck_assert_int_eq(hkt_run(_i, arrive_thrice, NULL), 0);
}
END_TEST

/*
 * Goal: who passes sees what those did who arrived, and may free the latch at once, while the last
 * of them is still on its way out. Method: latches on the heap for a task and a thread to arrive
 * at; the sanitizers see a late touch.
 */
struct order {
	struct hk_latch ready;
	int parts[2];
};

enum { ORDERS = 300 };
static struct order *orders[ORDERS];

static int cook(void *arg)
{
	int mine = *(int *)arg;

	for (int i = 0; i < ORDERS; i++) {
		orders[i]->parts[mine] = i;
		hk_latch_count_down(&orders[i]->ready, 1);
	}
	return 0;
}

static int serve(void *arg)
{
	(void)arg;
	for (int i = 0; i < ORDERS; i++) {
		ck_assert_int_eq(hk_latch_wait(&orders[i]->ready), 0);
		ck_assert_int_eq(orders[i]->parts[0], i);
		ck_assert_int_eq(orders[i]->parts[1], i);
		free(orders[i]);
	}
	return 0;
}

static int cook_and_serve(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, cook, arg);
	hk_spawn(&s, serve, NULL);
	return hk_join(&s);
}

START_TEST(who_passed_may_free_it)
{
	struct hkt_outside call;
	int numbers[2] = { 0, 1 };

	for (int i = 0; i < ORDERS; i++) {
		orders[i] = calloc(1, sizeof(*orders[i]));
		ck_assert_ptr_nonnull(orders[i]);
		orders[i]->ready = (struct hk_latch)HK_LATCH_INIT(2);
	}
	hkt_outside(&call, cook, &numbers[0]);
	ck_assert_int_eq(hkt_run(_i, cook_and_serve, &numbers[1]), 0);
	ck_assert_int_eq(hkt_outside_end(&call), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/latch");
	TCase *tc = hkt_case(suite, "latch", 20);

	hkt_add_every(tc, it_opens_with_the_last_arrival);
	hkt_add_every(tc, it_counts_as_far_as_it_can_say);
	hkt_add_overlap(tc, nobody_passes_before_all_have_arrived);
	hkt_add_every(tc, who_passed_may_free_it);
	return hkt_main(suite);
}
