/* SPDX-License-Identifier: MIT */
/*
 * Mutex and semaphore. Both live in the caller's memory, need no clean-up, and are valid when
 * all zero (a semaphore then has no permits). They must not move while in use.
 *
 * Waiting is first come, first served: unlock and post hand the lock or permit to the task that
 * waited longest.
 */
#ifndef HOCKET_LOCK_H
#define HOCKET_LOCK_H

#include <hocket/base.h>
#include <hocket/time.h>

HK_BEGIN_DECLS

struct hk_task;

/* The tasks that wait for something, in order. */
struct hk_waitq {
	/* private */
	void *first;
	void *last;
	uint32_t lock;
	uint32_t reserved;
};

/* clang-format off */
#define HK_WAITQ_INIT { NULL, NULL, 0, 0 }
/* clang-format on */

struct hk_mutex {
	/* private */
	uint32_t word;
	uint32_t reserved0;
	struct hk_task *owner;
	struct hk_waitq waiters;
	uint64_t reserved[3];
};

/* clang-format off */
#define HK_MUTEX_INIT { 0, 0, NULL, HK_WAITQ_INIT, { 0, 0, 0 } }
/* clang-format on */

/*
 * Locks the mutex. Not recursive: locking it twice panics.
 * From: task; panics elsewhere. Parks: yes, not a cancellation point.
 */
HK_API void hk_mutex_lock(struct hk_mutex *mutex);

/*
 * Locks the mutex if it is free.
 * From: task; panics elsewhere. Parks: never. Returns: whether the caller now holds it.
 */
HK_API HK_MUST_USE bool hk_mutex_trylock(struct hk_mutex *mutex);

/*
 * Locks the mutex, waiting no longer than the deadline.
 * From: task; panics elsewhere. Parks: yes, a cancellation point.
 * Returns: 0, -ETIMEDOUT, or -ECANCELED (then it does not hold the mutex).
 */
HK_API HK_MUST_USE int hk_mutex_lock_until(struct hk_mutex *mutex, hk_time deadline);

/*
 * Unlocks the mutex.
 * From: the task that holds it; panics elsewhere. Parks: never.
 */
HK_API void hk_mutex_unlock(struct hk_mutex *mutex);

/*
 * HK_LOCKED(&m) { ... } runs the block with the mutex held and unlocks it however the block is
 * left: at its end, by break, continue (both end the block only), return or goto.
 */
#define HK_LOCKED(m)	   HK_LOCKED_1_(m, __COUNTER__)
#define HK_LOCKED_1_(m, n) HK_LOCKED_2_(m, n)
#define HK_LOCKED_2_(m, n)                                                                         \
	for (__attribute__((cleanup(hk_locked_end))) struct hk_locked hk_locked_##n =              \
			hk_locked_begin(m);                                                        \
		hk_locked_##n.once; hk_locked_##n.once = false)

struct hk_locked {
	/* private */
	struct hk_mutex *mutex;
	bool once;
};

static inline struct hk_locked hk_locked_begin(struct hk_mutex *mutex)
{
	struct hk_locked locked = { mutex, true };
	hk_mutex_lock(mutex);
	return locked;
}

static inline void hk_locked_end(struct hk_locked *locked)
{
	hk_mutex_unlock(locked->mutex);
}

/* A counting semaphore (Dijkstra 1965). */
struct hk_sem {
	/* private */
	uint32_t word;
	uint32_t reserved0;
	struct hk_waitq waiters;
	uint64_t reserved[3];
};

/* A semaphore with n permits, 0 ... HK_SEM_MAX. */
/* clang-format off */
#define HK_SEM_INIT(n) { (n), 0, HK_WAITQ_INIT, { 0, 0, 0 } }
/* clang-format on */
#define HK_SEM_MAX UINT32_C(0x7fffffff)

/*
 * Takes a permit, waiting for one if there is none.
 * From: task; panics elsewhere. Parks: yes, a cancellation point.
 * Returns: 0, or -ECANCELED (then no permit was taken).
 */
HK_API HK_MUST_USE int hk_sem_wait(struct hk_sem *sem);

/*
 * Takes a permit if there is one.
 * From: task, thread. Parks: never. Returns: whether a permit was taken.
 */
HK_API HK_MUST_USE bool hk_sem_trywait(struct hk_sem *sem);

/*
 * Takes a permit, waiting no longer than the deadline.
 * From: task; panics elsewhere. Parks: yes, a cancellation point.
 * Returns: 0, -ETIMEDOUT, or -ECANCELED (then no permit was taken).
 */
HK_API HK_MUST_USE int hk_sem_wait_until(struct hk_sem *sem, hk_time deadline);

/*
 * Gives a permit back, or to the task that has waited longest. More than HK_SEM_MAX permits panic.
 * From: task, thread. Parks: never.
 */
HK_API void hk_sem_post(struct hk_sem *sem);

HK_END_DECLS

#endif
