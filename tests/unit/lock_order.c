/* SPDX-License-Identifier: MIT */
/* Locks that are locked in opposite orders: a warning before it is a deadlock. */
#include "../check_hocket.h"

static struct hk_mutex a, b, c, r = HK_MUTEX_RECURSIVE_INIT;
static struct hk_rwlock w;

static int run_checked(int (*fn)(void *))
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.lock_order = 1;
	return hk_run(&options, fn, NULL);
}

static void lock_two(struct hk_mutex *first, struct hk_mutex *second)
{
	hk_mutex_lock(first);
	hk_mutex_lock(second);
	hk_mutex_unlock(first);
	hk_mutex_unlock(second);
}

/* Goal: the warning names both orders, with places, and comes once. Method: one task, one after the
   other: it can never deadlock. */
static int two_orders(void *arg)
{
	(void)arg;
	lock_two(&a, &b);
	lock_two(&a, &b);
	lock_two(&b, &a);
	lock_two(&b, &a);
	return 0;
}

static int in_two_orders(void *arg)
{
	(void)arg;
	return run_checked(two_orders);
}

START_TEST(two_orders_are_told)
{
	struct hkt_child child;

	hkt_child(&child, in_two_orders, NULL);
	hkt_assert_exit(&child, 0,
		"^hocket: lock order: task 1 \"main\" \\(the first task\\) has locked [^\n]+\n"
		"hocket:   the mutex 0x[0-9a-f]+, at [^\n]*unit-lock_order\\+0x[0-9a-f]+, then "
		"the mutex 0x[0-9a-f]+, at [^\n]+\n"
		"hocket:   the mutex 0x[0-9a-f]+, at [^\n]+, then the mutex 0x[0-9a-f]+, at "
		"[^\n]+\n$");
}
END_TEST

/* Goal: longer cycles, and readers-writer locks, count as well. Method: three locks. */
static int three_orders(void *arg)
{
	(void)arg;
	lock_two(&a, &b);
	hk_mutex_lock(&b);
	hk_rwlock_rdlock(&w);
	hk_rwlock_unlock(&w);
	hk_mutex_unlock(&b);
	hk_rwlock_wrlock(&w);
	hk_mutex_lock(&a);
	hk_mutex_unlock(&a);
	hk_rwlock_unlock(&w);
	return 0;
}

static int in_three_orders(void *arg)
{
	(void)arg;
	return run_checked(three_orders);
}

START_TEST(longer_cycles_are_told)
{
	struct hkt_child child;

	hkt_child(&child, in_three_orders, NULL);
	hkt_assert_exit(&child, 0,
		"^hocket: lock order: [^\n]+\n"
		"hocket:   the readers-writer lock [^\n]+ then the mutex [^\n]+\n"
		"hocket:   the mutex [^\n]+ then the mutex [^\n]+\n"
		"hocket:   the mutex [^\n]+ then the readers-writer lock [^\n]+\n$");
}
END_TEST

/*
 * Goal: no warning without a cause. Method: one order; a trylock, which does not wait; a recursive
 * mutex; a new lock in the memory of an old one; many locks at a time.
 */
static int one_order(void *arg)
{
	struct hk_mutex many[20] = { HK_MUTEX_INIT };

	(void)arg;
	lock_two(&a, &b);
	lock_two(&b, &c);
	lock_two(&a, &c);
	hk_mutex_lock(&c);
	ck_assert(hk_mutex_trylock(&a));
	hk_mutex_unlock(&c);
	hk_mutex_unlock(&a);
	lock_two(&r, &a);
	hk_mutex_lock(&r);
	hk_mutex_lock(&a);
	hk_mutex_lock(&r);
	hk_mutex_unlock(&r);
	hk_mutex_unlock(&a);
	hk_mutex_unlock(&r);
	for (int i = 0; i < 2; i++) {
		lock_two(&many[i], &many[1 - i]);
		many[0] = many[1] = (struct hk_mutex)HK_MUTEX_INIT;
	}
	for (int i = 0; i < 20; i++)
		hk_mutex_lock(&many[i]);
	for (int i = 0; i < 20; i++)
		hk_mutex_unlock(&many[i]);
	return 0;
}

static int in_one_order(void *arg)
{
	(void)arg;
	return run_checked(one_order);
}

static int unchecked(void *arg)
{
	struct hk_options options = HK_OPTIONS_INIT;

	(void)arg;
	options.lock_order = -1;
	return hk_run(&options, two_orders, NULL);
}

START_TEST(one_order_is_not)
{
	struct hkt_child child;

	hkt_child(&child, in_one_order, NULL);
	hkt_assert_exit(&child, 0, "^$");
	hkt_child(&child, unchecked, NULL);
	hkt_assert_exit(&child, 0, "^$");
}
END_TEST

/* Goal: more pairs than there is room for are said, once. Method: a chain of locks, pairwise. */
static int many_pairs(void *arg)
{
	enum { LOCKS = 120 };
	static struct hk_mutex locks[LOCKS];

	(void)arg;
	for (int i = 0; i < LOCKS; i++) {
		for (int j = i + 1; j < LOCKS; j++)
			lock_two(&locks[i], &locks[j]);
	}
	return 0;
}

static int with_many_pairs(void *arg)
{
	(void)arg;
	return run_checked(many_pairs);
}

START_TEST(a_full_table_is_said)
{
	struct hkt_child child;

	hkt_child(&child, with_many_pairs, NULL);
	hkt_assert_exit(&child, 0, "^hocket: lock order: more than 4096 pairs [^\n]+\n$");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/lock_order");
	TCase *tc = hkt_case(suite, "order", 60);

	tcase_add_test(tc, two_orders_are_told);
	tcase_add_test(tc, longer_cycles_are_told);
	tcase_add_test(tc, one_order_is_not);
	tcase_add_test(tc, a_full_table_is_said);
	return hkt_main(suite);
}
