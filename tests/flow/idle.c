/* SPDX-License-Identifier: MIT */
/* An idle program costs nothing. */
#include "../check_hocket.h"

#include <time.h>
#include <unistd.h>

/* Concurrent, combined and parallel, the last two with 8 workers. */
static const int setups[] = { 0, 3, 4 };
static int ends[2];

static hk_time cpu_time(clockid_t clock)
{
	struct timespec ts;

	ck_assert_int_eq(clock_gettime(clock, &ts), 0);
	return ts.tv_sec * HK_S + ts.tv_nsec;
}

static int read_byte(void *arg)
{
	char c;

	(void)arg;
	ck_assert_int_eq(hk_read(ends[0], &c, 1), 1);
	return 0;
}

/*
 * Goal: less than 0.1 % of a CPU while all tasks wait for a pipe. Method: the CPU time of the
 * process over 5 s in which nothing happens; the writer is a process of its own.
 */
static int wait_five_seconds(void *arg)
{
	hk_time before;

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 5; i++)
		hk_spawn(&s, read_byte, NULL);
	ck_assert_int_eq(hk_sleep(50 * HK_MS), 0);
	before = cpu_time(CLOCK_PROCESS_CPUTIME_ID);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_lt(cpu_time(CLOCK_PROCESS_CPUTIME_ID) - before, 5 * HK_MS);
	return 0;
}

START_TEST(waiting_for_a_pipe_costs_nothing)
{
	hkt_pipe(ends);
	if (fork() == 0) {
		hkt_block(5 * HK_S + 50 * HK_MS);
		_exit(write(ends[1], "12345", 5) == 5 ? 0 : 1);
	}
	ck_assert_int_eq(hkt_run(setups[_i], wait_five_seconds, NULL), 0);
}
END_TEST

/* Goal: a single long sleep costs nothing either. Method: CPU time over 2 s of sleep. */
static int sleep_two_seconds(void *arg)
{
	(void)arg;
	/* The threads of the run may still be starting. */
	ck_assert_int_eq(hk_sleep(100 * HK_MS), 0);
	hk_time before = cpu_time(CLOCK_PROCESS_CPUTIME_ID);
	ck_assert_int_eq(hk_sleep(2 * HK_S), 0);
	ck_assert_int_lt(cpu_time(CLOCK_PROCESS_CPUTIME_ID) - before, 2 * HK_MS);
	return 0;
}

START_TEST(a_long_sleep_costs_nothing)
{
	ck_assert_int_eq(hkt_run(setups[_i], sleep_two_seconds, NULL), 0);
}
END_TEST

/*
 * Goal: idle workers beside a busy one cost nothing. Method: one task computes for half a second
 * of CPU time; what the rest of the process used meanwhile is the difference of two clocks.
 */
static int compute(void *arg)
{
	hk_time process = cpu_time(CLOCK_PROCESS_CPUTIME_ID);
	hk_time thread = cpu_time(CLOCK_THREAD_CPUTIME_ID), used;

	(void)arg;
	do
		used = cpu_time(CLOCK_THREAD_CPUTIME_ID) - thread;
	while (used < HK_S / 2);
	ck_assert_int_lt(cpu_time(CLOCK_PROCESS_CPUTIME_ID) - process - used, 20 * HK_MS);
	return 0;
}

static int sleep_briefly(void *arg)
{
	(void)arg;
	return hk_sleep(HK_MS);
}

static int compute_beside_idle_workers(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 8; i++)
		hk_spawn(&s, sleep_briefly, NULL);
	ck_assert_int_eq(hk_join(&s), 0);
	return compute(NULL);
}

START_TEST(idle_workers_cost_nothing)
{
	ck_assert_int_eq(hkt_run(setups[_i], compute_beside_idle_workers, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow/idle");
	TCase *tc = hkt_case(suite, "idle", 30);

	tcase_add_loop_test(tc, waiting_for_a_pipe_costs_nothing, 0, 3);
	tcase_add_loop_test(tc, a_long_sleep_costs_nothing, 0, 3);
	tcase_add_loop_test(tc, idle_workers_cost_nothing, 0, 3);
	return hkt_main(suite);
}
