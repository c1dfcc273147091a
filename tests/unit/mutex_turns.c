/* SPDX-License-Identifier: MIT */
/* The mutex: overtaking, and its end after a millisecond. */
#include "../check_waits.h"

#include <errno.h>

static struct hk_mutex m;
static long counter;
static struct hkt_log served;

/*
 * Goal: who is woken can be overtaken, until it has waited for 1 ms; then it is given the mutex.
 * Method: on one worker, so that the one that waits runs only when the first task lets it: that
 * takes the mutex once more before, but not again after the other has found it taken, nor does
 * that, once the mutex is the next one's, who has waited for as long.
 */
static int wait_for_turn(void *arg)
{
	HK_LOCKED(&m)
		hkt_log(&served, *(char *)arg);
	if (*(char *)arg == 'v')
		ck_assert(!hk_mutex_trylock(&m));
	return 0;
}

static int overtake(void *arg)
{
	char letters[] = "vw";

	(void)arg;
	HK_SCOPE(s);
	hk_mutex_lock(&m);
	for (int i = 0; i < 2; i++) {
		hk_spawn(&s, wait_for_turn, &letters[i]);
		hkt_await(i + 1, "the mutex");
	}
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	hk_mutex_unlock(&m);
	ck_assert(hk_mutex_trylock(&m));
	hkt_log(&served, 'o');
	/* The one that waits finds it taken. */
	hk_yield();
	ck_assert_str_eq(served.text, "o");
	hk_mutex_unlock(&m);
	ck_assert(!hk_mutex_trylock(&m));
	ck_assert_int_eq(hk_mutex_lock_until(&m, 0), -ETIMEDOUT);
	hk_mutex_lock(&m);
	hkt_log(&served, 'l');
	hk_mutex_unlock(&m);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_uint_eq(m.word, 0);
	hkt_assert_no_trace(&m.waiters);
	return 0;
}

START_TEST(who_has_waited_for_a_millisecond_is_given_it)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_CONCURRENT;
	options.slice_ns = -1;
	ck_assert_int_eq(hk_run(&options, overtake, NULL), 0);
	ck_assert_str_eq(served.text, "ovwl");
}
END_TEST

/*
 * Goal: nobody is overtaken for ever. Method: two tasks and a thread have the mutex again as soon
 * as they gave it up, tasks across a yield, until others have had their turns: on one worker these
 * would never find it free.
 */
static _Atomic bool satisfied;

static int hog(void *arg)
{
	(void)arg;
	while (!satisfied) {
		hk_mutex_lock(&m);
		hk_yield();
		hk_mutex_unlock(&m);
	}
	return 0;
}

static int want_turns(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10; i++) {
		HK_LOCKED(&m)
			counter++;
		ck_assert_int_eq(hk_mutex_lock_until(&m, HK_FOREVER), 0);
		hk_mutex_unlock(&m);
	}
	return 0;
}

static int compete(void *arg)
{
	(void)arg;
	HK_SCOPE(hogs);
	HK_SCOPE(others);
	hk_spawn(&hogs, hog, NULL);
	hk_spawn(&hogs, hog, NULL);
	hk_spawn(&others, want_turns, NULL);
	hk_spawn(&others, want_turns, NULL);
	ck_assert_int_eq(hk_join(&others), 0);
	satisfied = true;
	return hk_join(&hogs);
}

START_TEST(nobody_is_overtaken_for_ever)
{
	struct hkt_outside calls[2];

	ck_assert_int_eq(hkt_run(_i, compete, NULL), 0);
	satisfied = false;
	hkt_outside(&calls[0], hog, NULL);
	hkt_outside(&calls[1], want_turns, NULL);
	ck_assert_int_eq(hkt_outside_end(&calls[1]), 0);
	ck_assert_int_eq(hkt_run(_i, compete, NULL), 0);
	ck_assert_int_eq(hkt_outside_end(&calls[0]), 0);
	ck_assert_int_eq(counter, 50);
	ck_assert_uint_eq(m.word, 0);
	hkt_assert_no_trace(&m.waiters);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/mutex_turns");
	TCase *tc = hkt_case(suite, "turns", 20);

	tcase_add_test(tc, who_has_waited_for_a_millisecond_is_given_it);
	hkt_add_overlap(tc, nobody_is_overtaken_for_ever);
	return hkt_main(suite);
}
