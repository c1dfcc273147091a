/* SPDX-License-Identifier: MIT */
/*
 * The same calls without libhocket-posix: libc's own, in a task beside tasks that compute, under
 * the shortest slices. Whatever the runtime does to share the workers (interrupting who computes,
 * taking the worker of who blocks), no call may notice: each gives its exact result, never EINTR,
 * and never ends early. The lengths are random, so that they meet slices and retakes anywhere.
 */
#include <unistd.h>

#include "calls.h"

enum { HOGS = 3 };

struct trial {
	const struct call *call;
	long times;
	atomic_bool over;
};

/* Computes beyond many slices, then gives its worker up: it must not last without slices either. */
static int hog(void *arg)
{
	struct trial *trial = arg;

	while (!trial->over) {
		hk_time end = hk_now() + 2 * HK_MS;

		while (hk_now() < end && !trial->over)
			;
		hk_yield();
	}
	return 0;
}

static int call_often(void *arg)
{
	struct trial *trial = arg;
	struct hkt_random random = hkt_random((uint64_t)trial->times);

	HK_SCOPE(s);
	for (int i = 0; i < HOGS; i++)
		ck_assert_int_eq(hk_spawn(&s, hog, trial), 0);
	for (long i = 0; i < trial->times; i++) {
		trial->call->make(20 * HK_US + hkt_random_below(&random, 1500) * HK_US);
		hk_yield();
	}
	trial->over = true;
	return hk_join(&s);
}

static void try_often(const struct call *call, long times)
{
	calls_prepare();
	for (unsigned workers = 1; workers <= 2; workers++) {
		struct trial trial = { .call = call, .times = hkt_times(times) };
		struct hk_options options = HK_OPTIONS_INIT;

		options.workers = workers;
		options.slice_ns = 100 * HK_US;
		ck_assert_int_eq(hk_run(&options, call_often, &trial), 0);
	}
}

START_TEST(a_timed_call_is_exact)
{
	try_often(&timed_calls[_i], 100);
}
END_TEST

START_TEST(a_woken_call_is_exact)
{
	try_often(&woken_calls[_i], 100);
}
END_TEST

static int sleep_a_second(void *arg)
{
	struct trial *trial = arg;
	hk_time begin = hk_now();

	HK_SCOPE(s);
	for (int i = 0; i < HOGS; i++)
		ck_assert_int_eq(hk_spawn(&s, hog, trial), 0);
	ck_assert_uint_eq(sleep(1), 0);
	ck_assert_int_ge(hk_now() - begin, HK_S);
	trial->over = true;
	return hk_join(&s);
}

START_TEST(sleep_is_exact)
{
	struct hk_options options = HK_OPTIONS_INIT;
	struct trial trial = { .call = NULL };

	options.slice_ns = 100 * HK_US;
	ck_assert_int_eq(hk_run(&options, sleep_a_second, &trial), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("posix/raw");
	TCase *tc = hkt_case(suite, "raw", 120);

	tcase_add_loop_test(tc, a_timed_call_is_exact, 0, timed_count);
	tcase_add_loop_test(tc, a_woken_call_is_exact, 0, woken_count);
	tcase_add_test(tc, sleep_is_exact);
	return hkt_main(suite);
}
