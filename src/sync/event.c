/* SPDX-License-Identifier: MIT */
/*
 * Event. It is set under the lock, and who goes on has had the lock after that: so the setter has
 * finished with the event by then, and its memory may be freed.
 */
#include <hocket/meet.h>

#include <errno.h>

#include "sync/waitq.h"

static void check(const char *call, const struct hk_event *event)
{
	if (!event)
		hki_panic("%s: the event is NULL", call);
}

void hk_event_set(struct hk_event *event)
{
	struct woken woken = WOKEN_BY(hki_self_id());
	check("hk_event_set", event);
	struct carrier *carrier = hki_enter();
	hki_lock(&event->waiters.lock);
	/* order EV1 release: what was done before; pairs with hk_event_is_set() */
	st_rel(&event->set, 1);
	hki_waitq_claim_all(&event->waiters, &woken);
	hki_unlock(&event->waiters.lock);
	hki_wake_flush(&woken, NULL);
	if (carrier)
		hki_leave(carrier);
}

void hk_event_reset(struct hk_event *event)
{
	check("hk_event_reset", event);
	struct carrier *carrier = hki_enter();
	hki_lock(&event->waiters.lock);
	st_rlx(&event->set, 0);
	hki_unlock(&event->waiters.lock);
	if (carrier)
		hki_leave(carrier);
}

bool hk_event_is_set(const struct hk_event *event)
{
	check("hk_event_is_set", event);
	/* order EV1 acquire: pairs with hk_event_set() */
	return ld_acq(&event->set);
}

/* Inline, for the place of the call. */
__attribute__((always_inline)) static inline int wait_until(const char *call,
	struct hk_event *event, hk_time deadline)
{
	check(call, event);
	struct wait wait = { .cause = HK_CAUSE_EVENT, .object = event, .deadline = deadline };
	if (hki_self_cancelled())
		return -ECANCELED;
	int result = 0;
	struct carrier *carrier = hki_enter();
	if (carrier)
		hki_park_from(carrier->current);
	hki_lock(&event->waiters.lock);
	if (!ld_rlx(&event->set))
		result = hki_waitq_wait(&carrier, &event->waiters, &wait);
	hki_unlock(&event->waiters.lock);
	if (carrier)
		hki_leave(carrier);
	return result;
}

int hk_event_wait(struct hk_event *event)
{
	return wait_until("hk_event_wait", event, HK_FOREVER);
}

int hk_event_wait_until(struct hk_event *event, hk_time deadline)
{
	return wait_until("hk_event_wait_until", event, deadline);
}
