/* SPDX-License-Identifier: MIT */
/* An idle program costs nothing. */
#include "../check_hocket.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
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

/* A child process that runs the body. */
static pid_t start(int (*body)(const void *arg), const void *arg)
{
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(body(arg));
	return child;
}

static void await_success(pid_t child, const char *what, int number)
{
	int status;

	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(status == 0, "%s %d: status %d", what, number, status);
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
 * process over 5 s in which nothing happens; the writer is a process of its own. All setups at
 * once, each in a process of its own.
 */
static int wait_for_pipe(void *arg)
{
	hk_time before;

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 5; i++)
		hk_spawn(&s, read_byte, NULL);
	ck_assert_int_eq(hk_sleep(50 * HK_MS), 0);
	before = cpu_time(CLOCK_PROCESS_CPUTIME_ID);
	ck_assert_int_eq(hk_join(&s), 0);
	long used = cpu_time(CLOCK_PROCESS_CPUTIME_ID) - before;
	if (used >= 5 * HK_MS)
		fprintf(stderr, "the process used %ld ns in 5 s\n", used);
	return used >= 5 * HK_MS;
}

static int read_late_bytes(const void *setup)
{
	hkt_pipe(ends);
	if (fork() == 0) {
		hkt_block(5 * HK_S + 50 * HK_MS);
		_exit(write(ends[1], "12345", 5) == 5 ? 0 : 1);
	}
	return hkt_run(*(const int *)setup, wait_for_pipe, NULL);
}

START_TEST(waiting_for_a_pipe_costs_nothing)
{
	pid_t children[3];

	for (int i = 0; i < 3; i++)
		children[i] = start(read_late_bytes, &setups[i]);
	for (int i = 0; i < 3; i++)
		await_success(children[i], "setup", setups[i]);
}
END_TEST

/*
 * Goal: 0.0 % of a core for the runtime's own threads over 10 s, while all sleep, and while each
 * worker has a hog and nobody waits; on 1 and 2 workers. Method: the CPU time of each thread but
 * the hogs'; less than 5 ms is 0.0 %. Each is measured in a process of its own, all four at once.
 * Where the code is slow, a tenth of the time must do.
 */
struct load {
	unsigned workers;
	bool computes;
};

static const struct load loads[] = { { 1, false }, { 2, false }, { 1, true }, { 2, true } };
static _Atomic int hog_threads[2];

/* What all threads but the hogs' have used. */
static long others_used(void)
{
	DIR *folder = opendir("/proc/self/task");
	long sum = 0;

	ck_assert_ptr_nonnull(folder);
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		long thread = strtol(entry->d_name, NULL, 10); /* 0: . and .. */
		char path[64];
		long used;

		if (thread == 0 || thread == hog_threads[0] || thread == hog_threads[1])
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%ld/schedstat", thread);
		FILE *file = fopen(path, "r");
		ck_assert_ptr_nonnull(file);
		ck_assert_int_eq(fscanf(file, "%ld", &used), 1);
		fclose(file);
		sum += used;
	}
	closedir(folder);
	return sum;
}

static int compute_until(void *arg)
{
	hk_time end = *(hk_time *)arg;

	hog_threads[1] = gettid();
	while (hk_now() < end)
		;
	return 0;
}

/* The first task is one of the hogs. */
static int measure(void *arg)
{
	const struct load *load = arg;
	/* The threads of the run may still be starting. */
	hk_time begin = hk_now() + 200 * HK_MS;
	hk_time end = begin + hkt_times(100) * 100 * HK_MS, after = end + HK_S / 2;
	long before;

	HK_SCOPE(s);
	if (load->computes && load->workers == 2)
		hk_spawn(&s, compute_until, &after);
	if (load->computes)
		hog_threads[0] = gettid();
	else
		ck_assert_int_eq(hk_sleep(begin - hk_now()), 0);
	while (hk_now() < begin)
		;
	before = others_used();
	if (!load->computes)
		ck_assert_int_eq(hk_sleep(end - hk_now()), 0);
	while (hk_now() < end)
		;
	long used = others_used() - before;
	if (used >= 5 * HK_MS)
		fprintf(stderr, "%u workers, %s: the runtime used %ld ns in %ld\n", load->workers,
			load->computes ? "a hog each" : "idle", used, (long)(end - begin));
	ck_assert_int_eq(hk_join(&s), 0);
	return used >= 5 * HK_MS;
}

static int measure_load(const void *load)
{
	struct hk_options options = HK_OPTIONS_INIT;
	struct load copy = *(const struct load *)load;

	options.workers = copy.workers;
	return hk_run(&options, measure, &copy);
}

START_TEST(the_runtime_itself_costs_nothing)
{
	pid_t children[4];

	for (int i = 0; i < 4; i++)
		children[i] = start(measure_load, &loads[i]);
	for (int i = 0; i < 4; i++)
		await_success(children[i], "load", i);
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

	tcase_add_test(tc, waiting_for_a_pipe_costs_nothing);
	tcase_add_test(tc, the_runtime_itself_costs_nothing);
	tcase_add_loop_test(tc, idle_workers_cost_nothing, 0, 3);
	return hkt_main(suite);
}
