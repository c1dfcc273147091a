/* SPDX-License-Identifier: MIT */
/*
 * Locks: mutex, readers-writer lock, condition variable, semaphore. They live in the caller's
 * memory, need no clean-up, and are valid when all zero (a semaphore then has no permits). They
 * must not move while in use. Tasks and threads outside may share them; where a task parks, a
 * thread blocks.
 *
 * Mutex and readers-writer lock can be overtaken by whoever comes just when they are given up: for
 * a millisecond, and by the one that has it then. Who has waited for so long is given the lock
 * next, and so are those behind it. Permits of a semaphore go to the one that waited longest.
 */
#ifndef HOCKET_LOCK_H
#define HOCKET_LOCK_H

#include <hocket/base.h>
#include <hocket/time.h>

HK_BEGIN_DECLS

struct hk_task;

/* Who waits for something, in order. */
struct hk_waitq {
	/* private */
	void *first;
	void *last;
	uint32_t lock;
	uint32_t exclusive;
};

/* clang-format off */
#define HK_WAITQ_INIT { NULL, NULL, 0, 0 }
/* clang-format on */

struct hk_mutex {
	/* private */
	uint32_t word;
	uint32_t depth;
	void *owner;
	struct hk_waitq waiters;
	uint32_t recursive;
	uint32_t order;
	uint64_t reserved[2];
};

/* The second: its owner may lock it again, and unlocks it as often. */
/* clang-format off */
#define HK_MUTEX_INIT		{ 0, 0, NULL, HK_WAITQ_INIT, 0, 0, { 0, 0 } }
#define HK_MUTEX_RECURSIVE_INIT { 0, 0, NULL, HK_WAITQ_INIT, 1, 0, { 0, 0 } }
/* clang-format on */

/*
 * Locks the mutex. Locking it twice panics, unless it is recursive.
 * From: task, thread. Parks: yes, not a cancellation point.
 */
HK_API void hk_mutex_lock(struct hk_mutex *mutex);

/*
 * Locks the mutex if it is free (or recursive, and the caller's).
 * From: task, thread. Parks: never. Returns: whether the caller now holds it.
 */
HK_API HK_MUST_USE bool hk_mutex_trylock(struct hk_mutex *mutex);

/*
 * Locks the mutex, waiting no longer than the deadline.
 * From: task, thread. Parks: yes, a cancellation point.
 * Returns: 0, -ETIMEDOUT, or -ECANCELED (then it does not hold the mutex).
 */
HK_API HK_MUST_USE int hk_mutex_lock_until(struct hk_mutex *mutex, hk_time deadline);

/*
 * Unlocks the mutex.
 * From: the task or thread that holds it; panics elsewhere. Parks: never.
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

/*
 * A readers-writer lock (Courtois, Heymans, Parnas 1971): one writer alone, or any number of
 * readers. A waiting writer keeps new readers out, so it waits only for those inside; readers that
 * wait are let in together, before a writer that came after them. Not recursive: a task that reads
 * and locks again, for whatever, may wait for itself.
 */
struct hk_rwlock {
	/* private */
	uint32_t word;
	uint32_t order;
	void *owner; /* the writer */
	struct hk_waitq waiters;
	uint64_t reserved[3];
};

/* clang-format off */
#define HK_RWLOCK_INIT { 0, 0, NULL, HK_WAITQ_INIT, { 0, 0, 0 } }
/* clang-format on */

/*
 * Lock it: for reading (rd), beside other readers; for writing (wr), alone.
 * From: task, thread. Parks: yes, not a cancellation point.
 */
HK_API void hk_rwlock_rdlock(struct hk_rwlock *rwlock);
HK_API void hk_rwlock_wrlock(struct hk_rwlock *rwlock);

/*
 * Lock it if that can be had at once.
 * From: task, thread. Parks: never. Returns: whether the caller now holds it so.
 */
HK_API HK_MUST_USE bool hk_rwlock_tryrdlock(struct hk_rwlock *rwlock);
HK_API HK_MUST_USE bool hk_rwlock_trywrlock(struct hk_rwlock *rwlock);

/*
 * Lock it, waiting no longer than the deadline.
 * From: task, thread. Parks: yes, a cancellation point.
 * Returns: 0, -ETIMEDOUT, or -ECANCELED (then it does not hold the lock).
 */
HK_API HK_MUST_USE int hk_rwlock_rdlock_until(struct hk_rwlock *rwlock, hk_time deadline);
HK_API HK_MUST_USE int hk_rwlock_wrlock_until(struct hk_rwlock *rwlock, hk_time deadline);

/*
 * Unlocks what the caller holds: reading or writing.
 * From: the writer, or a reader; panics when nobody holds it, or another one writes. Parks: never.
 */
HK_API void hk_rwlock_unlock(struct hk_rwlock *rwlock);

/*
 * A condition variable (Hoare 1974, with the meaning of Lampson and Redell 1980): tasks wait until
 * what a mutex protects has changed. Look again after each wait: by then it may have changed once
 * more.
 *
 *	hk_mutex_lock(&m);
 *	while (!ready && !error)
 *		error = hk_cond_wait(&changed, &m);
 */
struct hk_cond {
	/* private */
	struct hk_waitq waiters;
	uint64_t reserved[3];
};

/* clang-format off */
#define HK_COND_INIT { HK_WAITQ_INIT, { 0, 0, 0 } }
/* clang-format on */

/*
 * Unlocks the mutex and waits for a signal or broadcast that comes after this call, as one step;
 * then locks the mutex again, in every case.
 * From: the task or thread that holds the mutex, once; panics elsewhere.
 * Parks: yes, a cancellation point (but the locking is none).
 * Returns: 0; -ECANCELED; the second also -ETIMEDOUT. No wait ends without a reason.
 */
HK_API HK_MUST_USE int hk_cond_wait(struct hk_cond *cond, struct hk_mutex *mutex);
HK_API HK_MUST_USE int hk_cond_wait_until(struct hk_cond *cond, struct hk_mutex *mutex,
	hk_time deadline);

/*
 * Ends the wait of the one that waits longest (signal), or of all (broadcast). The mutex need not
 * be held.
 * From: task, thread. Parks: never.
 */
HK_API void hk_cond_signal(struct hk_cond *cond);
HK_API void hk_cond_broadcast(struct hk_cond *cond);

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
 * From: task, thread. Parks: yes, a cancellation point.
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
 * From: task, thread. Parks: yes, a cancellation point.
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
