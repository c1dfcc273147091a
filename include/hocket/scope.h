/* SPDX-License-Identifier: MIT */
/*
 * Scopes: every task lives in one, and none outlives it.
 *
 *	int cook(void *order)
 *	{
 *		HK_SCOPE(s);
 *		hk_spawn(&s, fry, order);
 *		hk_spawn(&s, grill, order);
 *		return hk_join(&s);
 *	}
 *
 * The task that first uses a scope owns it: it alone joins it and ends it. The owner, and any
 * task inside the scope, may spawn into it. The first task that returns a negative value (or
 * the first spawn that fails) decides what hk_join() returns, and cancels the others.
 */
#ifndef HOCKET_SCOPE_H
#define HOCKET_SCOPE_H

#include <hocket/base.h>

HK_BEGIN_DECLS

struct hk_task;

/* A scope. All zero is valid. It must stay where it is until it has been joined or ended. */
struct hk_scope {
	/* private */
	struct hk_task *owner;
	struct hk_task *first;
	struct hk_scope *next;
	const char *where;
	uint32_t lock;
	uint32_t state;
	uint32_t live;
	int32_t error;
	uint64_t reserved[6];
};

/* clang-format off */
#define HK_SCOPE_INIT { NULL, NULL, NULL, HK_HERE, 0, 0, 0, 0, { 0, 0, 0, 0, 0, 0 } }
/* clang-format on */

/*
 * Declares the scope s for the enclosing block. Leaving the block, in whatever way the
 * language offers, does what hk_scope_end() does. (longjmp and pthread_exit leave no block.)
 */
#define HK_SCOPE(s) __attribute__((cleanup(hk_scope_end))) struct hk_scope s = HK_SCOPE_INIT

enum hk_task_flags {
	HK_STICKY = 1,	   /* stays on one kernel thread for life: for libraries that keep state in
			      thread-local variables, or in thread-owned locks, across calls that
			      park */
	HK_BACKGROUND = 2, /* runs when no other task is ready, but gets at least every 16th turn */
};

/* How one task differs from the others. Start from HK_TASK_OPTIONS_INIT; zero = default. */
struct hk_task_options {
	size_t size;	      /* sizeof(struct hk_task_options) */
	const char *name;     /* copied, up to 31 bytes; default: the function's name in the
				 source */
	size_t stack_size;    /* bytes, 16 KiB ... 64 MiB; default: the run's */
	int64_t slice_ns;     /* its slice; default: the run's; negative: never interrupted */
	uint64_t flags;	      /* of enum hk_task_flags */
	uint64_t reserved[3]; /* zero */
};

/* clang-format off */
#define HK_TASK_OPTIONS_INIT { sizeof(struct hk_task_options), NULL, 0, 0, 0, { 0, 0, 0 } }
/* clang-format on */

/*
 * Starts fn(arg) as a task in the scope. *arg must live until the task ends.
 *
 * From: the scope's owner or a task inside the scope; panics elsewhere, and when the scope has
 * ended. Parks: never with interleaving; without, the new task may run to its end first.
 * Returns: 0, or -ENOMEM when there is no memory for its stack. A failed spawn also becomes
 * the scope's error, so a program may leave the check to hk_join().
 */
HK_API int hk_spawn(struct hk_scope *scope, int (*fn)(void *), void *arg);

/*
 * As hk_spawn(), with a copy of the len bytes at arg, which the task gets instead of arg itself
 * (aligned to 16 bytes, writable, gone when the task ends).
 * Returns: also -E2BIG when len is more than a quarter of the task's stack.
 */
HK_API int hk_spawn_copy(struct hk_scope *scope, int (*fn)(void *), const void *arg, size_t len);

/*
 * As hk_spawn(), with options.
 * Returns: also -EINVAL when an option is out of range.
 */
HK_API int hk_spawn_with(struct hk_scope *scope, const struct hk_task_options *options,
	int (*fn)(void *), void *arg);

/*
 * As hk_spawn_with() (len 0) or hk_spawn_copy(), with the default name and place; used by the
 * macros below.
 */
HK_API int hk_spawn_at(struct hk_scope *scope, const struct hk_task_options *options,
	int (*fn)(void *), const void *arg, size_t len, const char *name, const char *where);

#define hk_spawn(scope, fn, arg) hk_spawn_at((scope), NULL, (fn), (arg), 0, #fn, HK_HERE)
#define hk_spawn_copy(scope, fn, arg, len)                                                         \
	hk_spawn_at((scope), NULL, (fn), (arg), (len), #fn, HK_HERE)
#define hk_spawn_with(scope, options, fn, arg)                                                     \
	hk_spawn_at((scope), (options), (fn), (arg), 0, #fn, HK_HERE)

/*
 * Waits until every task of the scope has ended. The scope may then be used again.
 *
 * From: the scope's owner; panics elsewhere, and when the scope has ended.
 * Parks: yes; a cancelled task still waits for its children (they are cancelled with it).
 * Returns: 0; or the first error: what a task returned (< 0) or why a spawn failed; or, without
 * such an error, -ECANCELED when the calling task or the scope was cancelled.
 */
HK_API int hk_join(struct hk_scope *scope);

/*
 * Cancels every task in the scope, those in the scopes they have open included: each
 * cancellation point where one of them waits, or comes to, returns -ECANCELED until the task
 * ends. What was already won (a permit, a lock, bytes) is still returned as success. Tasks that
 * have not started yet do start. Cancelling again changes nothing.
 *
 * From: the scope's owner or a task inside the scope; panics elsewhere. Parks: never.
 */
HK_API void hk_cancel(struct hk_scope *scope);

/*
 * Ends the scope: when tasks are left in it, cancels and joins them. Using the scope
 * afterwards panics. What the tasks returned is lost; call hk_join() to get it.
 * From: the scope's owner; panics elsewhere. Parks: yes, as hk_join().
 */
HK_API void hk_scope_end(struct hk_scope *scope);

HK_END_DECLS

#endif
