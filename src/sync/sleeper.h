/* SPDX-License-Identifier: MIT */
/*
 * Who waits: a task, or a thread outside the runtime. One sleeper may stand in several queues at
 * once (hk_select()); who claims it first has ended its wait.
 */
#ifndef SYNC_SLEEPER_H
#define SYNC_SLEEPER_H

#include "core/park.h"
#include "core/runtime.h"
#include "core/wake.h"

struct sleeper {
	struct hk_task *task; /* NULL: a thread */
	uint32_t word;	      /* (a) of a thread: futex, see sleeper.c */
};

/* The calling task, inside the runtime; or the calling thread (carrier NULL). */
static inline struct sleeper sleeper_of(const struct carrier *carrier)
{
	return (struct sleeper){ carrier ? carrier->current : NULL, 0 };
}

/*
 * Announces the wait: from now on the sleeper may be claimed, so it may be put into queues. Returns
 * 0, or, and then nothing is announced, -ETIMEDOUT (the deadline has passed) or -ECANCELED.
 */
int hki_sleeper_begin(struct carrier *carrier, struct sleeper *sleeper, const struct wait *wait);

/* Takes the announcement back. False: somebody has ended the wait; then hki_sleeper_wait() returns
   at once. */
bool hki_sleeper_withdraw(struct carrier *carrier, struct sleeper *sleeper);

/* Waits. Returns 0 when it was claimed, else -ETIMEDOUT or -ECANCELED. *carrier is updated. */
int hki_sleeper_wait(struct carrier **carrier, struct sleeper *sleeper, hk_time deadline);

/*
 * Ends the wait, if nobody else has. Returns whether this call did. As for hki_wake_claim(): under
 * the lock of the queue that it stands in; hki_wake_flush() follows, except for a thread.
 */
bool hki_sleeper_claim(struct sleeper *sleeper, struct woken *woken);

#endif
