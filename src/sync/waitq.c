/* SPDX-License-Identifier: MIT */
#include "sync/waitq.h"

#include <errno.h>

void hki_waitq_push(struct hk_waitq *queue, struct waiter *waiter)
{
	struct waiter *last = queue->last;
	waiter->next = NULL;
	waiter->prev = last;
	waiter->queued = true;
	if (last)
		last->next = waiter;
	else
		queue->first = waiter;
	queue->last = waiter;
}

void hki_waitq_remove(struct hk_waitq *queue, struct waiter *waiter)
{
	if (waiter->prev)
		waiter->prev->next = waiter->next;
	else
		queue->first = waiter->next;
	if (waiter->next)
		waiter->next->prev = waiter->prev;
	else
		queue->last = waiter->prev;
	waiter->queued = false;
}

bool hki_waitq_claim_first(struct hk_waitq *queue, struct woken *woken)
{
	for (;;) {
		struct waiter *waiter = queue->first;
		if (!waiter)
			return false;
		hki_waitq_remove(queue, waiter);
		/* Lost: it timed out or was cancelled, and leaves by itself. */
		if (hki_wake_claim(woken, waiter->task, HK_OUTCOME_DONE))
			return true;
	}
}

int hki_waitq_wait(struct carrier **carrier, struct hk_waitq *queue, const struct wait *wait)
{
	struct waiter waiter = { .task = (*carrier)->current };
	if (wait->deadline != HK_FOREVER && wait->deadline <= hki_os_now())
		return -ETIMEDOUT;
	if (!hki_park_begin(*carrier, wait))
		return -ECANCELED;
	hki_waitq_push(queue, &waiter);
	hki_unlock(&queue->lock);
	enum hk_outcome outcome;
	*carrier = hki_park(*carrier, &outcome);
	hki_lock(&queue->lock);
	if (waiter.queued)
		hki_waitq_remove(queue, &waiter);
	return outcome == HK_OUTCOME_DONE     ? 0 :
		outcome == HK_OUTCOME_TIMEOUT ? -ETIMEDOUT :
						-ECANCELED;
}
