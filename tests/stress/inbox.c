/* SPDX-License-Identifier: MIT */
/* Many threads submit jobs, to runs that begin and end meanwhile, and several runs at once. */
#include "../check_hocket.h"

#include <errno.h>
#include <string.h>

enum { THREADS = 8 };

static struct hk_inbox inbox;
static _Atomic long called, accepted, refused;

static int add(void *arg)
{
	if (*(int *)arg % 3 == 0)
		hk_yield();
	called++;
	return *(int *)arg;
}

/* Submits, several jobs at a time, until the inbox is closed. */
static void *submit_until_closed(void *arg)
{
	enum { AT_ONCE = 4 };
	struct hk_job jobs[AT_ONCE] = { HK_JOB_INIT };
	int numbers[AT_ONCE] = { 0, 1, 2, 3 };
	bool closed = false;

	(void)arg;
	while (!closed) {
		int count = 0;

		while (count < AT_ONCE && !closed) {
			int error = hk_submit(&inbox, &jobs[count], add, &numbers[count]);

			ck_assert(error == 0 || error == -ESHUTDOWN);
			closed = error != 0;
			count += !closed;
		}
		accepted += count;
		refused += closed;
		for (int i = 0; i < count; i++)
			ck_assert_int_eq(hk_job_wait(&jobs[i]), i);
	}
	return NULL;
}

static int serve(void *arg)
{
	(void)arg;
	return hk_inbox_serve(&inbox);
}

static int serve_for_a_moment(void *arg)
{
	hk_time until = hk_now() + *(int *)arg * 100 * HK_US;

	HK_SCOPE(s);
	hk_spawn(&s, serve, NULL);
	while (hk_now() < until)
		if (hk_sleep(50 * HK_US) != 0)
			return -EIO;
	hk_inbox_close(&inbox);
	return hk_join(&s);
}

/*
 * Goal: whenever the run ends, each accepted job is done once and its waiter told. Method: 8
 * threads submit while a run serves for 0 to 1 ms and closes; again and again.
 */
START_TEST(threads_submit_while_runs_end)
{
	struct hk_options options = hkt_options(_i);

	options.slice_ns = hkt_interleaves(_i) ? 100 * HK_US : 0;
	for (long i = 0; i < hkt_times(300); i++) {
		pthread_t threads[THREADS];
		int tenths = (int)(i % 10);

		memset(&inbox, 0, sizeof(inbox));
		called = accepted = refused = 0;
		for (int k = 0; k < THREADS; k++)
			threads[k] = hkt_thread(submit_until_closed, NULL);
		ck_assert_int_eq(hk_run(&options, serve_for_a_moment, &tenths), 0);
		for (int k = 0; k < THREADS; k++)
			ck_assert_int_eq(pthread_join(threads[k], NULL), 0);
		ck_assert_int_eq(called, accepted);
		ck_assert_int_eq(refused, THREADS);
	}
}
END_TEST

/* Goal: the same when the server is cancelled: a job is done, or refused. Method: as above. */
static int cancel_soon(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, serve, NULL);
	if (hk_sleep(*(int *)arg * 100 * HK_US) != 0)
		return -EIO;
	hk_cancel(&s);
	return hk_join(&s);
}

static void *submit_until_refused(void *arg)
{
	struct hk_job job = HK_JOB_INIT;
	int number = 2;

	(void)arg;
	while (hk_submit(&inbox, &job, add, &number) == 0) {
		int result = hk_job_wait(&job);

		ck_assert(result == 2 || result == -ECANCELED);
		accepted += result == 2;
	}
	return NULL;
}

START_TEST(threads_submit_while_the_server_is_cancelled)
{
	for (long i = 0; i < hkt_times(300); i++) {
		pthread_t threads[THREADS];
		int tenths = (int)(i % 10);

		memset(&inbox, 0, sizeof(inbox));
		called = accepted = 0;
		for (int k = 0; k < THREADS; k++)
			threads[k] = hkt_thread(submit_until_refused, NULL);
		ck_assert_int_eq(hkt_run(_i, cancel_soon, &tenths), -ECANCELED);
		for (int k = 0; k < THREADS; k++)
			ck_assert_int_eq(pthread_join(threads[k], NULL), 0);
		ck_assert_int_eq(called, accepted);
	}
}
END_TEST

/*
 * Goal: several runs at once, from several threads, each with slices, do not disturb each other.
 * Method: 4 threads run programs whose tasks compute without a call, sleep, and send jobs round
 * through the inbox of one more run.
 */
static int compute(void *arg)
{
	hk_time end = hk_now() + HK_MS;

	(void)arg;
	for (volatile unsigned long i = 0; hk_now() < end; i++)
		;
	return 0;
}

static int work(void *arg)
{
	struct hk_job job = HK_JOB_INIT;
	int number = 7;

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 4; i++)
		hk_spawn(&s, compute, NULL);
	if (hk_submit(&inbox, &job, add, &number) != 0 || hk_job_wait(&job) != 7)
		return -EIO;
	return hk_join(&s);
}

static void *run_often(void *arg)
{
	struct hk_options options = hkt_options(*(int *)arg);

	options.slice_ns = hkt_interleaves(*(int *)arg) ? 100 * HK_US : 0;
	for (long i = 0; i < hkt_times(100); i++)
		ck_assert_int_eq(hk_run(&options, work, NULL), 0);
	return NULL;
}

static void *serve_all(void *arg)
{
	ck_assert_int_eq(hkt_run(*(int *)arg, serve, NULL), 0);
	return NULL;
}

START_TEST(several_runs_at_once)
{
	pthread_t server, threads[4];

	memset(&inbox, 0, sizeof(inbox));
	called = 0;
	server = hkt_thread(serve_all, &_i);
	for (int k = 0; k < 4; k++)
		threads[k] = hkt_thread(run_often, &_i);
	for (int k = 0; k < 4; k++)
		ck_assert_int_eq(pthread_join(threads[k], NULL), 0);
	hk_inbox_close(&inbox);
	ck_assert_int_eq(pthread_join(server, NULL), 0);
	ck_assert_int_eq(called, 4 * hkt_times(100));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/inbox");
	TCase *tc = hkt_case(suite, "inbox", 120);

	hkt_add_overlap(tc, threads_submit_while_runs_end);
	hkt_add_overlap(tc, threads_submit_while_the_server_is_cancelled);
	hkt_add_overlap(tc, several_runs_at_once);
	return hkt_main(suite);
}
