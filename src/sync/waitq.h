/* SPDX-License-Identifier: MIT */
/*
 * The one wait queue under everything that waits: who waits, in the order in which they came. A
 * lock, the queue's own or its object's, protects it and whatever is waited for, so that nobody can
 * be overlooked. A waiter stands on the stack of who waits.
 */
#ifndef SYNC_WAITQ_H
#define SYNC_WAITQ_H

#include <hocket/lock.h>

#include "sync/sleeper.h"

/* It may stand in the private part of a public struct. */
struct __attribute__((may_alias)) waiter {
	struct waiter *next;
	struct waiter *prev;
	struct sleeper *sleeper;
	bool queued;
	bool shared;	    /* lockword.c: it wants to read */
	bool granted;	    /* lockword.c: it has got the lock */
	hk_time since;	    /* lockword.c */
	void *item;	    /* chan.c: what is sent, or where it is received */
	int result;	    /* chan.c: of the operation, set by who claims it */
	unsigned index;	    /* select.c: the case */
	unsigned *happened; /* select.c: the case that ended the wait; NULL: not a select */
};

/* The queue's lock is held. */
void hki_waitq_push(struct hk_waitq *queue, struct waiter *waiter);
void hki_waitq_push_first(struct hk_waitq *queue, struct waiter *waiter);
void hki_waitq_remove(struct hk_waitq *queue, struct waiter *waiter);
/*
 * Takes out the waiter that came first and can still be claimed, and claims it. NULL: none. It
 * stays where it is until the lock is free: who was claimed takes the lock before it goes on.
 */
struct waiter *hki_waitq_claim_first(struct hk_waitq *queue, struct woken *woken);
/* Takes out the first, claims it if it can be: else it timed out or was cancelled, and leaves by
   itself; then NULL. */
struct waiter *hki_waitq_claim_head(struct hk_waitq *queue, struct woken *woken);
/* Claims all. */
void hki_waitq_claim_all(struct hk_waitq *queue, struct woken *woken);

/*
 * Puts the caller into the queue and waits. The queue's lock is held before and after, not
 * meanwhile. Returns 0 when it was claimed, else -ETIMEDOUT or -ECANCELED; in each case it has left
 * the queue. *carrier (NULL: a thread waits) is updated.
 */
int hki_waitq_wait(struct carrier **carrier, struct hk_waitq *queue, const struct wait *wait);

/* As that, with the lock that protects the queue, and a waiter to be filled in by who claims it.
   first: it goes to the head of the queue. */
static inline int hki_waitq_wait_as(struct carrier **carrier, struct hk_waitq *queue,
	uint32_t *lock, struct waiter *waiter, bool first, const struct wait *wait)
{
	struct sleeper sleeper = sleeper_of(*carrier);
	int result = hki_sleeper_begin(*carrier, &sleeper, wait);
	if (result)
		return result;
	waiter->sleeper = &sleeper;
	if (first)
		hki_waitq_push_first(queue, waiter);
	else
		hki_waitq_push(queue, waiter);
	hki_unlock(lock);
	result = hki_sleeper_wait(carrier, &sleeper, wait->deadline);
	hki_lock(lock);
	if (__builtin_expect(waiter->queued, 0))
		hki_waitq_remove(queue, waiter);
	return result;
}

#endif
