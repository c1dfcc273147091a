/* SPDX-License-Identifier: MIT */
/* hk_run(): results, runs after and beside each other, workers, and no memory at the start. */
#include "../check_hocket.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* Goal: the first task's result and argument are passed through. Method: good and bad values. */
static int return_argument(void *arg)
{
	return *(int *)arg;
}

START_TEST(the_result_is_passed_through)
{
	int values[] = { 0, 1, 77, INT32_MAX, -1, -EIO, INT32_MIN };

	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(hkt_run(_i, return_argument, &values[i]), values[i]);
}
END_TEST

/* Goal: NULL means default options. Method: the default name and number of the first task. */
static int check_defaults(void *arg)
{
	ck_assert_ptr_null(arg);
	ck_assert_str_eq(hk_task_name(), "main");
	return 3;
}

START_TEST(no_options_mean_the_defaults)
{
	struct hk_options options = HK_OPTIONS_INIT;

	ck_assert_int_eq(hk_run(NULL, check_defaults, NULL), 3);
	ck_assert_int_eq(hk_run(&options, check_defaults, NULL), 3);
}
END_TEST

/* Goal: runs follow each other in one process. Method: 50, each with tasks, results counted. */
static _Atomic long total;

static int add_one(void *arg)
{
	(void)arg;
	hk_yield();
	total++;
	return 0;
}

static int spawn_twenty(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 20; i++)
		hk_spawn(&s, add_one, NULL);
	return hk_join(&s);
}

START_TEST(runs_follow_each_other)
{
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(hkt_run(_i, spawn_twenty, NULL), 0);
	ck_assert_int_eq(total, 50 * 20);
}
END_TEST

/*
 * Goal: several threads run at once, each a runtime of its own with its own ids, and a scope of
 * one is not disturbed by the other. Method: six threads, a different setup for each.
 */
static int first_of_its_run(void *arg)
{
	(void)arg;
	ck_assert_uint_eq(hk_task_id(), 1);
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	return spawn_twenty(NULL);
}

static void *run_ten_times(void *arg)
{
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(hkt_run(*(int *)arg, first_of_its_run, NULL), 0);
	return NULL;
}

START_TEST(threads_run_side_by_side)
{
	pthread_t threads[6];
	int setups[6];

	for (int i = 0; i < 6; i++) {
		setups[i] = (i + 1) % HKT_SETUPS;
		threads[i] = hkt_thread(run_ten_times, &setups[i]);
	}
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(total, 6 * 10 * 20);
}
END_TEST

/*
 * Goal: a semaphore connects two runtimes. Method: one run waits for what a run on another
 * thread posts; with interleaving and without.
 */
static struct hk_sem between;

static int take_three(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hk_sem_wait(&between), 0);
	return 0;
}

static int post_three(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
		hk_sem_post(&between);
	}
	return 0;
}

static void *run_posts(void *arg)
{
	ck_assert_int_eq(hkt_run(*(int *)arg, post_three, NULL), 0);
	return NULL;
}

START_TEST(a_semaphore_connects_two_runtimes)
{
	pthread_t thread = hkt_thread(run_posts, &_i);

	ck_assert_int_eq(hkt_run(_i, take_three, NULL), 0);
	pthread_join(thread, NULL);
}
END_TEST

/* Goal: there may be far more workers than CPUs. Method: 1 to the maximum; all are usable. */
static int note_worker(void *arg)
{
	_Atomic bool *used = arg;

	used[hk_task_worker()] = true;
	return hk_sleep(HK_MS);
}

static int spread(void *arg)
{
	HK_SCOPE(s);
	for (int i = 0; i < 200; i++)
		hk_spawn(&s, note_worker, arg);
	return hk_join(&s);
}

START_TEST(there_may_be_more_workers_than_cpus)
{
	static const unsigned counts[] = { 1, 2, 3, 7, 64, HK_WORKERS_MAX };
	static struct {
		_Atomic bool used[HK_WORKERS_MAX];
	} workers;
	struct hk_options options = HK_OPTIONS_INIT;

	for (int as = HK_COMBINED; as <= HK_PARALLEL; as += HK_PARALLEL) {
		for (int i = 0; i < 6; i++) {
			options.as = (enum hk_execution)as;
			options.workers = counts[i];
			ck_assert_int_eq(hk_run(&options, spread, &workers), 0);
		}
	}
}
END_TEST

/* Goal: in parallel execution each task has a worker of its own. Method: all meet in the middle. */
enum { CHEFS = 5 };
static _Atomic int arrived;

static int meet(void *arg)
{
	hk_time start = hk_now();

	(void)arg;
	arrived++;
	while (arrived < CHEFS)
		ck_assert_int_lt(hk_now() - start, 15 * HK_S);
	return 0;
}

static int spawn_chefs(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < CHEFS; i++)
		hk_spawn(&s, meet, NULL);
	return hk_join(&s);
}

START_TEST(parallel_tasks_have_a_worker_each)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_PARALLEL;
	options.workers = CHEFS;
	ck_assert_int_eq(hk_run(&options, spawn_chefs, NULL), 0);
}
END_TEST

/*
 * Goal: a run that the system refuses is one sentence and an error, and later runs work.
 * Method: in child processes without memory, without descriptors.
 */
static int never(void *arg)
{
	(void)arg;
	_exit(99);
}

static int run_refused(int resource, rlim_t limit, int expected)
{
	struct rlimit old, low;
	struct hk_options options = HK_OPTIONS_INIT;
	int got;

	options.workers = 4;
	getrlimit(resource, &old);
	low = old;
	low.rlim_cur = limit;
	setrlimit(resource, &low);
	got = hk_run(&options, never, NULL);
	setrlimit(resource, &old);
	if (got != expected)
		return 1;
	return hk_run(&options, spawn_twenty, NULL) == 0 ? 0 : 2;
}

static int run_without_descriptors(void *arg)
{
	(void)arg;
	return run_refused(RLIMIT_NOFILE, 3, -EMFILE);
}

START_TEST(a_run_without_descriptors_is_refused)
{
	struct hkt_child child;

	hkt_child(&child, run_without_descriptors, NULL);
	hkt_assert_exit(&child, 0, "^hocket: [^\n]+\n$");
}
END_TEST

static int run_without_memory(void *arg)
{
	(void)arg;
	return run_refused(RLIMIT_AS, 1 << 20, -ENOMEM);
}

START_TEST(a_run_without_memory_is_refused)
{
	struct hkt_child child;

	hkt_child(&child, run_without_memory, NULL);
	hkt_assert_exit(&child, 0, "^hocket: [^\n]+\n$");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/run");
	TCase *tc = hkt_case(suite, "run", 30);

	hkt_add_every(tc, the_result_is_passed_through);
	tcase_add_test(tc, no_options_mean_the_defaults);
	hkt_add_every(tc, runs_follow_each_other);
	tcase_add_test(tc, threads_run_side_by_side);
	hkt_add_every(tc, a_semaphore_connects_two_runtimes);
	tc = hkt_case(suite, "workers", 60);
	tcase_add_test(tc, there_may_be_more_workers_than_cpus);
	tcase_add_test(tc, parallel_tasks_have_a_worker_each);
	tc = hkt_case(suite, "refused", 20);
	tcase_add_test(tc, a_run_without_descriptors_is_refused);
	/* ThreadSanitizer ends the process itself when it has no memory for its own records. */
	if (!HKT_THREAD_SANITIZER)
		tcase_add_test(tc, a_run_without_memory_is_refused);
	return hkt_main(suite);
}
