/* SPDX-License-Identifier: MIT */
#include "sync/lockword.h"

#include "arch/arch.h"

/* Some hundred ns: longer than most hold a lock, much shorter than a switch of CPUs. */
enum { SPINS = 40 };

/* Only who holds the lock on another CPU can give it up meanwhile. */
static bool spin(uint32_t *at, bool shared)
{
	const struct carrier *carrier = hki_carrier_self();
	if (carrier && carrier->rt->workers_count == 1)
		return false;
	for (int i = 0; i < SPINS && !(ld_rlx(at) & LOCKWORD_HANDOFF); i++) {
		if (lockword_try(at, shared))
			return true;
		hki_arch_pause();
	}
	return false;
}

/* The bits that say who is in the queue, whose lock is held; HANDOFF only while somebody is. */
static uint32_t queue_bits(const struct hk_waitq *queue)
{
	if (!queue->first)
		return 0;
	return LOCKWORD_WAITERS | (queue->exclusive ? LOCKWORD_WRITER_WAITS : 0u);
}

/* From when on a wait counts. With a seed nothing is to depend on time: there is no hand-over. */
static hk_time patience_from(const struct carrier *carrier)
{
	return carrier && carrier->rt->options.seed ? HK_FOREVER : hki_os_now();
}

static bool has_starved(const struct waiter *waiter)
{
	return waiter->since != HK_FOREVER && hki_os_now() - waiter->since >= LOCKWORD_PATIENCE_NS;
}

/* Somebody has left the queue, whose lock is held. */
static void tidy(uint32_t *at, const struct hk_waitq *queue)
{
	uint32_t bits = queue_bits(queue);
	uint32_t gone = (LOCKWORD_WAITERS | LOCKWORD_WRITER_WAITS) & ~bits;
	if (!bits)
		gone |= LOCKWORD_HANDOFF;
	if (ld_rlx(at) & gone)
		and_rlx(at, ~gone);
}

/*
 * Takes the lock, or marks that somebody waits. retries: the caller was woken to try, and has tried
 * now; it was the first in the queue, so those who wait to write came after it. The queue's lock is
 * held.
 */
static bool take_or_mark(uint32_t *at, bool shared, bool retries, bool starves)
{
	uint32_t marks = LOCKWORD_WAITERS | (shared ? 0u : LOCKWORD_WRITER_WAITS) |
		(starves ? LOCKWORD_HANDOFF : 0u);
	uint32_t rivals = ~(retries ? (uint32_t)LOCKWORD_WRITER_WAITS : 0u);
	uint32_t word = ld_rlx(at);
	for (;;) {
		bool take = lockword_is_free(word & rivals, shared);
		uint32_t next = take ? word + lockword_unit(shared) : word | marks;
		if (retries)
			next &= ~(uint32_t)LOCKWORD_WOKEN;
		/* order LW1 acquire: pairs with lockword_untake(), release() */
		if (cas_acq(at, &word, next))
			return take;
	}
}

/*
 * The first in the queue may be able to share the lock: nobody may be left who would wake it, for
 * who is before it has given up, and those who share the lock need not give it up for it. HANDOFF
 * was for one that has left, then. The queue's lock is held.
 */
static void wake_reader(uint32_t *at, struct hk_waitq *queue, struct woken *woken)
{
	const struct waiter *first = queue->first;
	const uint32_t passed = LOCKWORD_WRITER_WAITS | LOCKWORD_HANDOFF;
	uint32_t word = ld_rlx(at);
	if (!first || !first->shared || (word & LOCKWORD_WOKEN) ||
		!lockword_is_free(word & ~passed, true))
		return;
	if (hki_waitq_claim_first(queue, woken)) {
		and_rlx(at, ~(uint32_t)LOCKWORD_HANDOFF);
		or_rlx(at, (uint32_t)LOCKWORD_WOKEN);
	}
}

int hki_lockword_lock_inside(struct carrier **carrier, uint32_t *at, struct hk_waitq *queue,
	bool shared, const struct wait *wait)
{
	struct waiter waiter = { .shared = shared };
	struct woken woken = WOKEN_BY(hki_self_id());
	bool retries = false;
	int result = 0;
	hki_lock(&queue->lock);
	while (!take_or_mark(at, shared, retries, retries && has_starved(&waiter))) {
		if (!retries)
			waiter.since = patience_from(*carrier);
		result = hki_waitq_wait_as(carrier, queue, &queue->lock, &waiter, retries, wait);
		if (result || waiter.granted)
			break;
		retries = true;
	}
	tidy(at, queue);
	if (result || shared)
		wake_reader(at, queue, &woken);
	hki_unlock(&queue->lock);
	hki_wake_flush(&woken, NULL);
	return result;
}

__attribute__((noinline, cold)) int hki_lockword_lock(uint32_t *at, struct hk_waitq *queue,
	bool shared, const struct wait *wait)
{
	if (lockword_try(at, shared) || spin(at, shared))
		return 0;
	struct carrier *carrier = hki_enter();
	int result = hki_lockword_lock_inside(&carrier, at, queue, shared, wait);
	if (carrier)
		hki_leave(carrier);
	return result;
}

/* Claims those at the head of the queue that can hold the lock together. Returns what they add. */
static uint32_t grant(struct hk_waitq *queue, struct woken *woken)
{
	uint32_t units = 0;
	const struct waiter *first;
	while ((first = queue->first) && (units == 0 || first->shared)) {
		struct waiter *waiter = hki_waitq_claim_head(queue, woken);
		if (!waiter)
			continue;
		waiter->granted = true;
		units += lockword_unit(waiter->shared);
		if (!waiter->shared)
			break;
	}
	return units;
}

/* The caller gives the lock up, others get `units` of it. The queue's lock is held. */
static void release(uint32_t *at, const struct hk_waitq *queue, bool shared, uint32_t units,
	uint32_t set)
{
	uint32_t word = ld_rlx(at), next;
	const struct waiter *first = queue->first;
	bool starves = units && first && has_starved(first);
	uint32_t keep = ~(uint32_t)(LOCKWORD_WAITERS | LOCKWORD_WRITER_WAITS | LOCKWORD_HANDOFF);
	if (!units && first)
		keep |= LOCKWORD_HANDOFF;
	set |= queue_bits(queue) | (starves ? LOCKWORD_HANDOFF : 0u);
	do {
		next = (((word - lockword_unit(shared)) & keep) + units) | set;
		/* order LW1 release: what it protects; pairs with lockword_try(), take_or_mark(),
		   try() */
	} while (!cas_rel(at, &word, next));
}

/*
 * Gives it up with a wake-up or a hand-over. False: there is nobody to be woken, any more. Who was
 * claimed cannot go on before the queue's lock is free: the memory is there until then.
 */
static bool release_to_waiter(uint32_t *at, struct hk_waitq *queue, bool shared)
{
	struct woken woken = WOKEN_BY(hki_self_id());
	hki_lock(&queue->lock);
	uint32_t word = ld_rlx(at);
	bool done = false;
	if (!lockword_leaves_easily(word, shared)) {
		bool hands = word & LOCKWORD_HANDOFF;
		uint32_t units = hands ? grant(queue, &woken) : 0;
		done = hands ? units > 0 : hki_waitq_claim_first(queue, &woken) != NULL;
		if (done)
			release(at, queue, shared, units, hands ? 0u : LOCKWORD_WOKEN);
		else
			tidy(at, queue);
	}
	hki_unlock(&queue->lock);
	hki_wake_flush(&woken, NULL);
	return done;
}

void hki_lockword_unlock_inside(uint32_t *at, struct hk_waitq *queue, bool shared)
{
	while (!lockword_untake(at, shared) && !release_to_waiter(at, queue, shared))
		;
}

__attribute__((noinline, cold)) void hki_lockword_unlock(uint32_t *at, struct hk_waitq *queue,
	bool shared)
{
	struct carrier *carrier = hki_enter();
	hki_lockword_unlock_inside(at, queue, shared);
	if (carrier)
		hki_leave(carrier);
}
