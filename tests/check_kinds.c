/* SPDX-License-Identifier: MIT */
#include "check_kinds.h"

static struct hk_mutex mutex, recursive = HK_MUTEX_RECURSIVE_INIT, guard;
static struct hk_rwlock rwlock;
static struct hk_sem sem;
static struct hk_cond cond;
static bool changed; /* what guard protects, and cond is for */
static struct hk_event event;
static struct hk_latch latch;
static struct hk_barrier barrier = HK_BARRIER_INIT(2);

/* Waits; what has been got by that is given back. */
static int lock_until(hk_time deadline)
{
	int result = hk_mutex_lock_until(&mutex, deadline);

	if (result == 0)
		hk_mutex_unlock(&mutex);
	return result;
}

static int lock_recursive_until(hk_time deadline)
{
	int result = hk_mutex_lock_until(&recursive, deadline);

	if (result == 0)
		hk_mutex_unlock(&recursive);
	return result;
}

static int read_until(hk_time deadline)
{
	int result = hk_rwlock_rdlock_until(&rwlock, deadline);

	if (result == 0)
		hk_rwlock_unlock(&rwlock);
	return result;
}

static int write_until(hk_time deadline)
{
	int result = hk_rwlock_wrlock_until(&rwlock, deadline);

	if (result == 0)
		hk_rwlock_unlock(&rwlock);
	return result;
}

static int take_until(hk_time deadline)
{
	int result = deadline == HK_FOREVER ? hk_sem_wait(&sem) : hk_sem_wait_until(&sem, deadline);

	if (result == 0)
		hk_sem_post(&sem);
	return result;
}

static int change_until(hk_time deadline)
{
	int result = 0;

	HK_LOCKED(&guard) {
		while (!changed && result == 0)
			result = deadline == HK_FOREVER ?
				hk_cond_wait(&cond, &guard) :
				hk_cond_wait_until(&cond, &guard, deadline);
	}
	return result;
}

static int event_until(hk_time deadline)
{
	return deadline == HK_FOREVER ? hk_event_wait(&event) :
					hk_event_wait_until(&event, deadline);
}

static int latch_until(hk_time deadline)
{
	return deadline == HK_FOREVER ? hk_latch_wait(&latch) :
					hk_latch_wait_until(&latch, deadline);
}

static int barrier_until(hk_time deadline)
{
	return deadline == HK_FOREVER ? hk_barrier_wait(&barrier) :
					hk_barrier_wait_until(&barrier, deadline);
}

/* From now on one has to wait; this is over. By the same task or thread. */
static void lock(void)
{
	hk_mutex_lock(&mutex);
}

static void unlock(void)
{
	hk_mutex_unlock(&mutex);
}

static void lock_recursive(void)
{
	hk_mutex_lock(&recursive);
	hk_mutex_lock(&recursive);
}

static void unlock_recursive(void)
{
	hk_mutex_unlock(&recursive);
	hk_mutex_unlock(&recursive);
}

static void read_it(void)
{
	hk_rwlock_rdlock(&rwlock);
}

static void write_it(void)
{
	hk_rwlock_wrlock(&rwlock);
}

static void leave_it(void)
{
	hk_rwlock_unlock(&rwlock);
}

static void empty(void)
{
	while (hk_sem_trywait(&sem))
		;
}

static void post(void)
{
	hk_sem_post(&sem);
}

static void change_back(void)
{
	HK_LOCKED(&guard)
		changed = false;
}

static void change(void)
{
	HK_LOCKED(&guard) {
		changed = true;
		hk_cond_broadcast(&cond);
	}
}

static void reset(void)
{
	hk_event_reset(&event);
}

static void set(void)
{
	hk_event_set(&event);
}

static void close_latch(void)
{
	latch = (struct hk_latch)HK_LATCH_INIT(1);
}

static void count_down(void)
{
	hk_latch_count_down(&latch, 1);
}

static void stay_away(void)
{
}

static void meet(void)
{
	ck_assert_int_ge(hk_barrier_wait(&barrier), 0);
}

const struct hkt_kind hkt_kinds[HKT_KINDS] = {
	{ "the mutex", lock_until, lock, unlock, &mutex.waiters, &mutex.word, ~0u, true, false,
		false },
	{ "the mutex", lock_recursive_until, lock_recursive, unlock_recursive, &recursive.waiters,
		&recursive.word, ~0u, true, false, false },
	{ "the readers-writer lock", read_until, write_it, leave_it, &rwlock.waiters, &rwlock.word,
		~0u, true, false, false },
	{ "the readers-writer lock", write_until, write_it, leave_it, &rwlock.waiters, &rwlock.word,
		~0u, true, false, false },
	{ "the readers-writer lock", write_until, read_it, leave_it, &rwlock.waiters, &rwlock.word,
		~0u, false, false, false },
	{ "the semaphore", take_until, empty, post, &sem.waiters, &sem.word, 0x80000000u, false,
		false, false },
	{ "the condition variable", change_until, change_back, change, &cond.waiters, &guard.word,
		~0u, false, true, false },
	{ "the event", event_until, reset, set, &event.waiters, &event.reserved0, ~0u, false, false,
		false },
	{ "the latch", latch_until, close_latch, count_down, &latch.waiters, &latch.count, ~0u,
		false, false, false },
	{ "the others at the barrier", barrier_until, stay_away, meet, &barrier.waiters,
		&barrier.arrived, ~0u, false, false, true },
};

void hkt_kinds_meet(uint32_t parties)
{
	barrier.parties = parties;
}
