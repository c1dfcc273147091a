/* SPDX-License-Identifier: MIT */
/*
 * Crowds of tasks in the way of others: blocked in all kinds of calls, computing, beside other
 * processes that want the CPU. On 1 and 2 workers.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static hk_time process_cpu(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec * HK_S + time.tv_nsec;
}

static const unsigned workers[] = { 1, 2 };

static int run_on(int which, int (*fn)(void *))
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.workers = workers[which];
	options.carriers = 2000;
	return hk_run(&options, fn, NULL);
}

/*
 * Goal: a thousand blocked calls do not keep ten others from running. Method: seven kinds of calls,
 * which end when told to; meanwhile the ten sleep a hundred times each.
 */
static int ends[2];
static char path[128];
static _Atomic bool over;
static _Atomic int blocked;

static void sleep_in_kernel(void)
{
	struct timespec time = { .tv_nsec = 20 * HK_MS };

	while (!over)
		nanosleep(&time, NULL);
}

static void read_pipe(void)
{
	char byte;

	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
}

static void lock_file(void)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	close(fd);
}

static void sync_file(void)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	while (!over) {
		ck_assert_int_eq(write(fd, "x", 1), 1);
		ck_assert_int_eq(fsync(fd), 0);
	}
	close(fd);
}

static void look_up(void)
{
	struct addrinfo *found;

	while (!over) {
		ck_assert_int_eq(getaddrinfo("localhost", NULL, NULL, &found), 0);
		freeaddrinfo(found);
		hkt_block(10 * HK_MS);
	}
}

static void wait_for_child(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execl("/bin/sleep", "sleep", "3", (char *)NULL);
		_exit(9);
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

/* How many tasks make each kind of call. */
static const struct kind {
	void (*call)(void);
	int count;
} kinds[] = { { sleep_in_kernel, 400 }, { read_pipe, 400 }, { lock_file, 180 }, { sync_file, 4 },
	{ look_up, 6 }, { wait_for_child, 10 } };

static int block(void *arg)
{
	blocked++;
	((const struct kind *)arg)->call();
	return 0;
}

static _Atomic int naps;

static int nap(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
		naps++;
	}
	return 0;
}

static int let_all_end(void *arg)
{
	int lock = *(int *)arg;
	char bytes[400] = { 0 };

	over = true;
	ck_assert_int_eq(write(ends[1], bytes, sizeof(bytes)), sizeof(bytes));
	ck_assert_int_eq(flock(lock, LOCK_UN), 0);
	return 0;
}

static int thousand_blocked(void *arg)
{
	int lock = open(path, O_RDWR | O_CLOEXEC);

	(void)arg;
	ck_assert_int_eq(flock(lock, LOCK_EX), 0);
	HK_SCOPE(crowd);
	for (int kind = 0; kind < 6; kind++)
		for (int i = 0; i < kinds[kind].count; i++)
			hk_spawn(&crowd, block, (void *)(uintptr_t)&kinds[kind]);
	while (blocked < 1000)
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	HK_SCOPE(quick);
	hk_time before = hk_now();
	for (int i = 0; i < 10; i++)
		hk_spawn(&quick, nap, NULL);
	ck_assert_int_eq(hk_join(&quick), 0);
	ck_assert_int_eq(naps, 1000);
	/* 0.2 s on a machine with nothing else to do; in turn with the blocked ones for ever. */
	ck_assert_int_lt(hk_now() - before, 20 * HK_S);
	let_all_end(&lock);
	close(lock);
	return hk_join(&crowd);
}

START_TEST(a_thousand_blocked_tasks_are_in_nobodys_way)
{
	struct hkt_file file;

	hkt_file(&file);
	snprintf(path, sizeof(path), "%s", file.path);
	close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	hkt_pipe(ends);
	ck_assert_int_eq(run_on(_i, thousand_blocked), 0);
	hkt_file_remove(&file);
}
END_TEST

/*
 * Goal: ten thousand hogs end, though far more than there are carriers. Method: each computes for
 * more than a slice; those in the middle never exceed the cap.
 */
static _Atomic int computed;

static int compute(void *arg)
{
	hk_time end = process_cpu() + 150 * HK_US;

	(void)arg;
	while (process_cpu() < end)
		;
	computed++;
	return 0;
}

static int ten_thousand(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 10000; i++)
		ck_assert_int_eq(hk_spawn(&s, compute, NULL), 0);
	return hk_join(&s);
}

START_TEST(ten_thousand_hogs_end)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.workers = workers[_i];
	options.slice_ns = 100 * HK_US;
	options.carriers = 32;
	ck_assert_int_eq(hk_run(&options, ten_thousand, NULL), 0);
	ck_assert_int_eq(computed, 10000);
}
END_TEST

/*
 * Goal: a worker is not taken from a task that only waits for a CPU. Method: other processes keep
 * both CPUs busy; tasks compute without a call that blocks; retakes are counted in the statistics.
 * Some may really sleep: at the first touch of a page while a thread maps memory, one after the
 * other when that thread is held up. One for each wait for a CPU would be thousands.
 */
static int hogs_of_a_while(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 2000; i++)
		hk_spawn(&s, compute, NULL);
	return hk_join(&s);
}

START_TEST(who_waits_for_a_cpu_keeps_its_worker)
{
	struct hk_options options = HK_OPTIONS_INIT;
	struct hkt_file file;
	pid_t others[4];
	char text[8192] = "";

	hkt_file(&file);
	for (int i = 0; i < 4; i++) {
		others[i] = fork();
		if (others[i] == 0)
			for (;;)
				;
	}
	options.workers = workers[_i];
	options.slice_ns = HK_MS;
	options.stats = file.path;
	int result = hk_run(&options, hogs_of_a_while, NULL);
	for (int i = 0; i < 4; i++) {
		kill(others[i], SIGKILL);
		waitpid(others[i], NULL, 0);
	}
	ck_assert_int_eq(result, 0);
	int fd = open(file.path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_gt(read(fd, text, sizeof(text) - 1), 0);
	close(fd);
	ck_assert_msg(strstr(text, "\"retakes\":") != NULL, "%s", text);
	ck_assert_int_lt(strtol(strstr(text, "\"retakes\":") + 10, NULL, 10), 50);
	hkt_file_remove(&file);
}
END_TEST

/* Goal: hogs with nobody waiting cost nothing extra. Method: CPU time beyond the hogs' own. */
static int hog_alone(void *arg)
{
	struct timespec time;
	hk_time end = hk_now() + 2 * HK_S;

	while (hk_now() < end)
		;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	*(hk_time *)arg = time.tv_sec * HK_S + time.tv_nsec;
	return 0;
}

static hk_time used[2];

static int hogs_alone(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (unsigned i = 0; i < 2; i++)
		hk_spawn(&s, hog_alone, &used[i]);
	return hk_join(&s);
}

START_TEST(hogs_that_nobody_waits_for_cost_nothing)
{
	struct hk_options options = HK_OPTIONS_INIT;
	hk_time before = process_cpu();

	options.workers = 2;
	ck_assert_int_eq(hk_run(&options, hogs_alone, NULL), 0);
	ck_assert_int_lt(process_cpu() - before - used[0] - used[1], 20 * HK_MS);
}
END_TEST

static Suite *suite_of_blocked(void)
{
	Suite *suite = suite_create("flow/blocked");
	TCase *tc = hkt_case(suite, "crowds", 100);

	tcase_add_loop_test(tc, a_thousand_blocked_tasks_are_in_nobodys_way, 0, 2);
	tcase_add_loop_test(tc, ten_thousand_hogs_end, 0, 2);
	tcase_add_loop_test(tc, who_waits_for_a_cpu_keeps_its_worker, 0, 2);
	tcase_add_test(tc, hogs_that_nobody_waits_for_cost_nothing);
	return suite;
}

int main(void)
{
	return hkt_main(suite_of_blocked());
}
