/* SPDX-License-Identifier: MIT */
/*
 * A lock that one may hold alone or many may share: a word and a queue. The mutex and the
 * readers-writer lock are made of it.
 *
 * Overtaking is allowed, for a while: a lock that is given up is free for whoever comes first, so
 * that it is of use while the one who waited is on its way. Who has waited for
 * LOCKWORD_PATIENCE_NS when it comes and finds the lock taken asks for HANDOFF: from then on nobody
 * overtakes, and whoever gives the lock up hands it to the first in the queue. (Vyukov, Go's
 * sync.Mutex, 2017.)
 *
 *   HELD          held alone
 *   WAITERS       somebody is in the queue
 *   WOKEN         one was taken out of the queue to try, and has not tried yet: nobody else need be
 *   HANDOFF       see above
 *   WRITER_WAITS  one of those in the queue wants it alone: new readers queue, so that the present
 *                 ones come to an end
 *   the rest      how many share it
 *
 * WAITERS, HANDOFF and WRITER_WAITS are written under the queue's lock. Invariant: if the lock is
 * free, or becomes free, and somebody is in the queue, then WOKEN is set or whoever frees it sees
 * WAITERS and wakes one (doc/internals/locks.md; model/lockword.pml).
 */
#ifndef SYNC_LOCKWORD_H
#define SYNC_LOCKWORD_H

#include "sync/waitq.h"

enum {
	LOCKWORD_HELD = 1,
	LOCKWORD_WAITERS = 2,
	LOCKWORD_WOKEN = 4,
	LOCKWORD_HANDOFF = 8,
	LOCKWORD_WRITER_WAITS = 16,
	LOCKWORD_READER = 32, /* one of those that share it */
};

enum { LOCKWORD_PATIENCE_NS = 1000000 };

static const uint32_t LOCKWORD_READERS = ~(uint32_t)(LOCKWORD_READER - 1);

static inline uint32_t lockword_unit(bool shared)
{
	return shared ? LOCKWORD_READER : LOCKWORD_HELD;
}

static inline bool lockword_is_free(uint32_t word, bool shared)
{
	const uint32_t rivals = LOCKWORD_HELD | LOCKWORD_HANDOFF;
	if (shared)
		return !(word & (rivals | LOCKWORD_WRITER_WAITS)) &&
			(word & LOCKWORD_READERS) != LOCKWORD_READERS;
	return !(word & (rivals | LOCKWORD_READERS));
}

/* Takes it if it is free. */
static inline bool lockword_try(uint32_t *at, bool shared)
{
	uint32_t word = ld_rlx(at);
	while (lockword_is_free(word, shared)) {
		/* order LW1 acquire: pairs with lockword_untake(), release() */
		if (cas_acq(at, &word, word + lockword_unit(shared)))
			return true;
	}
	return false;
}

/* Whether nobody need be woken by who gives it up now. */
static inline bool lockword_leaves_easily(uint32_t word, bool shared)
{
	if (!(word & LOCKWORD_WAITERS))
		return true;
	if (shared && (word & LOCKWORD_READERS) != LOCKWORD_READER)
		return true;
	return (word & LOCKWORD_WOKEN) && !(word & LOCKWORD_HANDOFF);
}

/* Gives it up if nobody need be woken: the last touch, whoever gets it may free its memory. */
static inline bool lockword_untake(uint32_t *at, bool shared)
{
	uint32_t word = ld_rlx(at);
	while (lockword_leaves_easily(word, shared)) {
		/* order LW1 release: what it protects; pairs with lockword_try(), take_or_mark(),
		   try() */
		if (cas_rel(at, &word, word - lockword_unit(shared)))
			return true;
	}
	return false;
}

/* Waits for it. Returns 0, -ETIMEDOUT or -ECANCELED. From a task's code, or a thread. */
int hki_lockword_lock(uint32_t *word, struct hk_waitq *queue, bool shared, const struct wait *wait);

/* Gives it up, when lockword_untake() failed. */
void hki_lockword_unlock(uint32_t *word, struct hk_waitq *queue, bool shared);

/* The two from inside the runtime; *carrier (NULL: a thread) is updated. */
int hki_lockword_lock_inside(struct carrier **carrier, uint32_t *word, struct hk_waitq *queue,
	bool shared, const struct wait *wait);
void hki_lockword_unlock_inside(uint32_t *word, struct hk_waitq *queue, bool shared);

#endif
