/* SPDX-License-Identifier: MIT */
/* The semaphore: counting, order, time limits, cancellation, posts from other threads. */
#include "../check_waits.h"

#include <errno.h>

static struct hk_sem sem;

static int permits_left(struct hk_sem *s)
{
	int n = 0;

	while (hk_sem_trywait(s))
		n++;
	return n;
}

/* Goal: permits are counted. Method: initialisers, posts, waits, then count what is left. */
static int count_permits(void *arg)
{
	struct hk_sem none = HK_SEM_INIT(0), three = HK_SEM_INIT(3);

	(void)arg;
	ck_assert_int_eq(permits_left(&sem), 0);
	ck_assert_int_eq(permits_left(&none), 0);
	ck_assert_int_eq(permits_left(&three), 3);
	for (int i = 0; i < 5; i++)
		hk_sem_post(&none);
	ck_assert_int_eq(hk_sem_wait(&none), 0);
	ck_assert_int_eq(hk_sem_wait_until(&none, HK_FOREVER), 0);
	ck_assert_int_eq(hk_sem_wait_until(&none, 0), 0);
	ck_assert_int_eq(permits_left(&none), 2);
	return 0;
}

START_TEST(permits_are_counted)
{
	ck_assert_int_eq(hkt_run(_i, count_permits, NULL), 0);
}
END_TEST

/* Goal: a semaphore may hold HK_SEM_MAX permits. Method: start at the maximum and one below. */
static int hold_the_most(void *arg)
{
	struct hk_sem full = HK_SEM_INIT(HK_SEM_MAX), nearly = HK_SEM_INIT(HK_SEM_MAX - 1);

	(void)arg;
	hk_sem_post(&nearly);
	ck_assert(hk_sem_trywait(&full));
	hk_sem_post(&full);
	ck_assert_int_eq(hk_sem_wait(&full), 0);
	return 0;
}

START_TEST(a_semaphore_holds_the_maximum)
{
	ck_assert_int_eq(hkt_run(_i, hold_the_most, NULL), 0);
}
END_TEST

/* Goal: without a permit a deadline ends the wait, not early. Method: past and future ones. */
static int time_out(void *arg)
{
	hk_time start = hk_now();

	(void)arg;
	ck_assert_int_eq(hk_sem_wait_until(&sem, start - 1), -ETIMEDOUT);
	ck_assert_int_eq(hk_sem_wait_until(&sem, 0), -ETIMEDOUT);
	ck_assert_int_eq(hk_sem_wait_until(&sem, -1), -ETIMEDOUT);
	ck_assert_int_eq(hk_sem_wait_until(&sem, start + 20 * HK_MS), -ETIMEDOUT);
	ck_assert_int_ge(hk_now(), start + 20 * HK_MS);
	hk_sem_post(&sem);
	ck_assert_int_eq(permits_left(&sem), 1);
	return 0;
}

START_TEST(a_deadline_ends_the_wait)
{
	ck_assert_int_eq(hkt_run(_i, time_out, NULL), 0);
}
END_TEST

/*
 * Goal: first come, first served. Method: waiters queue one by one; each post waits until the
 * waiter that got the permit has logged itself.
 */
static struct hkt_log served;
static struct hk_sem logged;

static int wait_and_log(void *arg)
{
	ck_assert_int_eq(hk_sem_wait(&sem), 0);
	hkt_log(&served, *(char *)arg);
	hk_sem_post(&logged);
	return 0;
}

static int queue_up(void *arg)
{
	char *letters = arg;

	HK_SCOPE(s);
	for (int i = 0; letters[i] != '\0'; i++) {
		hk_spawn(&s, wait_and_log, &letters[i]);
		hkt_await(i + 1, "the semaphore");
	}
	for (int i = 0; letters[i] != '\0'; i++) {
		hk_sem_post(&sem);
		ck_assert_int_eq(hk_sem_wait(&logged), 0);
	}
	return hk_join(&s);
}

START_TEST(waiters_are_served_in_order)
{
	char letters[] = "qwerty";

	ck_assert_int_eq(hkt_run(_i, queue_up, letters), 0);
	ck_assert_str_eq(served.text, letters);
}
END_TEST

/*
 * Goal: a posted permit belongs to the waiter, nobody overtakes it. Method: trywait right
 * after the post must fail, whether or not the waiter has run yet.
 */
static int wait_once(void *arg)
{
	(void)arg;
	return hk_sem_wait(&sem);
}

static int post_and_try(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, wait_once, NULL);
	hkt_await(1, "the semaphore");
	hk_sem_post(&sem);
	ck_assert(!hk_sem_trywait(&sem));
	return hk_join(&s);
}

START_TEST(a_posted_permit_belongs_to_the_waiter)
{
	ck_assert_int_eq(hkt_run(_i, post_and_try, NULL), 0);
}
END_TEST

/* Goal: cancelled waiters take no permit. Method: cancel some, then count the permits. */
static int wait_cancelled(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sem_wait(&sem), -ECANCELED);
	ck_assert_int_eq(hk_sem_wait_until(&sem, HK_FOREVER), -ECANCELED);
	ck_assert_int_eq(hk_sem_wait_until(&sem, hk_now() + 3600 * HK_S), -ECANCELED);
	return 0;
}

static int cancel_waiters(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 5; i++)
		hk_spawn(&s, wait_cancelled, NULL);
	hkt_await(5, "the semaphore");
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	hk_sem_post(&sem);
	hk_sem_post(&sem);
	ck_assert_int_eq(permits_left(&sem), 2);
	return 0;
}

START_TEST(cancelled_waiters_take_no_permit)
{
	ck_assert_int_eq(hkt_run(_i, cancel_waiters, NULL), 0);
}
END_TEST

/* Goal: a waiter that timed out is skipped. Method: it queues before the one that stays. */
static int give_up(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sem_wait_until(&sem, hk_now() + 5 * HK_MS), -ETIMEDOUT);
	return 0;
}

static int queue_with_a_quitter(void *arg)
{
	(void)arg;
	HK_SCOPE(quits);
	HK_SCOPE(stays);
	hk_spawn(&quits, give_up, NULL);
	hk_spawn(&stays, wait_once, NULL);
	ck_assert_int_eq(hk_join(&quits), 0);
	hkt_await(1, "the semaphore");
	hk_sem_post(&sem);
	ck_assert_int_eq(hk_join(&stays), 0);
	ck_assert_int_eq(permits_left(&sem), 0);
	return 0;
}

START_TEST(a_waiter_that_gave_up_is_skipped)
{
	ck_assert_int_eq(hkt_run(_i, queue_with_a_quitter, NULL), 0);
}
END_TEST

/*
 * Goal: posts from a thread outside the runtime wake tasks, in every execution. Method: a
 * thread posts 50 permits with pauses; it also uses trywait.
 */
enum { POSTS = 50 };

static void *post_slowly(void *arg)
{
	struct hk_sem own = HK_SEM_INIT(1);

	(void)arg;
	ck_assert(hk_sem_trywait(&own));
	ck_assert(!hk_sem_trywait(&own));
	for (int i = 0; i < POSTS; i++) {
		hkt_block(200 * HK_US);
		hk_sem_post(&sem);
	}
	return NULL;
}

static int take_all(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < POSTS; i++)
		hk_spawn(&s, wait_once, NULL);
	return hk_join(&s);
}

START_TEST(a_foreign_thread_can_post)
{
	pthread_t thread = hkt_thread(post_slowly, NULL);

	ck_assert_int_eq(hkt_run(_i, take_all, NULL), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(permits_left(&sem), 0);
}
END_TEST

/* Goal: permits outlive a run. Method: post inside one run, take in the next and outside. */
static int post_twice(void *arg)
{
	(void)arg;
	hk_sem_post(&sem);
	hk_sem_post(&sem);
	return 0;
}

START_TEST(permits_outlive_a_run)
{
	ck_assert_int_eq(hkt_run(_i, post_twice, NULL), 0);
	ck_assert_int_eq(hkt_run(_i, wait_once, NULL), 0);
	ck_assert_int_eq(permits_left(&sem), 1);
}
END_TEST

/*
 * Goal: threads wait for permits, too, and tasks, threads and tasks of another run share them.
 * Method: each takes and gives back; never more are inside than there are permits, none is lost.
 */
enum { SHARERS = 4, TURNS = 200 };
static _Atomic int inside;

static int take_turns(void *arg)
{
	(void)arg;
	for (int i = 0; i < TURNS; i++) {
		ck_assert_int_eq(i % 2 ? hk_sem_wait(&sem) : hk_sem_wait_until(&sem, HK_FOREVER),
			0);
		ck_assert_int_le(++inside, 2);
		hk_yield();
		inside--;
		hk_sem_post(&sem);
	}
	return 0;
}

static int take_turns_together(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < SHARERS; i++)
		hk_spawn(&s, take_turns, NULL);
	return hk_join(&s);
}

static int take_turns_in_another_run(void *arg)
{
	return hkt_run(*(int *)arg, take_turns_together, NULL);
}

START_TEST(tasks_threads_and_other_runs_share_permits)
{
	struct hkt_outside calls[3];

	sem = (struct hk_sem)HK_SEM_INIT(2);
	for (int i = 0; i < 3; i++)
		hkt_outside(&calls[i], i == 0 ? take_turns_in_another_run : take_turns, &_i);
	ck_assert_int_eq(hkt_run(_i, take_turns_together, NULL), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hkt_outside_end(&calls[i]), 0);
	ck_assert_int_eq(permits_left(&sem), 2);
	ck_assert_uint_eq(sem.word, 0);
	hkt_assert_no_trace(&sem.waiters);
}
END_TEST

START_TEST(a_deadline_ends_the_wait_of_a_thread)
{
	ck_assert_int_eq(time_out(NULL), 0);
	ck_assert_int_eq(count_permits(NULL), 0);
	hkt_assert_no_trace(&sem.waiters);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/sem");
	TCase *tc = hkt_case(suite, "semaphore", 20);

	hkt_add_every(tc, permits_are_counted);
	hkt_add_every(tc, a_semaphore_holds_the_maximum);
	hkt_add_every(tc, a_deadline_ends_the_wait);
	hkt_add_overlap(tc, waiters_are_served_in_order);
	hkt_add_overlap(tc, a_posted_permit_belongs_to_the_waiter);
	hkt_add_overlap(tc, cancelled_waiters_take_no_permit);
	hkt_add_overlap(tc, a_waiter_that_gave_up_is_skipped);
	hkt_add_every(tc, a_foreign_thread_can_post);
	hkt_add_every(tc, permits_outlive_a_run);
	hkt_add_every(tc, tasks_threads_and_other_runs_share_permits);
	tcase_add_test(tc, a_deadline_ends_the_wait_of_a_thread);
	return hkt_main(suite);
}
