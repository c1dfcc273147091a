/* SPDX-License-Identifier: MIT */
/* The parts of a channel's operations that a select makes use of. The channel's lock is held. */
#ifndef SYNC_CHAN_H
#define SYNC_CHAN_H

#include <hocket/chan.h>

#include "sync/waitq.h"

/* Panic, in the name of the call. */
void hki_chan_check(const char *call, const struct hk_chan *chan);
void hki_chan_check_item(const char *call, const struct hk_chan *chan, const void *item);

/* Do it if it can be done at once. Return 0, -EPIPE or -EAGAIN. */
int hki_chan_try_send(struct hk_chan *chan, const void *item, struct woken *woken);
int hki_chan_try_recv(struct hk_chan *chan, void *item, struct woken *woken);

/* Whether a waiter of another task (NULL: of a thread) than this is in the queue. */
bool hki_chan_has_other(const struct hk_waitq *queue, const struct sleeper *self);

#endif
