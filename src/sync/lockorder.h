/* SPDX-License-Identifier: MIT */
/*
 * Warns of locks that are locked in opposite orders: some day two tasks will do so at the same
 * time. For mutexes and readers-writer locks, in runs whose options.lock_order says so.
 */
#ifndef SYNC_LOCKORDER_H
#define SYNC_LOCKORDER_H

#include "core/runtime.h"

/* A lock of the user's. Its number is kept in its memory: new locks in old memory are others. */
struct lockorder {
	const char *what; /* "mutex" */
	const void *lock;
	uint32_t *number; /* (a) 0: none yet */
};

/* The task has it. waits: it would have waited for it, if need be. place: of the call. */
void hki_lockorder_took(struct hk_task *task, struct lockorder lock, bool waits, const void *place);
void hki_lockorder_gave(struct hk_task *task, const void *lock);

/* NULL: a thread outside, of which nothing is known. */
static inline bool lockorder_is_on(const struct hk_task *task)
{
	return __builtin_expect(ld_rlx(&hki_lock_orders) > 0, 0) && task &&
		task->rt->options.lock_order > 0;
}

#endif
