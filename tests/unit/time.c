/* SPDX-License-Identifier: MIT */
/*
 * The clock and sleep. Only lower bounds are asserted: how late a sleeper wakes depends on the
 * machine, that it never wakes early does not.
 */
#include "../check_events.h"

#include <errno.h>
#include <time.h>

/* Goal: hk_now() is CLOCK_MONOTONIC and never goes back. Method: enclose it; many readings. */
static hk_time clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * HK_S + ts.tv_nsec;
}

START_TEST(now_is_the_monotonic_clock)
{
	hk_time before = clock_now(), now = hk_now(), after = clock_now();

	ck_assert_int_gt(now, 0);
	ck_assert_int_le(before, now);
	ck_assert_int_le(now, after);
	for (int i = 0; i < 100000; i++) {
		hk_time next = hk_now();

		if (next < now)
			ck_abort_msg("the clock went back by %lld ns", (long long)(now - next));
		now = next;
	}
}
END_TEST

/* Goal: units are what they say. Method: arithmetic. */
START_TEST(units_are_nanoseconds)
{
	ck_assert_int_eq(HK_US, 1000);
	ck_assert_int_eq(HK_MS, 1000 * HK_US);
	ck_assert_int_eq(HK_S, 1000 * HK_MS);
	ck_assert(HK_FOREVER == INT64_MAX);
}
END_TEST

/* Goal: no sleep ends early. Method: lengths from 1 ns to 30 ms, many sleepers at once. */
static int sleep_for(void *arg)
{
	hk_time ns = *(hk_time *)arg, start = hk_now();

	ck_assert_int_eq(hk_sleep(ns), 0);
	ck_assert_int_ge(hk_now() - start, ns);
	return 0;
}

static int sleep_many(void *arg)
{
	static hk_time lengths[] = { 1, 999, HK_US, 50 * HK_US, 999999, HK_MS, 1500 * HK_US,
		3 * HK_MS, 10 * HK_MS, 30 * HK_MS };

	(void)arg;
	HK_SCOPE(s);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (int k = 0; k < 3; k++)
			hk_spawn(&s, sleep_for, &lengths[i]);
	return hk_join(&s);
}

START_TEST(no_sleep_is_shorter_than_asked)
{
	ck_assert_int_eq(hkt_run(_i, sleep_many, NULL), 0);
}
END_TEST

/* Goal: zero and negative durations return at once with 0. Method: call them. */
static int sleep_nothing(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sleep(0), 0);
	ck_assert_int_eq(hk_sleep(-1), 0);
	ck_assert_int_eq(hk_sleep(INT64_MIN), 0);
	return 0;
}

START_TEST(a_sleep_of_zero_is_a_yield)
{
	ck_assert_int_eq(hkt_run(_i, sleep_nothing, NULL), 0);
}
END_TEST

/*
 * Goal: sleepers wake in the order of their deadlines. Method: if they overlap, deadlines counted
 * from one moment, and the events that say when each was woken: when its thread then goes on is up
 * to the kernel, which on a busy machine overturns any order.
 */
static struct hkt_log woken;
static hk_time beginning;

static int sleep_and_log(void *arg)
{
	const char *letter = arg;
	hk_time length = (*letter - 'a') * 200 * HK_MS;

	if (beginning != 0)
		length += 600 * HK_MS - (hk_now() - beginning); /* by then all sleep */
	ck_assert_int_eq(hk_sleep(length), 0);
	hkt_log(&woken, *letter);
	return 0;
}

static int sleep_in_order(void *letters)
{
	HK_SCOPE(s);
	for (char *p = letters; *p != '\0'; p++)
		hk_spawn(&s, sleep_and_log, p);
	return hk_join(&s);
}

START_TEST(sleepers_wake_in_order_of_deadline)
{
	struct hk_options options = hkt_options(_i);
	char letters[] = "dbecf";
	uint64_t woken_ns['f' + 1] = { 0 };
	struct hkt_events events;
	struct hkt_file file;

	hkt_file(&file);
	options.events = file.path;
	beginning = hk_now();
	ck_assert_int_eq(hk_run(&options, sleep_in_order, letters), 0);
	ck_assert_uint_eq(woken.length, 5);
	hkt_events_read(&events, file.path);
	hkt_file_remove(&file);
	for (size_t i = 0; i < events.count; i++) {
		const struct hk_trace_record *e = &events.list[i].e;

		if (e->what == HK_TRACE_WAKE && e->task >= 2)
			woken_ns[(int)letters[e->task - 2]] = e->time_ns;
	}
	hkt_events_free(&events);
	for (int letter = 'c'; letter <= 'f'; letter++)
		ck_assert_uint_lt(woken_ns[letter - 1], woken_ns[letter]);
}
END_TEST

/* Goal: one at a time, each sleep is over before the next task starts. Method: as above. */
START_TEST(sequential_sleepers_wake_in_order_of_spawning)
{
	struct hk_options options = HK_OPTIONS_INIT;
	char letters[] = "dbc";

	options.as = HK_SEQUENTIAL;
	ck_assert_int_eq(hk_run(&options, sleep_in_order, letters), 0);
	ck_assert_str_eq(woken.text, "dbc");
}
END_TEST

/* Goal: deadlines do not overflow, and cancellation ends any sleep. Method: the longest ones. */
static int sleep_for_ever(void *arg)
{
	ck_assert_int_eq(hk_sleep(*(hk_time *)arg), -ECANCELED);
	return 0;
}

static int cancel_sleepers(void *arg)
{
	static hk_time lengths[] = { HK_FOREVER, HK_FOREVER - 1, INT64_MAX / 2, 3600 * HK_S };

	(void)arg;
	HK_SCOPE(s);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		hk_spawn(&s, sleep_for_ever, &lengths[i]);
	ck_assert_int_eq(hk_sleep(20 * HK_MS), 0);
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	return 0;
}

START_TEST(the_longest_sleep_ends_by_cancellation)
{
	ck_assert_int_eq(hkt_run(_i, cancel_sleepers, NULL), 0);
}
END_TEST

/* Goal: outside a task hk_sleep() blocks the thread, as long as asked. Method: measure. */
START_TEST(outside_a_task_sleep_blocks_the_thread)
{
	hk_time length = 20 * HK_MS;

	sleep_for(&length);
	ck_assert_int_eq(hk_sleep(0), 0);
	ck_assert_int_eq(hk_sleep(-5), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/time");
	TCase *tc = hkt_case(suite, "clock", 20);

	tcase_add_test(tc, now_is_the_monotonic_clock);
	tcase_add_test(tc, units_are_nanoseconds);
	tc = hkt_case(suite, "sleep", 20);
	hkt_add_every(tc, no_sleep_is_shorter_than_asked);
	hkt_add_every(tc, a_sleep_of_zero_is_a_yield);
	hkt_add_overlap(tc, sleepers_wake_in_order_of_deadline);
	tcase_add_test(tc, sequential_sleepers_wake_in_order_of_spawning);
	hkt_add_overlap(tc, the_longest_sleep_ends_by_cancellation);
	tcase_add_test(tc, outside_a_task_sleep_blocks_the_thread);
	return hkt_main(suite);
}
