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
 *
 * A scope with one task is a future: spawn, do something else, join. (With HK_CASE_JOIN a select
 * can wait for it, and hk_task_options.result takes a result that is not an error.)
 */
#ifndef HOCKET_SCOPE_H
#define HOCKET_SCOPE_H

#include <hocket/base.h>
#include <hocket/lock.h>
#include <hocket/time.h>

HK_BEGIN_DECLS

struct hk_task;

/* A scope. All zero is valid. It must stay where it is until it has been joined or ended. */
struct hk_scope {
	/* private */
	struct hk_task *owner;
	struct hk_task *first;
	struct hk_scope *next;
	const char *where;
	uint32_t limit;
	uint32_t state;
	uint32_t live;
	int32_t error;
	void *spawners_first;
	void *spawners_last;
	uint64_t timer[4];
	uint32_t armed;
	uint32_t firing;
	uint64_t reserved[3];
};

/* clang-format off */
#define HK_SCOPE_INIT \
	{ NULL, NULL, NULL, HK_HERE, 0, 0, 0, 0, NULL, NULL, { 0, 0, 0, 0 }, 0, 0, { 0, 0, 0 } }
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
	int *result;	      /* where to put what the task returns; *result must last until the
				 scope has been joined; default: nowhere */
	uint64_t reserved[2]; /* zero */
};

/* clang-format off */
#define HK_TASK_OPTIONS_INIT { sizeof(struct hk_task_options), NULL, 0, 0, 0, NULL, { 0, 0 } }
/* clang-format on */

/*
 * Starts fn(arg) as a task in the scope. *arg must live until the task ends.
 *
 * From: the scope's owner or a task inside the scope; panics elsewhere, and when the scope has
 * ended.
 * Parks: in a scope with a limit (see hk_scope_limit()), a cancellation point; else never with
 * interleaving; without, the new task may run to its end first.
 * Returns: 0, or -ENOMEM when there is no memory for its stack. A failed spawn also becomes
 * the scope's error, so a program may leave the check to hk_join(). Or -ECANCELED, when the caller
 * was cancelled while it waited for room in the scope: that is no error of the scope.
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
 * Waits until every task of the scope has ended. The scope may then be used again: its deadline is
 * over, its limit stays, and so does that errors are collected.
 *
 * From: the scope's owner; panics elsewhere, and when the scope has ended.
 * Parks: yes; a cancelled task still waits for its children (they are cancelled with it).
 * Returns: 0; or the first error: what a task returned (< 0), why a spawn failed, or -ETIMEDOUT
 * when the deadline came while tasks were in the scope; or, without such an error, -ECANCELED when
 * the calling task or the scope was cancelled.
 */
HK_API int hk_join(struct hk_scope *scope);

/*
 * As hk_join(), but waits no longer than the deadline, which leaves the tasks alone. (To have them
 * cancelled at some time: hk_scope_deadline().)
 * Parks: yes, a cancellation point.
 * Returns: also -ETIMEDOUT, and -ECANCELED when the calling task was cancelled: then tasks may be
 * left, and the scope is still to be joined, or ended.
 */
HK_API HK_MUST_USE int hk_join_until(struct hk_scope *scope, hk_time deadline);

/*
 * From now on at most n tasks are in the scope at a time (0: any number): a spawn waits until there
 * is room. Spawners are let in first come first served.
 * From: the scope's owner; panics elsewhere, and when the scope has ended. Parks: never.
 */
HK_API void hk_scope_limit(struct hk_scope *scope, uint32_t n);

/*
 * From now on an error of one task does not cancel the others. hk_join() still returns the first;
 * what each task returned goes where its options say (hk_task_options.result).
 * From: the scope's owner; panics elsewhere, and when the scope has ended. Parks: never.
 */
HK_API void hk_scope_collect(struct hk_scope *scope);

/*
 * At that time the tasks in the scope, and those in the scopes below, are cancelled as by
 * hk_cancel(), and so is what is spawned later; hk_join() then returns -ETIMEDOUT. Another call
 * moves the deadline; HK_FOREVER takes it away, as long as it has not come.
 * From: the scope's owner; panics elsewhere, and when the scope has ended. Parks: never.
 */
HK_API void hk_scope_deadline(struct hk_scope *scope, hk_time deadline);

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

/*
 * HK_SHIELDED { ... } runs the block shielded from cancellation, for clean-up that has to wait: no
 * cancellation point in it returns -ECANCELED because the task is, or meanwhile was, cancelled; nor
 * in the tasks of scopes that are first spawned into (since a join) within the block. When the
 * block is left, in whatever way (break and continue end the block only), the task is cancelled as
 * before, and these scopes with it. Blocks may be nested. Bound what is done in it: by `_until`
 * calls, or by hk_scope_deadline() on a scope of its own.
 *
 * hk_shield_begin() and hk_shield_end() are its two ends; as many of the one as of the other.
 * From: task; panics elsewhere, and at an end too many. Parks: never.
 */
HK_API void hk_shield_begin(void);
HK_API void hk_shield_end(void);

#define HK_SHIELDED	  HK_SHIELDED_1_(__COUNTER__)
#define HK_SHIELDED_1_(n) HK_SHIELDED_2_(n)
#define HK_SHIELDED_2_(n)                                                                          \
	for (__attribute__((cleanup(hk_shielded_end))) struct hk_shielded hk_shielded_##n =        \
			hk_shielded_begin();                                                       \
		hk_shielded_##n.once; hk_shielded_##n.once = false)

struct hk_shielded {
	/* private */
	bool once;
};

static inline struct hk_shielded hk_shielded_begin(void)
{
	struct hk_shielded shielded = { true };
	hk_shield_begin();
	return shielded;
}

static inline void hk_shielded_end(struct hk_shielded *shielded)
{
	(void)shielded;
	hk_shield_end();
}

HK_END_DECLS

#endif
