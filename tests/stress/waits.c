/* SPDX-License-Identifier: MIT */
/*
 * Locks while deadlines pass and tasks are cancelled: exact counts, never more inside than allowed,
 * and at the end no trace of anybody. Tasks, threads and tasks of another run share each lock.
 */
#include "../check_waits.h"

#include <errno.h>

enum { KINDS = 4, SETUPS = 3, FIXED = 6, THREADS = 2, CHURN = 4, PERMITS = 3 };
enum kind { MUTEX, RECURSIVE, RWLOCK, SEMAPHORE };

static enum kind kind;
static int setup;
static struct hk_mutex mutex, recursive = HK_MUTEX_RECURSIVE_INIT;
static struct hk_rwlock rwlock;
static struct hk_sem sem = HK_SEM_INIT(PERMITS);

static long first, second;     /* of whoever is alone inside: the same, outside */
static _Atomic long alone;     /* how often one was */
static _Atomic int inside;     /* with a permit */
static _Atomic long had;       /* permits */
static _Atomic long others;    /* waits that ended without success */
static _Atomic int fixed_left; /* actors that are not cancelled and have not ended */

/* A deadline that has passed, or will soon. */
static hk_time soon(struct hkt_random *r)
{
	return hk_now() + hkt_random_below(r, 20000) - 4000;
}

static int lock(struct hkt_random *r, struct hk_mutex *m)
{
	switch (hkt_random_below(r, 4)) {
	case 0:
		return hk_mutex_trylock(m) ? 0 : -EAGAIN;
	case 1:
		return hk_mutex_lock_until(m, soon(r));
	case 2:
		return hk_mutex_lock_until(m, HK_FOREVER);
	default:
		hk_mutex_lock(m);
		return 0;
	}
}

static int read_or_write(struct hkt_random *r, bool reads)
{
	switch (hkt_random_below(r, 4)) {
	case 0:
		return (reads ? hk_rwlock_tryrdlock(&rwlock) : hk_rwlock_trywrlock(&rwlock)) ?
			0 :
			-EAGAIN;
	case 1:
		return reads ? hk_rwlock_rdlock_until(&rwlock, soon(r)) :
			       hk_rwlock_wrlock_until(&rwlock, soon(r));
	case 2:
		return reads ? hk_rwlock_rdlock_until(&rwlock, HK_FOREVER) :
			       hk_rwlock_wrlock_until(&rwlock, HK_FOREVER);
	default:
		if (reads)
			hk_rwlock_rdlock(&rwlock);
		else
			hk_rwlock_wrlock(&rwlock);
		return 0;
	}
}

static int take(struct hkt_random *r)
{
	switch (hkt_random_below(r, 3)) {
	case 0:
		return hk_sem_trywait(&sem) ? 0 : -EAGAIN;
	case 1:
		return hk_sem_wait_until(&sem, soon(r));
	default:
		return hk_sem_wait(&sem);
	}
}

/* Whether the result is one that the call can have; counts. */
static bool failed(int result)
{
	if (result == 0)
		return false;
	ck_assert(result == -ETIMEDOUT || result == -EAGAIN ||
		(result == -ECANCELED && hk_task_cancelled()));
	others++;
	return true;
}

static void be_alone(struct hkt_random *r)
{
	first++;
	if (hkt_random_below(r, 32) == 0)
		hk_yield();
	second++;
	ck_assert_int_eq(first, second);
	alone++;
}

static void lock_once(struct hkt_random *r)
{
	struct hk_mutex *m = kind == MUTEX ? &mutex : &recursive;
	int depth = 0, most = kind == MUTEX ? 1 : 1 + (int)hkt_random_below(r, 3);

	while (depth < most && !failed(lock(r, m)))
		depth++;
	if (depth > 0)
		be_alone(r);
	for (; depth > 0; depth--)
		hk_mutex_unlock(m);
}

static void read_or_write_once(struct hkt_random *r)
{
	bool reads = hkt_random_below(r, 4) != 0;

	if (failed(read_or_write(r, reads)))
		return;
	if (reads) {
		long seen = first;
		if (hkt_random_below(r, 32) == 0)
			hk_yield();
		ck_assert_int_eq(second, seen);
	} else {
		be_alone(r);
	}
	hk_rwlock_unlock(&rwlock);
}

static void take_once(struct hkt_random *r)
{
	if (failed(take(r)))
		return;
	ck_assert_int_le(++inside, PERMITS);
	if (hkt_random_below(r, 32) == 0)
		hk_yield();
	inside--;
	had++;
	hk_sem_post(&sem);
}

static void once(struct hkt_random *r)
{
	if (kind == RWLOCK)
		read_or_write_once(r);
	else if (kind == SEMAPHORE)
		take_once(r);
	else
		lock_once(r);
}

/* The number of a stream of random numbers. */
static _Atomic uint64_t streams;

static int act(void *arg)
{
	struct hkt_random r = hkt_random(streams++);

	(void)arg;
	for (long i = hkt_times(8000); i > 0; i--)
		once(&r);
	fixed_left--;
	return 0;
}

static int act_until_cancelled(void *arg)
{
	struct hkt_random r = hkt_random(streams++);

	(void)arg;
	while (!hk_task_cancelled())
		once(&r);
	return 0;
}

/* Cancels tasks in the middle of what they do, until the others are done. */
static int churn(void *arg)
{
	struct hkt_random r = hkt_random(streams++);

	(void)arg;
	while (fixed_left > 0) {
		HK_SCOPE(s);
		for (int i = 0; i < CHURN; i++)
			hk_spawn(&s, act_until_cancelled, NULL);
		ck_assert_int_eq(hk_sleep(hkt_random_below(&r, 200) * HK_US), 0);
		hk_cancel(&s);
		ck_assert_int_eq(hk_join(&s), -ECANCELED);
	}
	return 0;
}

static int act_together(void *arg)
{
	int actors = *(int *)arg;

	HK_SCOPE(s);
	for (int i = 0; i < actors; i++)
		hk_spawn(&s, act, NULL);
	hk_spawn(&s, churn, NULL);
	return hk_join(&s);
}

static int act_in_another_run(void *arg)
{
	return hkt_run(setup, act_together, arg);
}

static void assert_no_trace(void)
{
	const struct hk_mutex *m = kind == MUTEX ? &mutex : &recursive;

	hkt_assert_no_trace(&mutex.waiters);
	hkt_assert_no_trace(&recursive.waiters);
	hkt_assert_no_trace(&rwlock.waiters);
	hkt_assert_no_trace(&sem.waiters);
	ck_assert_uint_eq(m->word | m->depth | rwlock.word, 0);
	ck_assert_ptr_null(m->owner);
	ck_assert_ptr_null(rwlock.owner);
	ck_assert_uint_eq(sem.word, PERMITS);
}

/* Goal: what the head of this file says. Method: all ways to wait, at random, also at once in
   another run, while some tasks are cancelled over and over. */
START_TEST(waits_that_end_early_leave_no_trace)
{
	int here = FIXED - 1, there = 1;
	struct hkt_outside calls[THREADS + 1];

	kind = (enum kind)(_i % KINDS);
	setup = 1 + _i / KINDS;
	fixed_left = here + there + THREADS;
	for (int i = 0; i < THREADS; i++)
		hkt_outside(&calls[i], act, NULL);
	hkt_outside(&calls[THREADS], act_in_another_run, &there);
	ck_assert_int_eq(hkt_run(setup, act_together, &here), 0);
	for (int i = 0; i <= THREADS; i++)
		ck_assert_int_eq(hkt_outside_end(&calls[i]), 0);
	assert_no_trace();
	ck_assert_int_eq(first, alone);
	ck_assert_int_eq(second, alone);
	ck_assert_int_gt(kind == SEMAPHORE ? had : alone, 0);
	ck_assert_int_gt(others, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/waits");
	TCase *tc = hkt_case(suite, "waits", 120);

	tcase_add_loop_test(tc, waits_that_end_early_leave_no_trace, 0, KINDS * SETUPS);
	return hkt_main(suite);
}
