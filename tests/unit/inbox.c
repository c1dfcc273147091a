/* SPDX-License-Identifier: MIT */
/*
 * Jobs that threads outside submit to a task and wait for. In each test but the last ones the
 * first task of a run, on a thread of its own, serves the inbox; the test is the thread outside.
 */
#include "../check_hocket.h"

#include <errno.h>

static struct hk_inbox inbox = HK_INBOX_INIT;
static int setup;
static int served;   /* what hk_inbox_serve() returned */
static int finished; /* what hk_run() returned */

static int serve(void *arg)
{
	(void)arg;
	served = hk_inbox_serve(&inbox);
	return served;
}

static void *run(void *fn)
{
	struct hk_options options = hkt_options(setup);

	options.stack_size = 64 << 10;
	finished = hk_run(&options, *(int (**)(void *))fn, NULL);
	return NULL;
}

static pthread_t start(int number, int (**fn)(void *))
{
	setup = number;
	return hkt_thread(run, fn);
}

static int (*serve_it)(void *) = serve;

static void close_and_join(pthread_t thread)
{
	hk_inbox_close(&inbox);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static int call(int (*fn)(void *), void *arg)
{
	struct hk_job job = HK_JOB_INIT;

	ck_assert_int_eq(hk_submit(&inbox, &job, fn, arg), 0);
	return hk_job_wait(&job);
}

static int return_it(void *arg)
{
	ck_assert_uint_gt(hk_task_id(), 0);
	return *(int *)arg;
}

/* Goal: a job's result is what its waiter gets. Method: 0, positive and negative ones. */
START_TEST(the_result_comes_back)
{
	pthread_t thread = start(_i, &serve_it);

	for (int i = -3; i <= 3; i++)
		ck_assert_int_eq(call(return_it, &i), i);
	close_and_join(thread);
	ck_assert_int_eq(served, 0);
	ck_assert_int_eq(finished, 0);
}
END_TEST

/* Goal: jobs run as tasks, side by side. Method: one waits for a permit of the next. */
static struct hk_sem permit;

static int take_permit(void *arg)
{
	(void)arg;
	return hk_sem_wait(&permit);
}

static int give_permit(void *arg)
{
	(void)arg;
	hk_sem_post(&permit);
	return hk_sleep(HK_MS);
}

START_TEST(jobs_run_side_by_side)
{
	struct hk_job taker = HK_JOB_INIT, giver = HK_JOB_INIT;
	pthread_t thread = start(_i, &serve_it);

	ck_assert_int_eq(hk_submit(&inbox, &taker, take_permit, NULL), 0);
	ck_assert_int_eq(hk_submit(&inbox, &giver, give_permit, NULL), 0);
	ck_assert_int_eq(hk_job_wait(&taker), 0);
	ck_assert_int_eq(hk_job_wait(&giver), 0);
	close_and_join(thread);
}
END_TEST

/*
 * Goal: what was accepted is done, even before anybody serves and after the inbox was closed; what
 * comes later is not accepted. Method: submit, close, run.
 */
static _Atomic int calls;

static int count(void *arg)
{
	calls++;
	return *(int *)arg;
}

START_TEST(accepted_jobs_are_done_others_are_not)
{
	struct hk_job jobs[10] = { HK_JOB_INIT }, late = HK_JOB_INIT;
	int numbers[10];

	setup = _i;
	for (int i = 0; i < 10; i++) {
		numbers[i] = i;
		ck_assert_int_eq(hk_submit(&inbox, &jobs[i], count, &numbers[i]), 0);
	}
	hk_inbox_close(&inbox);
	hk_inbox_close(&inbox);
	ck_assert_int_eq(hk_submit(&inbox, &late, count, &numbers[0]), -ESHUTDOWN);
	ck_assert_int_eq(hk_submit(&inbox, &late, count, &numbers[0]), -ESHUTDOWN);
	run(&serve_it);
	ck_assert_int_eq(finished, 0);
	ck_assert_int_eq(calls, 10);
	for (int i = 9; i >= 0; i--)
		ck_assert_int_eq(hk_job_wait(&jobs[i]), i);
	/* A job that was waited for is free again. */
	ck_assert_int_eq(hk_submit(&inbox, &jobs[0], count, &numbers[0]), -ESHUTDOWN);
}
END_TEST

/* Goal: a job may close the inbox it came through. Method: hk_run() ends. */
static int close_it(void *arg)
{
	(void)arg;
	hk_inbox_close(&inbox);
	return 1;
}

START_TEST(a_job_closes_the_inbox)
{
	pthread_t thread = start(_i, &serve_it);

	ck_assert_int_eq(call(close_it, NULL), 1);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(finished, 0);
}
END_TEST

/*
 * Goal: tasks submit and wait too, of the same run and of another, and others run meanwhile.
 * Method: a task waits for a job that waits for a permit, which another task gives later, and
 * closes the inbox when they have ended.
 */
static int call_from_task(void *arg)
{
	(void)arg;
	return call(take_permit, NULL) == 0 ? 0 : -EIO;
}

static int serve_and_call(void *arg)
{
	HK_SCOPE(s);
	HK_SCOPE(callers);
	hk_spawn(&s, serve, NULL);
	for (int i = 0; i < 3; i++)
		hk_spawn(&callers, call_from_task, NULL);
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	for (int i = 0; i < 3; i++)
		hk_sem_post(&permit);
	ck_assert_int_eq(hk_join(&callers), 0);
	hk_inbox_close(&inbox);
	(void)arg;
	return hk_join(&s);
}

START_TEST(a_task_of_the_run_waits_for_a_job)
{
	setup = _i;
	ck_assert_int_eq(hkt_run(_i, serve_and_call, NULL), 0);
}
END_TEST

static int call_give(void *arg)
{
	(void)arg;
	ck_assert_int_eq(call(give_permit, NULL), 0);
	return call(take_permit, NULL);
}

START_TEST(a_task_of_another_run_waits_for_a_job)
{
	pthread_t thread = start(_i, &serve_it);

	for (int other = 0; other < HKT_SETUPS; other++)
		ck_assert_int_eq(hkt_run(other, call_give, NULL), 0);
	close_and_join(thread);
	ck_assert_int_eq(finished, 0);
}
END_TEST

/*
 * Goal: cancelled, the server cancels what runs and refuses what has not started; nobody waits
 * for ever. Method: cancel it while a job runs, and before it has begun.
 */
static _Atomic bool waiting;

static int wait_for_ever(void *arg)
{
	struct hk_sem never = HK_SEM_INIT(0);

	(void)arg;
	waiting = true;
	return hk_sem_wait(&never);
}

static int serve_until_cancelled(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, serve, NULL);
	while (!waiting)
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	hk_cancel(&s);
	return hk_join(&s);
}

static int (*serve_until_cancelled_it)(void *) = serve_until_cancelled;

START_TEST(cancelling_the_server_cancels_jobs)
{
	pthread_t thread = start(_i, &serve_until_cancelled_it);
	struct hk_job late = HK_JOB_INIT;

	ck_assert_int_eq(call(wait_for_ever, NULL), -ECANCELED);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(served, -ECANCELED);
	ck_assert_int_eq(finished, -ECANCELED);
	ck_assert_int_eq(hk_submit(&inbox, &late, wait_for_ever, NULL), -ESHUTDOWN);
}
END_TEST

static int serve_cancelled(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_cancel(&s);
	hk_spawn(&s, serve, NULL);
	return hk_join(&s);
}

START_TEST(a_cancelled_server_refuses_jobs)
{
	struct hk_job jobs[3] = { HK_JOB_INIT };
	int number = 1;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hk_submit(&inbox, &jobs[i], count, &number), 0);
	ck_assert_int_eq(hkt_run(_i, serve_cancelled, NULL), -ECANCELED);
	ck_assert_int_eq(served, -ECANCELED);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hk_job_wait(&jobs[i]), -ECANCELED);
	ck_assert_int_eq(calls, 0);
}
END_TEST

/* Goal: a run whose server nobody can submit to any more is a deadlock, and said to be one. */
START_TEST(a_server_that_nobody_closes_is_a_deadlock)
{
	struct hk_options options = hkt_options(_i);
	struct hkt_child child;

	hkt_child_run(&child, &options, serve);
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK, "waits for a job in the inbox 0x");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/inbox");
	TCase *tc = hkt_case(suite, "submit", 30);

	hkt_add_every(tc, the_result_comes_back);
	hkt_add_overlap(tc, jobs_run_side_by_side);
	hkt_add_every(tc, accepted_jobs_are_done_others_are_not);
	hkt_add_every(tc, a_job_closes_the_inbox);
	hkt_add_overlap(tc, a_task_of_the_run_waits_for_a_job);
	hkt_add_overlap(tc, a_task_of_another_run_waits_for_a_job);
	tc = hkt_case(suite, "end", 30);
	hkt_add_overlap(tc, cancelling_the_server_cancels_jobs);
	hkt_add_every(tc, a_cancelled_server_refuses_jobs);
	hkt_add_every(tc, a_server_that_nobody_closes_is_a_deadlock);
	return hkt_main(suite);
}
