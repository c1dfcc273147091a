/* SPDX-License-Identifier: MIT */
/* Starting and stopping: 1,000 runs leave nothing behind; 100,000 tasks at once. */
#include "../check_hocket.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int entries(const char *path)
{
	DIR *folder = opendir(path);
	int n = 0;

	ck_assert_ptr_nonnull(folder);
	while (readdir(folder) != NULL)
		n++;
	closedir(folder);
	return n;
}

static int mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int c, n = 0;

	ck_assert_ptr_nonnull(maps);
	while ((c = getc(maps)) != EOF)
		n += c == '\n';
	fclose(maps);
	return n;
}

/* A joined thread may be listed for a moment longer. */
static void assert_threads(int expected)
{
	hk_time limit = hk_now() + 5 * HK_S;

	while (entries("/proc/self/task") != expected && hk_now() < limit)
		hkt_block(HK_MS);
	ck_assert_int_eq(entries("/proc/self/task"), expected);
}

static int ends[2];

static int use_everything(void *arg)
{
	struct hk_sem sem = HK_SEM_INIT(0);
	char c;

	(void)arg;
	ck_assert_int_eq(hk_sleep(10 * HK_US), 0);
	ck_assert_int_eq(hk_sem_wait_until(&sem, hk_now() + 10 * HK_US), -ETIMEDOUT);
	ck_assert_int_eq(hk_write(ends[1], "x", 1), 1);
	ck_assert_int_eq(hk_read(ends[0], &c, 1), 1);
	return 0;
}

static int spawn_users(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 10; i++)
		hk_spawn(&s, use_everything, NULL);
	return hk_join(&s);
}

/* More threads at once than spawn_users() can ever have, and each of them allocates. */
enum { BLOCKED = 40, BLOCK_NS = 20 * HK_MS };

static int block(void *arg)
{
	void *volatile memory = malloc(100);

	free(memory);
	hkt_block(hkt_interleaves(*(int *)arg) ? BLOCK_NS : 0);
	return 0;
}

static int block_all(void *setup)
{
	HK_SCOPE(s);
	for (int i = 0; i < BLOCKED; i++)
		hk_spawn(&s, block, setup);
	return hk_join(&s);
}

/* What AddressSanitizer looks for are leaks: under it there are no fewer runs. */
static long all_runs(void)
{
	return HKT_ADDRESS_SANITIZER ? 1000 : hkt_times(1000);
}

/*
 * Goal: no thread, descriptor or mapping is left by a run. Method: count them after 1,000 runs and
 * before. libc keeps the stacks of threads that have ended, and arenas of malloc, for the next
 * ones: so there is a run with more threads first. What is mapped may differ by a few, where
 * neighbours are one mapping or two; one left by each hundredth run would show.
 */
START_TEST(many_runs_leave_nothing_behind)
{
	int threads, descriptors, maps;

	hkt_pipe(ends);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hkt_run(_i, block_all, &_i), 0);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(hkt_run(_i, spawn_users, NULL), 0);
	hkt_block(50 * HK_MS);
	threads = entries("/proc/self/task");
	descriptors = entries("/proc/self/fd");
	maps = mappings();
	for (long i = 0; i < all_runs(); i++)
		ck_assert_int_eq(hkt_run(_i, spawn_users, NULL), 0);
	assert_threads(threads);
	ck_assert_int_eq(entries("/proc/self/fd"), descriptors);
	/* Sanitizers map memory of their own: AddressSanitizer for each thread that ever was, some
	   20,000 here, ThreadSanitizer for the history of each task. */
	if (!HKT_THREAD_SANITIZER)
		ck_assert_int_le(mappings(), maps + (HKT_ADDRESS_SANITIZER ? 100 : 10));
}
END_TEST

/*
 * Goal: short programs with all kinds of waits end, also while workers poll, idle and are roused
 * at the same time. Method: 1,000 runs of six tasks that hand on a lock, a permit and a byte.
 */
static struct hk_mutex m;
static struct hk_sem permits;

static int wait_in_all_ways(void *arg)
{
	char c;

	(void)arg;
	for (int i = 0; i < 20; i++) {
		if (hk_sleep(i % 4 * 20 * HK_US) != 0)
			return -EIO;
		HK_LOCKED(&m)
			hk_yield();
		hk_sem_post(&permits);
		if (hk_sem_wait(&permits) != 0 || hk_write(ends[1], "x", 1) != 1 ||
			hk_read(ends[0], &c, 1) != 1)
			return -EIO;
	}
	return 0;
}

static int spawn_six(void *arg)
{
	HK_SCOPE(s);
	for (int i = 0; i < 6; i++)
		hk_spawn(&s, wait_in_all_ways, arg);
	return hk_join(&s);
}

START_TEST(many_short_programs_end)
{
	hkt_pipe(ends);
	for (long i = 0; i < hkt_times(1000); i++)
		ck_assert_int_eq(hkt_run(_i, spawn_six, NULL), 0);
}
END_TEST

/* Goal: the same after runs that failed or gave up a deadlock. Method: as above. */
static struct hk_sem never;

static int wait_for_ever(void *arg)
{
	(void)arg;
	return hk_sem_wait(&never);
}

START_TEST(deadlocked_runs_leave_no_thread_or_descriptor)
{
	struct hk_options options = hkt_options(_i);
	int threads, descriptors;

	options.deadlock = HK_DEADLOCK_RETURN;
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	ck_assert_int_eq(hk_run(&options, wait_for_ever, NULL), -EDEADLK);
	hkt_block(50 * HK_MS);
	threads = entries("/proc/self/task");
	descriptors = entries("/proc/self/fd");
	for (long i = 0; i < hkt_times(200); i++) {
		memset(&never, 0, sizeof(never));
		ck_assert_int_eq(hk_run(&options, wait_for_ever, NULL), -EDEADLK);
	}
	assert_threads(threads);
	ck_assert_int_eq(entries("/proc/self/fd"), descriptors);
}
END_TEST

/* Goal: bursts of tasks. Method: 100,000 in one scope, three times; each counts itself. */
static _Atomic long ran;

static int run_once(void *arg)
{
	(void)arg;
	ran++;
	return 0;
}

static int burst(void *arg)
{
	long n = *(long *)arg;

	HK_SCOPE(s);
	for (int round = 1; round <= 3; round++) {
		for (long i = 0; i < n; i++)
			if (hk_spawn(&s, run_once, NULL) != 0)
				return -ENOMEM;
		ck_assert_int_eq(hk_join(&s), 0);
		ck_assert_int_eq(ran, round * n);
	}
	return 0;
}

START_TEST(bursts_of_a_hundred_thousand_tasks)
{
	struct hk_options options = hkt_options(_i);
	long n = hkt_times(100000);

	options.stack_size = 64 << 10;
	ck_assert_int_eq(hk_run(&options, burst, &n), 0);
}
END_TEST

/* Goal: as many tasks parked at once. Method: 20,000 wait for a permit each, then all get one. */
static struct hk_sem gate;

static int pass_gate(void *arg)
{
	(void)arg;
	if (hk_sem_wait(&gate) != 0)
		return -EIO;
	ran++;
	return 0;
}

static int crowd(void *arg)
{
	long n = *(long *)arg;

	HK_SCOPE(s);
	for (long i = 0; i < n; i++)
		hk_spawn(&s, pass_gate, NULL);
	ck_assert_int_eq(hk_sleep(10 * HK_MS), 0);
	for (long i = 0; i < n; i++)
		hk_sem_post(&gate);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(ran, n);
	return 0;
}

START_TEST(twenty_thousand_parked_tasks)
{
	struct hk_options options = hkt_options(_i);
	long n = hkt_times(20000);

	options.stack_size = 64 << 10;
	ck_assert_int_eq(hk_run(&options, crowd, &n), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/runs");
	TCase *tc = hkt_case(suite, "start and stop", 120);

	hkt_add_every(tc, many_runs_leave_nothing_behind);
	hkt_add_overlap(tc, many_short_programs_end);
	hkt_add_every(tc, deadlocked_runs_leave_no_thread_or_descriptor);
	tc = hkt_case(suite, "bursts", 120);
	hkt_add_every(tc, bursts_of_a_hundred_thousand_tasks);
	hkt_add_workers(tc, twenty_thousand_parked_tasks);
	return hkt_main(suite);
}
