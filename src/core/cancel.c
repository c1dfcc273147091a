/* SPDX-License-Identifier: MIT */
/*
 * Cancellation: goes down the tree of scopes and tasks, depth first. The family lock of each task
 * on the way down stays held, parents before children, so that nothing on the path can end or grow
 * meanwhile; where the walk stands is kept in the tasks themselves, so that a tree of any depth
 * needs no stack. A task that is spawned later starts cancelled (core/spawn.c). Scopes that belong
 * to a shield are passed over (core/shield.c).
 */
#include "core/join.h"
#include "core/runtime.h"
#include "core/wake.h"

static void cancel_task(struct hk_task *task, struct woken *woken)
{
	uint32_t word = ld_rlx(&task->word), next;
	do {
		next = word | (word & TASK_SHIELD ? TASK_CANCEL_LATER : TASK_CANCEL);
		/* order CN1 acqrel: the mark before the look; pairs with hki_park_begin() */
	} while (!cas_acqrel(&task->word, &word, next));
	if (next & TASK_CANCEL)
		hki_wake_claim(woken, task, HK_OUTCOME_CANCEL);
}

/* This scope, or the next of the same owner that is not passed over. */
static struct hk_scope *open_from(struct hk_scope *scope)
{
	while (scope && scope_is(scope, SCOPE_SHIELDED))
		scope = scope->next;
	return scope;
}

/* The next task of the walk below `top` after `task`, whose own scopes have been walked. */
static struct hk_task *onwards(struct hk_scope *top, struct hk_task *task)
{
	for (;;) {
		if (task->sib_next)
			return task->sib_next;
		if (task->scope == top)
			return NULL;
		/* This scope is done: the next one of the same owner, or up. */
		struct hk_task *owner = task->parent;
		owner->walk = open_from(task->scope->next);
		if (owner->walk)
			return owner->walk->first;
		hki_unlock(&owner->family_lock);
		task = owner;
	}
}

void hki_cancel_scope(struct hk_scope *scope, struct woken *woken)
{
	scope_set(scope, SCOPE_CANCELLED);
	struct hk_task *task = scope->first;
	while (task) {
		cancel_task(task, woken);
		hki_lock(&task->family_lock);
		task->walk = open_from(task->scopes);
		if (task->walk) {
			task = task->walk->first;
		} else {
			hki_unlock(&task->family_lock);
			task = onwards(scope, task);
		}
	}
}
