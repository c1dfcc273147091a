/* SPDX-License-Identifier: MIT */
/*
 * Values of a task, by key: a trace number, a user, a buffer, without passing them along.
 *
 *	static struct hk_local user = HK_LOCAL_INIT(free);
 *
 *	hk_local_set(&user, strdup("ada"));
 *	hk_spawn(&s, serve, NULL);		// there, hk_local_get(&user) is "ada", too
 *
 * A task that is spawned has the values that its spawner has at that moment; what either sets later
 * the other does not see. A value is shared, not copied: it is destroyed once, when no task has it
 * any more, at the latest when the last of those that had it ends.
 */
#ifndef HOCKET_LOCAL_H
#define HOCKET_LOCAL_H

#include <hocket/base.h>

HK_BEGIN_DECLS

/* A key. It lives in the caller's memory, and must last longer than all tasks with a value of it.
   */
struct hk_local {
	/* private */
	void (*destroy)(void *);
	uint64_t reserved[2];
};

/* destroy(value) is called for values other than NULL, in the task that was the last to have it;
   it may call the library. NULL: nothing is called. */
/* clang-format off */
#define HK_LOCAL_INIT(destroy) { (destroy), { 0, 0 } }
/* clang-format on */

/*
 * Gives the calling task the value; the one it had before, if no other task has it, is destroyed.
 * From: task; panics elsewhere. Parks: never (but the destructor may).
 * Returns: 0, or -ENOMEM: then the old value is unchanged, and the new one still the caller's.
 */
HK_API HK_MUST_USE int hk_local_set(struct hk_local *key, void *value);

/*
 * The calling task's value.
 * From: task, thread. Parks: never. Returns: the value; NULL when it has none, and outside a task.
 */
HK_API void *hk_local_get(const struct hk_local *key);

HK_END_DECLS

#endif
