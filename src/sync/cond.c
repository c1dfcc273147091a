/* SPDX-License-Identifier: MIT */
/*
 * Condition variable. A waiter stands in the queue before the mutex is given up, so that no signal
 * that comes after can miss it. Who was signalled takes the mutex like any other.
 */
#include <errno.h>

#include "sync/mutex.h"
#include "sync/waitq.h"

/* Waits in the queue without the mutex. *carrier is updated. */
static int wait_without(struct carrier **carrier, struct hk_cond *cond, struct hk_mutex *mutex,
	const struct wait *wait)
{
	struct sleeper sleeper = sleeper_of(*carrier);
	struct waiter waiter = { .sleeper = &sleeper };
	hki_lock(&cond->waiters.lock);
	int result = hki_sleeper_begin(*carrier, &sleeper, wait);
	if (result == 0)
		hki_waitq_push(&cond->waiters, &waiter);
	hki_unlock(&cond->waiters.lock);
	if (result)
		return result;
	hki_mutex_give_up(mutex);
	result = hki_sleeper_wait(carrier, &sleeper, wait->deadline);
	hki_lock(&cond->waiters.lock);
	if (waiter.queued)
		hki_waitq_remove(&cond->waiters, &waiter);
	hki_unlock(&cond->waiters.lock);
	hki_mutex_take_again(carrier, mutex);
	return result;
}

/* Inline, for the place of the call. */
__attribute__((always_inline)) static inline int wait_until(const char *call, struct hk_cond *cond,
	struct hk_mutex *mutex, hk_time deadline)
{
	if (!cond)
		hki_panic("%s: the condition variable is NULL", call);
	hki_mutex_check_held_once(call, mutex);
	struct wait wait = { .cause = HK_CAUSE_COND, .object = cond, .deadline = deadline };
	if (hki_self_cancelled())
		return -ECANCELED;
	struct carrier *carrier = hki_enter();
	if (carrier)
		hki_park_from(carrier->current);
	int result = wait_without(&carrier, cond, mutex, &wait);
	if (carrier)
		hki_leave(carrier);
	return result;
}

int hk_cond_wait(struct hk_cond *cond, struct hk_mutex *mutex)
{
	return wait_until("hk_cond_wait", cond, mutex, HK_FOREVER);
}

int hk_cond_wait_until(struct hk_cond *cond, struct hk_mutex *mutex, hk_time deadline)
{
	return wait_until("hk_cond_wait_until", cond, mutex, deadline);
}

static void wake(const char *call, struct hk_cond *cond, bool all)
{
	if (!cond)
		hki_panic("%s: the condition variable is NULL", call);
	struct woken woken = WOKEN_BY(hki_self_id());
	struct carrier *carrier = hki_enter();
	hki_lock(&cond->waiters.lock);
	if (all)
		hki_waitq_claim_all(&cond->waiters, &woken);
	else
		hki_waitq_claim_first(&cond->waiters, &woken);
	hki_unlock(&cond->waiters.lock);
	hki_wake_flush(&woken, NULL);
	if (carrier)
		hki_leave(carrier);
}

void hk_cond_signal(struct hk_cond *cond)
{
	wake("hk_cond_signal", cond, false);
}

void hk_cond_broadcast(struct hk_cond *cond)
{
	wake("hk_cond_broadcast", cond, true);
}
