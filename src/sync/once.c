/* SPDX-License-Identifier: MIT */
/* Once. The lock of its queue protects its state; fn is called without it. */
#include <hocket/meet.h>

#include <errno.h>

#include "sync/owner.h"
#include "sync/waitq.h"

enum { ONCE_NONE = 0, ONCE_RUNS = 1, ONCE_DONE = 2 };

static void check(const char *call, const struct hk_once *once)
{
	if (!once)
		hki_panic("%s: the once is NULL", call);
}

static struct hk_task *holder(const void *object)
{
	const struct hk_once *once = object;
	return owner_task(ld_rlx(&once->owner));
}

bool hk_once_is_done(const struct hk_once *once)
{
	check("hk_once_is_done", once);
	/* order ON1 acquire: pairs with finish() */
	return ld_acq(&once->state) == ONCE_DONE;
}

/* Waits while another runs it. Whether the caller is to run it now. */
static bool begin(struct hk_once *once, const void *place)
{
	struct wait wait = { .cause = HK_CAUSE_ONCE,
		.object = once,
		.holder = holder,
		.deadline = HK_FOREVER,
		.deaf = true };
	struct carrier *carrier = hki_enter();
	if (carrier)
		st_rlx(&carrier->current->wait_place, place);
	hki_lock(&once->waiters.lock);
	while (ld_rlx(&once->state) == ONCE_RUNS)
		(void)hki_waitq_wait(&carrier, &once->waiters, &wait);
	bool mine = ld_rlx(&once->state) == ONCE_NONE;
	if (mine) {
		st_rlx(&once->state, ONCE_RUNS);
		st_rlx(&once->owner, owner_of(carrier));
	}
	hki_unlock(&once->waiters.lock);
	if (carrier)
		hki_leave(carrier);
	return mine;
}

static void finish(struct hk_once *once, bool done)
{
	struct woken woken = WOKEN_BY(hki_self_id());
	struct carrier *carrier = hki_enter();
	hki_lock(&once->waiters.lock);
	st_rlx(&once->owner, NULL);
	/* order ON1 release: what was done; pairs with hk_once_is_done() */
	st_rel(&once->state, done ? ONCE_DONE : ONCE_NONE);
	hki_waitq_claim_all(&once->waiters, &woken);
	hki_unlock(&once->waiters.lock);
	hki_wake_flush(&woken, NULL);
	if (carrier)
		hki_leave(carrier);
}

int hk_once_run(struct hk_once *once, int (*fn)(void *), void *arg)
{
	check("hk_once_run", once);
	if (!fn)
		hki_panic("hk_once_run: the function is NULL");
	if (hk_once_is_done(once))
		return 0;
	if (ld_rlx(&once->owner) == owner_of(hki_carrier_self()))
		hki_panic("hk_once_run: it runs the once %p already", (void *)once);
	if (!begin(once, __builtin_return_address(0)))
		return 0;
	int result = fn(arg);
	finish(once, result >= 0);
	return result < 0 ? result : 0;
}
