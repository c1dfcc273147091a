/* SPDX-License-Identifier: MIT */
/* Latch. As with the event (event.c), who goes on has had the lock after the last arrival. */
#include <hocket/meet.h>

#include <errno.h>

#include "sync/waitq.h"

static void check(const char *call, const struct hk_latch *latch)
{
	if (!latch)
		hki_panic("%s: the latch is NULL", call);
}

void hk_latch_count_down(struct hk_latch *latch, uint32_t n)
{
	struct woken woken = WOKEN_BY(hki_self_id());
	check("hk_latch_count_down", latch);
	struct carrier *carrier = hki_enter();
	hki_lock(&latch->waiters.lock);
	uint32_t left = ld_rlx(&latch->count);
	if (n <= left) {
		/* order LA1 release: what was done before; pairs with hk_latch_trywait() */
		st_rel(&latch->count, left - n);
		if (n == left)
			hki_waitq_claim_all(&latch->waiters, &woken);
	}
	hki_unlock(&latch->waiters.lock);
	hki_wake_flush(&woken, NULL);
	if (carrier)
		hki_leave(carrier);
	if (n > left)
		hki_panic("hk_latch_count_down: %u arrivals at the latch %p, which waits for %u", n,
			(void *)latch, left);
}

bool hk_latch_trywait(const struct hk_latch *latch)
{
	check("hk_latch_trywait", latch);
	/* order LA1 acquire: pairs with hk_latch_count_down() */
	return ld_acq(&latch->count) == 0;
}

/* Inline, for the place of the call. */
__attribute__((always_inline)) static inline int wait_until(const char *call,
	struct hk_latch *latch, hk_time deadline)
{
	check(call, latch);
	struct wait wait = { .cause = HK_CAUSE_LATCH, .object = latch, .deadline = deadline };
	if (hki_self_cancelled())
		return -ECANCELED;
	int result = 0;
	struct carrier *carrier = hki_enter();
	if (carrier)
		hki_park_from(carrier->current);
	hki_lock(&latch->waiters.lock);
	if (ld_rlx(&latch->count))
		result = hki_waitq_wait(&carrier, &latch->waiters, &wait);
	hki_unlock(&latch->waiters.lock);
	if (carrier)
		hki_leave(carrier);
	return result;
}

int hk_latch_wait(struct hk_latch *latch)
{
	return wait_until("hk_latch_wait", latch, HK_FOREVER);
}

int hk_latch_wait_until(struct hk_latch *latch, hk_time deadline)
{
	return wait_until("hk_latch_wait_until", latch, deadline);
}
