/* SPDX-License-Identifier: MIT */
/*
 * The one wait queue under everything that waits: tasks in the order they came. Its lock also
 * protects whatever the waiters wait for, so that nobody can be overlooked. A waiter stands on the
 * stack of its task.
 */
#ifndef SYNC_WAITQ_H
#define SYNC_WAITQ_H

#include <hocket/lock.h>

#include "core/park.h"
#include "core/runtime.h"
#include "core/wake.h"

struct waiter {
	struct waiter *next;
	struct waiter *prev;
	struct hk_task *task;
	bool queued;
};

/* The queue's lock is held. */
void hki_waitq_push(struct hk_waitq *queue, struct waiter *waiter);
void hki_waitq_remove(struct hk_waitq *queue, struct waiter *waiter);
/* Takes out the waiter that came first and can still be claimed, and claims it. False: none. */
bool hki_waitq_claim_first(struct hk_waitq *queue, struct woken *woken);

/*
 * Puts the calling task into the queue and waits. The queue's lock is held before and after, not
 * meanwhile. Returns 0 when it was claimed, else -ETIMEDOUT or -ECANCELED; in each case it has left
 * the queue. *carrier is updated.
 */
int hki_waitq_wait(struct carrier **carrier, struct hk_waitq *queue, const struct wait *wait);

#endif
