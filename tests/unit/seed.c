/* SPDX-License-Identifier: MIT */
/* The order of ready tasks, drawn by a seed. */
#include "../check_hocket.h"

#include <string.h>

enum { TASKS = 8, ROUNDS = 3, SEEDS = 50 };

static struct hkt_log order;
static struct hk_mutex m;

static int take_turns(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		hkt_log(&order, *(const char *)arg);
		if (i == 1)
			HK_LOCKED(&m)
				hk_yield();
		else
			hk_yield();
	}
	return 0;
}

static int spawn_all(void *arg)
{
	static const char names[] = "abcdefgh";

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < TASKS; i++)
		hk_spawn(&s, take_turns, (void *)(uintptr_t)&names[i]);
	return hk_join(&s);
}

static const char *order_of(uint64_t seed, unsigned workers)
{
	struct hk_options options = HK_OPTIONS_INIT;

	memset(&order, 0, sizeof(order));
	options.workers = workers;
	options.slice_ns = -1;
	options.seed = seed;
	ck_assert_int_eq(hk_run(&options, spawn_all, NULL), 0);
	ck_assert_uint_eq(order.length, TASKS * ROUNDS);
	return order.text;
}

/* Goal: one seed, one order; many seeds, many orders. Method: one worker, no slices, each twice. */
START_TEST(a_seed_fixes_the_order)
{
	static char orders[SEEDS][TASKS * ROUNDS + 1];
	int same = 0;

	for (int i = 0; i < SEEDS; i++) {
		memcpy(orders[i], order_of((uint64_t)i + 1, 1), sizeof(orders[i]));
		ck_assert_str_eq(orders[i], order_of((uint64_t)i + 1, 1));
		for (int j = 0; j < i; j++)
			same += strcmp(orders[i], orders[j]) == 0;
	}
	/* 24 letters in any order: two alike are less likely than 1 in 10^9. */
	ck_assert_int_eq(same, 0);
}
END_TEST

/* Goal: without a seed the order is first come first served. Method: the same program. */
START_TEST(without_a_seed_the_first_comes_first)
{
	char first[TASKS * ROUNDS + 1];

	memcpy(first, order_of(0, 1), sizeof(first));
	ck_assert_int_eq(strncmp(first, "abcdefgh", TASKS), 0);
	ck_assert_str_eq(first, order_of(0, 1));
}
END_TEST

/* Goal: on several workers all run as well. Method: count, with many seeds. */
START_TEST(several_workers_run_all)
{
	for (uint64_t seed = 1; seed <= 20; seed++) {
		int counts[TASKS] = { 0 };

		for (const char *at = order_of(seed, 8); *at; at++)
			counts[*at - 'a']++;
		for (int i = 0; i < TASKS; i++)
			ck_assert_int_eq(counts[i], ROUNDS);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/seed");
	TCase *tc = hkt_case(suite, "seed", 20);

	tcase_add_test(tc, a_seed_fixes_the_order);
	tcase_add_test(tc, without_a_seed_the_first_comes_first);
	tcase_add_test(tc, several_workers_run_all);
	return hkt_main(suite);
}
