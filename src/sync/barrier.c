/* SPDX-License-Identifier: MIT */
/*
 * Barrier. The round tells a wait that ended by its deadline, or was cancelled, whether the others
 * had all come before it could take its arrival back: then it has passed the barrier like them.
 */
#include <hocket/meet.h>

#include <errno.h>

#include "sync/waitq.h"

/* The lock is held. Whether the caller is the last. */
static bool arrive(struct hk_barrier *barrier, struct woken *woken)
{
	uint32_t parties = barrier->parties ? barrier->parties : 1;
	if (++barrier->arrived < parties)
		return false;
	barrier->arrived = 0;
	barrier->round++;
	hki_waitq_claim_all(&barrier->waiters, woken);
	return true;
}

/* Inline, for the place of the call. */
__attribute__((always_inline)) static inline int wait_until(const char *call,
	struct hk_barrier *barrier, hk_time deadline)
{
	if (!barrier)
		hki_panic("%s: the barrier is NULL", call);
	struct wait wait = { .cause = HK_CAUSE_BARRIER, .object = barrier, .deadline = deadline };
	struct woken woken = WOKEN_BY(hki_self_id());
	if (hki_self_cancelled())
		return -ECANCELED;
	struct carrier *carrier = hki_enter();
	if (carrier)
		hki_park_from(carrier->current);
	hki_lock(&barrier->waiters.lock);
	uint32_t round = barrier->round;
	int result = arrive(barrier, &woken);
	if (!result) {
		result = hki_waitq_wait(&carrier, &barrier->waiters, &wait);
		if (result && barrier->round == round)
			barrier->arrived--;
		else
			result = 0;
	}
	hki_unlock(&barrier->waiters.lock);
	hki_wake_flush(&woken, NULL);
	if (carrier)
		hki_leave(carrier);
	return result;
}

int hk_barrier_wait(struct hk_barrier *barrier)
{
	return wait_until("hk_barrier_wait", barrier, HK_FOREVER);
}

int hk_barrier_wait_until(struct hk_barrier *barrier, hk_time deadline)
{
	return wait_until("hk_barrier_wait_until", barrier, deadline);
}
