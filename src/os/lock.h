/* SPDX-License-Identifier: MIT */
/*
 * The lock of the runtime's own data: a word that is 0 when free, 1 when held, 2 when held and
 * somebody sleeps for it (Drepper, Futexes Are Tricky, 2011, mutex 3). Held only while a carrier
 * is inside the runtime, so its holder is never a preempted task; spins briefly, then sleeps.
 */
#ifndef OS_LOCK_H
#define OS_LOCK_H

#include <stdint.h>

#include "base/atomic.h"

void hki_lock_slow(uint32_t *word);
void hki_unlock_slow(uint32_t *word);

static inline void hki_lock(uint32_t *word)
{
	uint32_t free = 0;
	/* order LK acquire: pairs with hki_unlock() */
	if (__builtin_expect(!cas_acq(word, &free, 1), 0))
		hki_lock_slow(word);
}

/* The memory of the word may be gone as soon as another thread can get the lock. */
static inline void hki_unlock(uint32_t *word)
{
	/* order LK release: what the lock protects; pairs with hki_lock(), hki_lock_slow() */
	if (__builtin_expect(xchg_rel(word, 0) == 2, 0))
		hki_unlock_slow(word);
}

#endif
