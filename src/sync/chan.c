/* SPDX-License-Identifier: MIT */
/*
 * Channel: a ring under a lock. Senders wait only while it is full, receivers only while it is
 * empty: so an item goes straight to a receiver that waits, and a sender that waits has its item
 * moved into the ring when there is room. A waiter's item stands on its own stack; it is copied
 * under the lock, which who was claimed takes before it goes on.
 */
#include "sync/chan.h"

#include <errno.h>
#include <string.h>

void hki_chan_check(const char *call, const struct hk_chan *chan)
{
	if (__builtin_expect(!chan, 0))
		hki_panic("%s: the channel is NULL", call);
}

void hki_chan_check_item(const char *call, const struct hk_chan *chan, const void *item)
{
	if (__builtin_expect(!item && chan->item_size > 0, 0))
		hki_panic("%s: the item for the channel %p is NULL but has %zu bytes", call,
			(const void *)chan, chan->item_size);
}

void hk_chan_init(struct hk_chan *chan, size_t item_size, void *buffer, uint32_t capacity)
{
	hki_chan_check("hk_chan_init", chan);
	if (!buffer && capacity > 0 && item_size > 0)
		hki_panic("hk_chan_init: the buffer is NULL but is to hold %u items", capacity);
	/* Items of no bytes need no buffer; but an offset from NULL, even 0, is undefined. */
	*chan = (struct hk_chan){ .item_size = item_size,
		.items = buffer ? buffer : chan,
		.capacity = capacity };
}

static inline void copy(void *to, const void *from, size_t size)
{
	if (size == sizeof(uint64_t) && to)
		memcpy(to, from, sizeof(uint64_t));
	else if (size > 0 && to)
		memcpy(to, from, size);
}

static inline void *slot(const struct hk_chan *chan, uint32_t index)
{
	return (char *)chan->items + index * chan->item_size;
}

static inline void put(struct hk_chan *chan, const void *item)
{
	uint32_t room = chan->capacity - chan->head;
	uint32_t tail = chan->count < room ? chan->head + chan->count : chan->count - room;
	copy(slot(chan, tail), item, chan->item_size);
	st_rlx(&chan->count, chan->count + 1);
}

static inline void take(struct hk_chan *chan, void *item)
{
	copy(item, slot(chan, chan->head), chan->item_size);
	chan->head = chan->head + 1 < chan->capacity ? chan->head + 1 : 0;
	st_rlx(&chan->count, chan->count - 1);
}

/* To a receiver that waits; false: none is left that does. */
__attribute__((noinline)) static bool hand_over(struct hk_chan *chan, const void *item,
	struct woken *woken)
{
	struct waiter *receiver = hki_waitq_claim_first(&chan->receivers, woken);
	if (!receiver)
		return false;
	copy(receiver->item, item, chan->item_size);
	return true;
}

/* From a sender that waits, into the ring or to *item; false: none is left that does. */
__attribute__((noinline)) static bool take_over(struct hk_chan *chan, bool to_ring, void *item,
	struct woken *woken)
{
	struct waiter *sender = hki_waitq_claim_first(&chan->senders, woken);
	if (sender && to_ring)
		put(chan, sender->item);
	else if (sender)
		copy(item, sender->item, chan->item_size);
	return sender != NULL;
}

static inline int try_send(struct hk_chan *chan, const void *item, struct woken *woken)
{
	if (chan->closed)
		return -EPIPE;
	if (chan->receivers.first && hand_over(chan, item, woken))
		return 0;
	if (chan->count == chan->capacity)
		return -EAGAIN;
	put(chan, item);
	return 0;
}

static inline int try_recv(struct hk_chan *chan, void *item, struct woken *woken)
{
	bool any = chan->count > 0;
	if (any)
		take(chan, item);
	if (chan->senders.first && take_over(chan, any, item, woken))
		return 0;
	if (any)
		return 0;
	return chan->closed ? -EPIPE : -EAGAIN;
}

int hki_chan_try_send(struct hk_chan *chan, const void *item, struct woken *woken)
{
	return try_send(chan, item, woken);
}

int hki_chan_try_recv(struct hk_chan *chan, void *item, struct woken *woken)
{
	return try_recv(chan, item, woken);
}

bool hki_chan_has_other(const struct hk_waitq *queue, const struct sleeper *self)
{
	const struct waiter *waiter = queue->first;
	while (waiter && waiter->sleeper == self)
		waiter = waiter->next;
	return waiter != NULL;
}

/* It could not be done at once. place: where the program called. The lock is held. */
__attribute__((noinline)) static int wait_for(struct carrier **carrier, struct hk_chan *chan,
	void *item, bool sends, hk_time deadline, const void *place)
{
	struct wait wait = { .cause = sends ? HK_CAUSE_SEND : HK_CAUSE_RECV,
		.object = chan,
		.deadline = deadline };
	struct waiter waiter = { .item = item };
	if (*carrier)
		st_rlx(&(*carrier)->current->wait_place, place);
	int result = hki_waitq_wait_as(carrier, sends ? &chan->senders : &chan->receivers,
		&chan->lock, &waiter, false, &wait);
	return result ? result : waiter.result;
}

/* Sends, or receives; waits when that cannot be done at once. Inline: one of each is made. */
__attribute__((always_inline)) static inline int operate(struct hk_chan *chan, void *item,
	bool sends, hk_time deadline, const void *place)
{
	struct carrier *carrier = hki_enter();
	const struct hk_task *self = carrier ? carrier->current : NULL;
	struct woken woken = WOKEN_BY(self ? self->id : 0);
	int result = -ECANCELED;
	if (!self || !place || !(ld_rlx(&self->word) & TASK_CANCEL)) {
		hki_lock(&chan->lock);
		result = sends ? try_send(chan, item, &woken) : try_recv(chan, item, &woken);
		if (__builtin_expect(result == -EAGAIN && place, 0))
			result = wait_for(&carrier, chan, item, sends, deadline, place);
		hki_unlock(&chan->lock);
		if (woken.rt)
			hki_wake_flush(&woken, NULL);
	}
	if (carrier)
		hki_leave(carrier);
	return result;
}

/* place: where the program called; NULL: does not wait. */
__attribute__((noinline)) static int send(const char *call, struct hk_chan *chan, const void *item,
	hk_time deadline, const void *place)
{
	hki_chan_check(call, chan);
	hki_chan_check_item(call, chan, item);
	return operate(chan, (void *)(uintptr_t)item, true, deadline, place);
}

__attribute__((noinline)) static int recv(const char *call, struct hk_chan *chan, void *item,
	hk_time deadline, const void *place)
{
	hki_chan_check(call, chan);
	return operate(chan, item, false, deadline, place);
}

int hk_chan_send(struct hk_chan *chan, const void *item)
{
	return send("hk_chan_send", chan, item, HK_FOREVER, __builtin_return_address(0));
}

int hk_chan_send_until(struct hk_chan *chan, const void *item, hk_time deadline)
{
	return send("hk_chan_send_until", chan, item, deadline, __builtin_return_address(0));
}

int hk_chan_trysend(struct hk_chan *chan, const void *item)
{
	return send("hk_chan_trysend", chan, item, 0, NULL);
}

int hk_chan_recv(struct hk_chan *chan, void *item)
{
	return recv("hk_chan_recv", chan, item, HK_FOREVER, __builtin_return_address(0));
}

int hk_chan_recv_until(struct hk_chan *chan, void *item, hk_time deadline)
{
	return recv("hk_chan_recv_until", chan, item, deadline, __builtin_return_address(0));
}

int hk_chan_tryrecv(struct hk_chan *chan, void *item)
{
	return recv("hk_chan_tryrecv", chan, item, 0, NULL);
}

/* Refuses all that wait in the queue. */
static void refuse(struct hk_waitq *queue, struct woken *woken)
{
	struct waiter *waiter;
	while ((waiter = hki_waitq_claim_first(queue, woken)))
		waiter->result = -EPIPE;
}

void hk_chan_close(struct hk_chan *chan)
{
	struct woken woken = WOKEN_BY(hk_task_id());
	hki_chan_check("hk_chan_close", chan);
	struct carrier *carrier = hki_enter();
	hki_lock(&chan->lock);
	chan->closed = 1;
	refuse(&chan->senders, &woken);
	refuse(&chan->receivers, &woken);
	hki_unlock(&chan->lock);
	hki_wake_flush(&woken, NULL);
	if (carrier)
		hki_leave(carrier);
}

uint32_t hk_chan_count(const struct hk_chan *chan)
{
	hki_chan_check("hk_chan_count", chan);
	return ld_rlx(&chan->count);
}
