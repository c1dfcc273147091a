/* SPDX-License-Identifier: MIT */
/*
 * Who holds something: a task, or a thread outside, which is known by a mark of its own with bit 0
 * set. Written by the owner alone, after it got the thing and before it gives it up: whoever else
 * reads it sees the owner or NULL.
 */
#ifndef SYNC_OWNER_H
#define SYNC_OWNER_H

#include "core/runtime.h"

static inline void *owner_of(const struct carrier *carrier)
{
	if (carrier)
		return carrier->current;
	return (void *)((uintptr_t)hki_carrier_thread_mark() | 1);
}

/* NULL: nobody, or a thread. */
static inline struct hk_task *owner_task(void *owner)
{
	return (uintptr_t)owner & 1 ? NULL : owner;
}

/* The owner got a lock, or gave one up. */
static inline void owner_count(void *owner, uint32_t by)
{
	struct hk_task *task = owner_task(owner);
	if (task)
		st_rlx(&task->locks_held, task->locks_held + by);
}

/* "task 3 "cook"", for messages. */
#define OWNER_NAME_SIZE 96
const char *hki_owner_name(const void *owner, char buffer[OWNER_NAME_SIZE]);

#endif
