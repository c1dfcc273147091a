/* SPDX-License-Identifier: MIT */
/*
 * Step 6 of 6: a task has ended; its scope learns the result, its stack is free again.
 * From: worker.c. To: nothing (the stack's next user: spawn.c)
 * State: running -> gone
 * Who runs it: the carrier that ran it, on the next stack; the owner of the scope (hk_join)
 */
#include "core/join.h"

#include <errno.h>

#include "core/expiry.h"
#include "core/overflow.h"
#include "core/park.h"
#include "core/room.h"
#include "core/runtime.h"
#include "core/wake.h"

/* The family lock of the owner is held. */
static void unlink_task(struct hk_scope *scope, struct hk_task *task)
{
	if (task->sib_prev)
		task->sib_prev->sib_next = task->sib_next;
	else
		scope->first = task->sib_next;
	if (task->sib_next)
		task->sib_next->sib_prev = task->sib_prev;
	scope->live--;
}

static void forget_scope(struct hk_task *owner, struct hk_scope *scope)
{
	struct hk_scope **at = &owner->scopes;
	while (*at != scope)
		at = &(*at)->next;
	*at = scope->next;
}

void hki_scope_fail(struct hk_scope *scope, int error)
{
	if (scope_is(scope, SCOPE_FAILED))
		return;
	scope_set(scope, SCOPE_FAILED);
	scope->error = error;
}

/* The family lock of the owner is held. */
static void leave(struct hk_scope *scope, struct hk_task *task, struct woken *woken)
{
	struct hk_task *owner = task->parent;
	int result = task->result;
	unlink_task(scope, task);
	if (result < 0 && !scope_is(scope, SCOPE_FAILED)) {
		hki_scope_fail(scope, result);
		if (!scope_is(scope, SCOPE_COLLECT))
			hki_cancel_scope(scope, woken);
	}
	if (scope->spawners_first && scope->live < scope->limit)
		hki_room_free(scope, woken);
	if (scope->live == 0) {
		forget_scope(owner, scope);
		if (scope_is(scope, SCOPE_JOINING))
			hki_wake_claim(woken, owner, HK_OUTCOME_DONE);
	}
}

void hki_join_free(struct carrier *carrier, struct hk_task *task)
{
	hki_sanitize_close(&task->sanitize);
	hki_stack_put(&carrier->rt->stacks, task);
}

void hki_join_finish(struct carrier *carrier, struct hk_task *task)
{
	struct runtime *rt = carrier->rt;
	struct hk_scope *scope = task->scope;
	struct woken woken = WOKEN_BY(task->id);
	if (!scope) {
		rt->result = task->result;
		hki_sanitize_close(&task->sanitize);
		hki_stop(rt);
		return;
	}
	struct hk_task *owner = task->parent;
	hki_lock(&owner->family_lock);
	leave(scope, task, &woken);
	hki_unlock(&owner->family_lock);
	hki_join_free(carrier, task);
	hki_wake_flush(&woken, NULL);
}

bool hki_join_last(struct hk_task *task, struct hk_task **next)
{
	struct hk_scope *scope = task->scope;
	struct woken woken = WOKEN_BY(task->id);
	if (!scope)
		return false;
	struct hk_task *owner = task->parent;
	hki_lock(&owner->family_lock);
	bool last = scope->live == 1 && scope_is(scope, SCOPE_JOINING);
	if (last)
		leave(scope, task, &woken);
	hki_unlock(&owner->family_lock);
	if (woken.first && woken.first->flags == 0) {
		*next = woken.first;
		woken.first = woken.last = NULL;
	}
	hki_wake_flush(&woken, NULL);
	return last;
}

void hki_join_check_end(struct hk_task *task)
{
	overflow_check_bare(task);
	hki_lock(&task->family_lock);
	struct hk_scope *left = task->scopes;
	hki_unlock(&task->family_lock);
	if (left)
		hki_panic("it returned with %u tasks left in its scope of %s; join the scope first",
			left->live, scope_where(left));
	if (task->expiries)
		hki_panic(
			"it returned with the deadlines of %u of its scopes set; join or end each "
			"scope first",
			task->expiries);
	uint32_t locked = ld_rlx(&task->locks_held);
	if (locked)
		hki_panic("it returned with %u locks held; unlock them first", locked);
}

bool hki_scope_contains(const struct hk_scope *scope, const struct hk_task *task)
{
	for (; task; task = ld_rlx(&task->parent)) {
		if (ld_rlx(&task->scope) == scope)
			return true;
	}
	return false;
}

void hki_scope_check(const char *call, const struct hk_scope *scope)
{
	if (!scope)
		hki_panic("%s: the scope is NULL", call);
	/* Nothing else in such memory may be trusted, the place of its declaration included. */
	if (ld_rlx(&scope->state) & ~(uint32_t)SCOPE_STATES)
		hki_panic("%s: %p is no scope: it was not initialised (HK_SCOPE_INIT), or its "
			  "block has been left",
			call, (const void *)scope);
}

/* The calling task, which must be the scope's owner. */
static struct hk_task *owner_only(const char *call, struct hk_scope *scope)
{
	struct carrier *carrier = hki_carrier_self();
	hki_scope_check(call, scope);
	if (!carrier)
		hki_panic("%s: called outside a task (scope of %s)", call, scope_where(scope));
	struct hk_task *self = carrier->current;
	const struct hk_task *owner = ld_rlx(&scope->owner);
	if (owner && owner != self)
		hki_panic("%s: the scope of %s belongs to task %llu \"%s\"; only it may do this",
			call, scope_where(scope), (unsigned long long)owner->id, owner->name);
	if (!owner)
		st_rlx(&scope->owner, self);
	return self;
}

/*
 * Waits until no task is left; the family lock is held before and after. Returns 0; when it is not
 * deaf also -ETIMEDOUT or -ECANCELED. *carrier is updated.
 */
static int wait_for_all(struct carrier **carrier, struct hk_scope *scope, hk_time deadline,
	bool deaf)
{
	struct hk_task *self = ld_rlx(&scope->owner);
	struct wait wait = {
		.cause = HK_CAUSE_JOIN,
		.object = scope,
		.where = scope_where(scope),
		.deadline = deadline,
		.deaf = deaf,
	};
	while (scope->live > 0) {
		enum hk_outcome outcome;
		if (deadline != HK_FOREVER && deadline <= hki_os_now())
			return -ETIMEDOUT;
		if (!hki_park_begin(*carrier, &wait))
			return -ECANCELED;
		scope_set(scope, SCOPE_JOINING);
		hki_unlock(&self->family_lock);
		*carrier = hki_park(*carrier, &outcome);
		hki_lock(&self->family_lock);
		scope_clear(scope, SCOPE_JOINING);
		if (outcome == HK_OUTCOME_CANCEL && scope->live > 0)
			return -ECANCELED;
	}
	return 0;
}

struct hk_task *hki_scope_check_owner(const char *call, struct hk_scope *scope)
{
	struct hk_task *self = owner_only(call, scope);
	if (scope_is(scope, SCOPE_ENDED))
		hki_panic("%s: the scope of %s has ended", call, scope_where(scope));
	return self;
}

bool hki_scope_is_empty(struct hk_scope *scope)
{
	struct hk_task *self = ld_rlx(&scope->owner);
	hki_lock(&self->family_lock);
	bool empty = scope->live == 0;
	hki_unlock(&self->family_lock);
	return empty;
}

bool hki_scope_watch(struct hk_scope *scope)
{
	struct hk_task *self = ld_rlx(&scope->owner);
	hki_lock(&self->family_lock);
	bool some = scope->live > 0;
	if (some)
		scope_set(scope, SCOPE_JOINING);
	hki_unlock(&self->family_lock);
	return some;
}

void hki_scope_forget(struct hk_scope *scope)
{
	struct hk_task *self = ld_rlx(&scope->owner);
	hki_lock(&self->family_lock);
	scope_clear(scope, SCOPE_JOINING);
	hki_unlock(&self->family_lock);
}

/* No task is left. The family lock is held. What the join returns; the scope is as new. */
static int conclude(struct hk_scope *scope, const struct hk_task *self)
{
	int result = 0;
	if (scope_is(scope, SCOPE_FAILED))
		result = scope->error;
	else if (scope_is(scope, SCOPE_CANCELLED) || (ld_rlx(&self->word) & TASK_CANCEL))
		result = -ECANCELED;
	st_rlx(&scope->state, ld_rlx(&scope->state) & SCOPE_COLLECT);
	return result;
}

static int join_until(struct hk_scope *scope, struct hk_task *self, hk_time deadline, bool deaf)
{
	struct carrier *carrier = hki_enter();
	hki_lock(&self->family_lock);
	int result = wait_for_all(&carrier, scope, deadline, deaf);
	if (result == 0 && scope->armed) {
		hki_unlock(&self->family_lock);
		hki_expiry_disarm(scope);
		hki_lock(&self->family_lock);
	}
	if (result == 0)
		result = conclude(scope, self);
	hki_unlock(&self->family_lock);
	hki_leave(carrier);
	return result;
}

int hk_join(struct hk_scope *scope)
{
	struct hk_task *self = hki_scope_check_owner("hk_join", scope);
	hki_park_from(self);
	return join_until(scope, self, HK_FOREVER, true);
}

int hk_join_until(struct hk_scope *scope, hk_time deadline)
{
	struct hk_task *self = hki_scope_check_owner("hk_join_until", scope);
	if (hki_self_cancelled())
		return -ECANCELED;
	hki_park_from(self);
	return join_until(scope, self, deadline, false);
}

void hk_scope_collect(struct hk_scope *scope)
{
	struct hk_task *self = hki_scope_check_owner("hk_scope_collect", scope);
	struct carrier *carrier = hki_enter();
	hki_lock(&self->family_lock);
	scope_set(scope, SCOPE_COLLECT);
	hki_unlock(&self->family_lock);
	hki_leave(carrier);
}

void hk_cancel(struct hk_scope *scope)
{
	struct carrier *carrier = hki_carrier_self();
	hki_scope_check("hk_cancel", scope);
	if (!carrier)
		hki_panic("hk_cancel: called outside a task (scope of %s)", scope_where(scope));
	if (scope_is(scope, SCOPE_ENDED))
		hki_panic("hk_cancel: the scope of %s has ended", scope_where(scope));
	struct hk_task *owner = ld_rlx(&scope->owner);
	if (!owner) {
		owner = carrier->current;
		st_rlx(&scope->owner, owner);
	}
	if (owner != carrier->current && !hki_scope_contains(scope, carrier->current))
		hki_panic("hk_cancel: it neither owns the scope of %s nor is it inside",
			scope_where(scope));
	struct woken woken = WOKEN_BY(carrier->current->id);
	carrier = hki_enter();
	hki_lock(&owner->family_lock);
	hki_cancel_scope(scope, &woken);
	hki_unlock(&owner->family_lock);
	hki_wake_flush(&woken, NULL);
	hki_leave(carrier);
}

void hk_scope_end(struct hk_scope *scope)
{
	hki_scope_check("hk_scope_end", scope);
	if (scope_is(scope, SCOPE_ENDED))
		return;
	struct hk_task *self = owner_only("hk_scope_end", scope);
	struct woken woken = WOKEN_BY(self->id);
	struct carrier *carrier = hki_enter();
	hki_park_from(self);
	hki_lock(&self->family_lock);
	if (scope->live > 0) {
		hki_cancel_scope(scope, &woken);
		hki_unlock(&self->family_lock);
		hki_wake_flush(&woken, NULL);
		hki_lock(&self->family_lock);
		(void)wait_for_all(&carrier, scope, HK_FOREVER, true);
	}
	hki_unlock(&self->family_lock);
	hki_expiry_disarm(scope);
	scope_set(scope, SCOPE_ENDED);
	hki_leave(carrier);
}
