/* SPDX-License-Identifier: MIT */
/*
 * Every call of the tables with libhocket-posix: its result, errno and time, and that another task
 * runs meanwhile: it is spawned just before the call, and must have run when the call returns,
 * although there is but one worker. A task that parks gives that worker away by itself, so no clock
 * matters; a call in the kernel is made long enough for the lookout of a busy machine.
 */
#include <errno.h>
#include <unistd.h>

#include "calls.h"

#define WAIT_NS	       (20 * HK_MS)
#define KERNEL_WAIT_NS (500 * HK_MS)

/* The setups of check_hocket.h to try, by number: concurrent, combined with 2 workers, sequential,
   parallel. In the first there is but one worker, and in the third a spawned task runs at once. */
static const int setups[] = { 0, 2, 5, 7 };
enum { SETUPS = sizeof(setups) / sizeof(setups[0]) };

struct trial {
	const struct call *call;
	hk_time ns;
	bool one_worker;
	atomic_bool other_ran;
};

static int other(void *arg)
{
	struct trial *trial = arg;

	trial->other_ran = true;
	return 0;
}

static int try(void *arg)
{
	struct trial *trial = arg;

	HK_SCOPE(s);
	ck_assert_int_eq(hk_spawn(&s, other, trial), 0);
	trial->call->make(trial->ns);
	ck_assert_msg(trial->other_ran || !trial->one_worker, "%s: no other task ran meanwhile",
		trial->call->name);
	return hk_join(&s);
}

static void try_everywhere(const struct call *call)
{
	calls_prepare();
	for (int i = 0; i < SETUPS; i++) {
		bool kernel = call->in_kernel && setups[i] == 0;
		struct trial trial = { .call = call,
			.ns = kernel ? KERNEL_WAIT_NS : WAIT_NS,
			.one_worker = setups[i] == 0 || setups[i] == 5 };

		ck_assert_int_eq(hkt_run(setups[i], try, &trial), 0);
	}
	call->make(WAIT_NS);
}

START_TEST(a_timed_call_parks)
{
	try_everywhere(&timed_calls[_i]);
}
END_TEST

START_TEST(a_woken_call_parks)
{
	try_everywhere(&woken_calls[_i]);
}
END_TEST

/* Goal: sleep() too, which knows whole seconds only. Method: one second beside another task. */
static int sleep_a_second(void *arg)
{
	struct trial *trial = arg;
	hk_time begin = hk_now();

	HK_SCOPE(s);
	ck_assert_int_eq(hk_spawn(&s, other, trial), 0);
	ck_assert_uint_eq(sleep(1), 0);
	ck_assert_int_ge(hk_now() - begin, HK_S);
	ck_assert(trial->other_ran);
	return hk_join(&s);
}

START_TEST(sleep_parks)
{
	struct trial trial = { .call = NULL };

	ck_assert_int_eq(hkt_run(0, sleep_a_second, &trial), 0);
}
END_TEST

/*
 * Goal: many wait at once on one worker. Method: fifty of each kind of sleep and of poll, and some
 * of the others, wait for 100 ms; one after the other that would take far more than the time limit.
 */
static int make_one(void *call)
{
	((const struct call *)call)->make(100 * HK_MS);
	return 0;
}

static int make_all(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < timed_count; i++)
		for (int k = 0; k < (i < 12 ? 50 : 3); k++)
			hk_spawn(&s, make_one, (void *)(uintptr_t)&timed_calls[i]);
	return hk_join(&s);
}

START_TEST(many_wait_at_once)
{
	calls_prepare();
	ck_assert_int_eq(hkt_run(_i, make_all, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("posix/parks");
	TCase *tc = hkt_case(suite, "parks", 30);

	tcase_add_loop_test(tc, a_timed_call_parks, 0, timed_count);
	tcase_add_loop_test(tc, a_woken_call_parks, 0, woken_count);
	tcase_add_test(tc, sleep_parks);
	tc = hkt_case(suite, "many", 30);
	tcase_add_loop_test(tc, many_wait_at_once, 0, 3);
	return hkt_main(suite);
}
