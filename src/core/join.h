/* SPDX-License-Identifier: MIT */
/* Step 6 of 6: a task has ended; and what a scope checks. */
#ifndef CORE_JOIN_H
#define CORE_JOIN_H

#include <stdbool.h>

struct carrier;
struct hk_scope;
struct hk_task;
struct woken;

/* After the task has left its stack for good: tells its scope, frees the stack. */
void hki_join_finish(struct carrier *carrier, struct hk_task *task);
/*
 * The task is about to leave its stack, and nothing else is ready. True: it was the last that its
 * scope's owner waited for, and is out of the scope; hki_join_free() is left to do. *next: the
 * owner, to be run right now, if it has left its stack; it is in no queue.
 */
bool hki_join_last(struct hk_task *task, struct hk_task **next);
/* Frees the stack, which the task has left. */
void hki_join_free(struct carrier *carrier, struct hk_task *task);
/* Panics when the task, about to end, leaves tasks or locked mutexes behind. */
void hki_join_check_end(struct hk_task *task);

/* Panics, in the name of the call, when there is no scope: NULL, or memory with something else. */
void hki_scope_check(const char *call, const struct hk_scope *scope);

/* Whether the task is the scope's, or lives below it. */
bool hki_scope_contains(const struct hk_scope *scope, const struct hk_task *task);

/* What is joined first. The family lock of the owner is held. */
void hki_scope_fail(struct hk_scope *scope, int error);
/* The calling task; panics unless the scope is its, or nobody's yet: then it becomes its. */
struct hk_task *hki_scope_check_owner(const char *call, struct hk_scope *scope);
/* By its owner, inside the runtime: whether no task is left. */
bool hki_scope_is_empty(struct hk_scope *scope);
/* Has the owner, which is PARKING, claimed when no task is left. False: none is, already. */
bool hki_scope_watch(struct hk_scope *scope);
void hki_scope_forget(struct hk_scope *scope);

/* --- cancel.c --- */
/* Cancels all tasks below the scope. The family lock of its owner is held. */
void hki_cancel_scope(struct hk_scope *scope, struct woken *woken);

#endif
