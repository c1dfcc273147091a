/* SPDX-License-Identifier: MIT */
/*
 * Channels (Hoare, Communicating sequential processes, 1978; the form is that of Newsqueak and Go),
 * and waiting for one of several things.
 *
 *	static struct order slots[16];
 *	static struct hk_chan orders = HK_CHAN_INIT(slots);
 *
 *	struct order order;
 *	while (hk_chan_recv(&orders, &order) == 0)	// until it is closed and drained
 *		cook(&order);
 *
 * A channel carries items of one size, by value, from any number of senders to any number of
 * receivers, first come first served. It lives in the caller's memory, with the caller's buffer,
 * and needs no clean-up. It must not move while in use, and must last longer than every call with
 * it. All zero is valid: unbuffered, with items of no bytes.
 */
#ifndef HOCKET_CHAN_H
#define HOCKET_CHAN_H

#include <hocket/base.h>
#include <hocket/lock.h>
#include <hocket/time.h>

HK_BEGIN_DECLS

struct hk_chan {
	/* private */
	uint32_t lock;
	uint32_t closed;
	size_t item_size;
	void *items;
	uint32_t capacity;
	uint32_t count;
	uint32_t head;
	uint32_t reserved0;
	struct hk_waitq senders;
	struct hk_waitq receivers;
	uint64_t reserved[2];
};

/* A channel that holds as many items as the array `buffer` has elements. */
/* clang-format off */
#define HK_CHAN_INIT(buffer) \
	{ 0, 0, sizeof((buffer)[0]), (buffer), (uint32_t)(sizeof(buffer) / sizeof((buffer)[0])), \
	  0, 0, 0, HK_WAITQ_INIT, HK_WAITQ_INIT, { 0, 0 } }
/* A channel that holds none: a send waits for the receive that takes the item. */
#define HK_CHAN_UNBUFFERED(type) \
	{ 0, 0, sizeof(type), NULL, 0, 0, 0, 0, HK_WAITQ_INIT, HK_WAITQ_INIT, { 0, 0 } }
/* clang-format on */

/*
 * Makes a channel for `capacity` items (0: unbuffered) of item_size bytes, in the memory at
 * `buffer`, which has room for them.
 * From: task, thread. Parks: never.
 */
HK_API void hk_chan_init(struct hk_chan *chan, size_t item_size, void *buffer, uint32_t capacity);

/*
 * Sends a copy of *item: waits for room, or, unbuffered, for a receiver. _until: no longer than the
 * deadline. (item may be NULL if items have no bytes.)
 * From: task, thread. Parks: yes, a cancellation point.
 * Returns: 0; -EPIPE when the channel is, or meanwhile was, closed; -ECANCELED; -ETIMEDOUT. But for
 * 0 nothing was sent.
 */
HK_API HK_MUST_USE int hk_chan_send(struct hk_chan *chan, const void *item);
HK_API HK_MUST_USE int hk_chan_send_until(struct hk_chan *chan, const void *item, hk_time deadline);

/*
 * Receives into *item (NULL: the item is dropped): waits for one.
 * From: task, thread. Parks: yes, a cancellation point.
 * Returns: 0; -EPIPE when the channel is closed and nothing is left in it; -ECANCELED; -ETIMEDOUT.
 * But for 0 nothing was received, and *item is unchanged.
 */
HK_API HK_MUST_USE int hk_chan_recv(struct hk_chan *chan, void *item);
HK_API HK_MUST_USE int hk_chan_recv_until(struct hk_chan *chan, void *item, hk_time deadline);

/*
 * The same if it can be done at once.
 * From: task, thread. Parks: never. Returns: 0, -EPIPE, or -EAGAIN: not at once.
 */
HK_API HK_MUST_USE int hk_chan_trysend(struct hk_chan *chan, const void *item);
HK_API HK_MUST_USE int hk_chan_tryrecv(struct hk_chan *chan, void *item);

/*
 * Closes the channel, for good: nothing more is sent; senders that wait are refused; what is in it
 * can still be received. Closing again changes nothing.
 * From: task, thread. Parks: never.
 */
HK_API void hk_chan_close(struct hk_chan *chan);

/*
 * How many items are in the channel at this moment: for displays; another may come or go.
 * From: task, thread. Parks: never. Returns: 0 ... its capacity.
 */
HK_API uint32_t hk_chan_count(const struct hk_chan *chan);

HK_END_DECLS

#endif
