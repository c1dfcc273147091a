/* SPDX-License-Identifier: MIT */
#include "sync/waitq.h"

#include <errno.h>

/* What is inline here is what every wait and wake-up passes. */
__attribute__((always_inline)) static inline void push(struct hk_waitq *queue,
	struct waiter *waiter)
{
	struct waiter *last = queue->last;
	waiter->next = NULL;
	waiter->prev = last;
	waiter->queued = true;
	queue->exclusive += !waiter->shared;
	if (last)
		last->next = waiter;
	else
		queue->first = waiter;
	queue->last = waiter;
}

void hki_waitq_push(struct hk_waitq *queue, struct waiter *waiter)
{
	push(queue, waiter);
}

void hki_waitq_push_first(struct hk_waitq *queue, struct waiter *waiter)
{
	struct waiter *first = queue->first;
	waiter->next = first;
	waiter->prev = NULL;
	waiter->queued = true;
	queue->exclusive += !waiter->shared;
	if (first)
		first->prev = waiter;
	else
		queue->last = waiter;
	queue->first = waiter;
}

__attribute__((always_inline)) static inline void take_out(struct hk_waitq *queue,
	struct waiter *waiter)
{
	if (waiter->prev)
		waiter->prev->next = waiter->next;
	else
		queue->first = waiter->next;
	if (waiter->next)
		waiter->next->prev = waiter->prev;
	else
		queue->last = waiter->prev;
	queue->exclusive -= !waiter->shared;
	waiter->queued = false;
}

void hki_waitq_remove(struct hk_waitq *queue, struct waiter *waiter)
{
	take_out(queue, waiter);
}

__attribute__((always_inline)) static inline struct waiter *claim_head(struct hk_waitq *queue,
	struct woken *woken)
{
	struct waiter *waiter = queue->first;
	take_out(queue, waiter);
	if (!hki_sleeper_claim(waiter->sleeper, woken))
		return NULL;
	if (waiter->happened)
		*waiter->happened = waiter->index;
	return waiter;
}

struct waiter *hki_waitq_claim_head(struct hk_waitq *queue, struct woken *woken)
{
	return claim_head(queue, woken);
}

struct waiter *hki_waitq_claim_first(struct hk_waitq *queue, struct woken *woken)
{
	struct waiter *waiter = NULL;
	while (queue->first && !waiter)
		waiter = claim_head(queue, woken);
	return waiter;
}

void hki_waitq_claim_all(struct hk_waitq *queue, struct woken *woken)
{
	while (hki_waitq_claim_first(queue, woken))
		;
}

int hki_waitq_wait(struct carrier **carrier, struct hk_waitq *queue, const struct wait *wait)
{
	struct waiter waiter = { .queued = false };
	return hki_waitq_wait_as(carrier, queue, &queue->lock, &waiter, false, wait);
}
