/* SPDX-License-Identifier: MIT */
/*
 * Where tasks meet: event, latch, barrier, once. As with the locks of hocket/lock.h: they live in
 * the caller's memory, need no clean-up, are valid when all zero, must not move while in use, and
 * tasks and threads outside may share them.
 *
 * An event, latch or barrier may be freed as soon as a wait for it has returned 0 (or 1), and no
 * other is under way: whoever ended the wait does not touch it any more. That another call saw the
 * event set is not enough.
 */
#ifndef HOCKET_MEET_H
#define HOCKET_MEET_H

#include <hocket/base.h>
#include <hocket/lock.h>
#include <hocket/time.h>

HK_BEGIN_DECLS

/* Something that happens once, or is reset: all who wait go on, and who comes later does not wait.
   All zero: not set. */
struct hk_event {
	/* private */
	uint32_t set;
	uint32_t reserved0;
	struct hk_waitq waiters;
	uint64_t reserved[2];
};

/* clang-format off */
#define HK_EVENT_INIT { 0, 0, HK_WAITQ_INIT, { 0, 0 } }
/* clang-format on */

/*
 * Sets the event: ends all waits for it. Setting it again changes nothing. What the caller did
 * before is seen by those who go on.
 * From: task, thread. Parks: never.
 */
HK_API void hk_event_set(struct hk_event *event);

/*
 * Makes it not set: from now on waits wait. Those that have ended stay ended.
 * From: task, thread. Parks: never.
 */
HK_API void hk_event_reset(struct hk_event *event);

/*
 * Whether it is set.
 * From: task, thread. Parks: never. Returns: true or false.
 */
HK_API bool hk_event_is_set(const struct hk_event *event);

/*
 * Waits until it is set; the second no longer than the deadline.
 * From: task, thread. Parks: yes, a cancellation point.
 * Returns: 0; -ECANCELED; the second also -ETIMEDOUT.
 */
HK_API HK_MUST_USE int hk_event_wait(struct hk_event *event);
HK_API HK_MUST_USE int hk_event_wait_until(struct hk_event *event, hk_time deadline);

/* A count that goes down to 0, once, and lets everybody pass then. All zero: open already. */
struct hk_latch {
	/* private */
	uint32_t count;
	uint32_t reserved0;
	struct hk_waitq waiters;
	uint64_t reserved[2];
};

/* A latch that n arrivals open. */
/* clang-format off */
#define HK_LATCH_INIT(n) { (n), 0, HK_WAITQ_INIT, { 0, 0 } }
/* clang-format on */

/*
 * Counts n arrivals. The last ends all waits. More arrivals than are left panic.
 * From: task, thread. Parks: never.
 */
HK_API void hk_latch_count_down(struct hk_latch *latch, uint32_t n);

/*
 * Whether it is open.
 * From: task, thread. Parks: never. Returns: true or false.
 */
HK_API HK_MUST_USE bool hk_latch_trywait(const struct hk_latch *latch);

/*
 * Waits until it is open; the second no longer than the deadline.
 * From: task, thread. Parks: yes, a cancellation point.
 * Returns: 0; -ECANCELED; the second also -ETIMEDOUT.
 */
HK_API HK_MUST_USE int hk_latch_wait(struct hk_latch *latch);
HK_API HK_MUST_USE int hk_latch_wait_until(struct hk_latch *latch, hk_time deadline);

/* A number of parties that wait for each other, again and again. All zero: a single party. */
struct hk_barrier {
	/* private */
	uint32_t parties;
	uint32_t arrived;
	uint32_t round;
	uint32_t reserved0;
	struct hk_waitq waiters;
	uint64_t reserved[2];
};

/* A barrier of n parties. */
/* clang-format off */
#define HK_BARRIER_INIT(n) { (n), 0, 0, 0, HK_WAITQ_INIT, { 0, 0 } }
/* clang-format on */

/*
 * Waits until all parties have arrived; then all go on, and the barrier is as new. A wait that ends
 * before that takes its arrival back.
 * From: task, thread. Parks: yes, a cancellation point.
 * Returns: 1 to the one that arrived last, 0 to the others; -ECANCELED; the second also -ETIMEDOUT.
 */
HK_API HK_MUST_USE int hk_barrier_wait(struct hk_barrier *barrier);
HK_API HK_MUST_USE int hk_barrier_wait_until(struct hk_barrier *barrier, hk_time deadline);

/* Something that is to be done once, by whoever comes first. It must last longer than every call
   with it. All zero: not done. */
struct hk_once {
	/* private */
	uint32_t state;
	uint32_t reserved0;
	void *owner;
	struct hk_waitq waiters;
	uint64_t reserved[2];
};

/* clang-format off */
#define HK_ONCE_INIT { 0, 0, NULL, HK_WAITQ_INIT, { 0, 0 } }
/* clang-format on */

/*
 * Calls fn(arg) unless that has been done with success before; waits while another does it. When fn
 * returns a negative value it has not been done: the next caller, or one that waits, calls its own
 * fn. A call of the same once from within fn panics.
 * From: task, thread. Parks: yes, not a cancellation point.
 * Returns: 0 when it has been done; else the negative value that the caller's own fn returned.
 */
HK_API HK_MUST_USE int hk_once_run(struct hk_once *once, int (*fn)(void *), void *arg);

/*
 * Whether it has been done: then what fn did is seen.
 * From: task, thread. Parks: never. Returns: true or false.
 */
HK_API bool hk_once_is_done(const struct hk_once *once);

HK_END_DECLS

#endif
