/* SPDX-License-Identifier: MIT */
/*
 * Workers that are asked for while their task enters the library: hk_blocking() lends the worker,
 * and the lookout asks for it at each look while anybody waits; the function inside calls the
 * library all the time, and so keeps the worker or loses it at that very moment.
 */
#include "../check_hocket.h"

enum { LENDERS = 6 };

static struct hk_mutex mutex;
static long counted;

static int count(void *arg)
{
	for (long i = *(long *)arg; i > 0; i--) {
		HK_LOCKED(&mutex)
			counted++;
		if (i % 16 == 0)
			hk_yield();
	}
	return 7;
}

/* Between the calls its worker goes idle, now and then. */
static int lend(void *times)
{
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(hk_blocking(count, times), 7);
		ck_assert_int_eq(hk_sleep(i % 3 * 30 * HK_US), 0);
	}
	return 0;
}

static int lend_all(void *times)
{
	HK_SCOPE(s);
	for (int i = 0; i < LENDERS; i++)
		hk_spawn(&s, lend, times);
	return hk_join(&s);
}

/* Goal: nothing is lost, and all end. Method: an exact count under a mutex; a time limit. */
START_TEST(a_worker_is_kept_or_lost_but_never_both)
{
	long times = hkt_times(50000);

	ck_assert_int_eq(hkt_run(_i, lend_all, &times), 0);
	ck_assert_int_eq(counted, LENDERS * 20 * times);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/lent");
	TCase *tc = hkt_case(suite, "lent", 60);

	hkt_add_workers(tc, a_worker_is_kept_or_lost_but_never_both);
	return hkt_main(suite);
}
