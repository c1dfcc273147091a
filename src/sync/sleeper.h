/* SPDX-License-Identifier: MIT */
/*
 * Who waits: a task, or a thread outside the runtime. One sleeper may stand in several queues at
 * once (hk_select()); who claims it first has ended its wait.
 */
#ifndef SYNC_SLEEPER_H
#define SYNC_SLEEPER_H

#include <errno.h>

#include "core/park.h"
#include "core/runtime.h"
#include "core/wake.h"

struct sleeper {
	struct hk_task *task; /* NULL: a thread */
	uint32_t word;	      /* (a) of a thread: futex, see sleeper.c */
};

/* The word of a thread. A futex call is made for its address, even if the thread has gone on. */
enum { SLEEPER_WAITS = 0, SLEEPER_CLAIMED = 1, SLEEPER_LEFT = 2 };

/* The calling task, inside the runtime; or the calling thread (carrier NULL). */
static inline struct sleeper sleeper_of(const struct carrier *carrier)
{
	return (struct sleeper){ carrier ? carrier->current : NULL, 0 };
}

/* Two of the below, of a thread. */
int hki_sleeper_wait_thread(struct sleeper *sleeper, hk_time deadline);
bool hki_sleeper_claim_thread(struct sleeper *sleeper);

/*
 * Announces the wait: from now on the sleeper may be claimed, so it may be put into queues. Returns
 * 0, or, and then nothing is announced, -ETIMEDOUT (the deadline has passed) or -ECANCELED.
 */
static inline int hki_sleeper_begin(struct carrier *carrier, struct sleeper *sleeper,
	const struct wait *wait)
{
	if (wait->deadline != HK_FOREVER && wait->deadline <= hki_os_now())
		return -ETIMEDOUT;
	if (carrier)
		return hki_park_begin(carrier, wait) ? 0 : -ECANCELED;
	st_rlx(&sleeper->word, SLEEPER_WAITS);
	return 0;
}

/* Takes the announcement back. False: somebody has ended the wait; then hki_sleeper_wait() returns
   at once. */
bool hki_sleeper_withdraw(struct carrier *carrier, struct sleeper *sleeper);

/* Waits. Returns 0 when it was claimed, else -ETIMEDOUT or -ECANCELED. *carrier is updated. */
static inline int hki_sleeper_wait(struct carrier **carrier, struct sleeper *sleeper,
	hk_time deadline)
{
	enum hk_outcome outcome;
	if (!*carrier)
		return hki_sleeper_wait_thread(sleeper, deadline);
	*carrier = hki_park(*carrier, &outcome);
	return outcome == HK_OUTCOME_DONE     ? 0 :
		outcome == HK_OUTCOME_TIMEOUT ? -ETIMEDOUT :
						-ECANCELED;
}

/*
 * Ends the wait, if nobody else has. Returns whether this call did. As for hki_wake_claim(): under
 * the lock of the queue that it stands in; hki_wake_flush() follows, except for a thread.
 */
static inline bool hki_sleeper_claim(struct sleeper *sleeper, struct woken *woken)
{
	struct hk_task *task = sleeper->task;
	if (!task)
		return hki_sleeper_claim_thread(sleeper);
	/* Tasks of several runtimes may wait for one object. */
	if (woken->rt && woken->rt != ld_rlx(&task->rt))
		hki_wake_flush(woken, NULL);
	return hki_wake_claim(woken, task, HK_OUTCOME_DONE);
}

#endif
