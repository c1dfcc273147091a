/* SPDX-License-Identifier: MIT */
/*
 * Deadlines of scopes. Each is in a heap of the runtime, under the timer lock. Whoever finds it due
 * takes it out and marks the scope as firing, in one step under that lock; then, without it (a
 * family lock comes before the timer lock), cancels the scope; then takes the mark away, which is
 * its last touch. The owner does not let go of the scope before: it disarms, and waits for the
 * mark.
 */
#include "core/expiry.h"

#include <errno.h>

#include "core/join.h"
#include "core/runtime.h"
#include "core/timer.h"
#include "core/wake.h"

_Static_assert(sizeof(struct heap_node) == sizeof((struct hk_scope *)0)->timer,
	"a scope has no room for its heap node");

static struct heap_node *node_of(struct hk_scope *scope)
{
	return (struct heap_node *)(void *)scope->timer;
}

static struct hk_scope *scope_of(struct heap_node *node)
{
	return (struct hk_scope *)(void *)((char *)node - offsetof(struct hk_scope, timer));
}

/* Takes out one that is due, and marks it. */
static struct hk_scope *take_due(struct runtime *rt, hk_time now)
{
	struct hk_scope *scope = NULL;
	hki_lock(&rt->timer_lock);
	struct heap_node *node = rt->expiries.root;
	if (node && node->key <= now) {
		scope = scope_of(node);
		hki_heap_remove(&rt->expiries, node);
		hki_timer_publish(rt);
		st_rlx(&scope->firing, 1);
	}
	hki_unlock(&rt->timer_lock);
	return scope;
}

void hki_expiry_fire(struct runtime *rt, hk_time now, struct woken *list)
{
	struct hk_scope *scope;
	while ((scope = take_due(rt, now))) {
		struct hk_task *owner = ld_rlx(&scope->owner);
		hki_lock(&owner->family_lock);
		scope_set(scope, SCOPE_TIMED_OUT);
		if (scope->live > 0) {
			hki_scope_fail(scope, -ETIMEDOUT);
			hki_cancel_scope(scope, list);
		}
		hki_unlock(&owner->family_lock);
		/* order SX1 release: the last touch; pairs with hki_expiry_disarm() */
		st_rel(&scope->firing, 0);
		hki_os_futex_wake(&scope->firing, 1);
		sub_rlx(&rt->outside, 1);
	}
}

void hki_expiry_disarm(struct hk_scope *scope)
{
	if (!scope->armed)
		return;
	struct hk_task *owner = ld_rlx(&scope->owner);
	struct runtime *rt = owner->rt;
	owner->expiries--;
	scope->armed = 0;
	hki_lock(&rt->timer_lock);
	bool waits = heap_contains(&rt->expiries, node_of(scope));
	if (waits) {
		hki_heap_remove(&rt->expiries, node_of(scope));
		hki_timer_publish(rt);
	}
	hki_unlock(&rt->timer_lock);
	if (waits)
		sub_rlx(&rt->outside, 1);
	/* order SX1 acquire: pairs with hki_expiry_fire() */
	while (ld_acq(&scope->firing))
		hki_os_futex_wait(&scope->firing, 1, -1);
}

/* As for a task that begins to wait: somebody is to watch for the time. */
static void arm(struct hk_scope *scope, hk_time deadline)
{
	struct hk_task *owner = ld_rlx(&scope->owner);
	struct runtime *rt = owner->rt;
	owner->expiries++;
	scope->armed = 1;
	add_rlx(&rt->outside, 1);
	hki_lock(&rt->timer_lock);
	node_of(scope)->key = deadline;
	hki_heap_insert(&rt->expiries, node_of(scope));
	bool first = rt->expiries.root == node_of(scope);
	hki_timer_publish(rt);
	hki_unlock(&rt->timer_lock);
	hki_idle_watch(rt);
	if (first)
		hki_idle_retime(rt, deadline);
}

void hk_scope_deadline(struct hk_scope *scope, hk_time deadline)
{
	(void)hki_scope_check_owner("hk_scope_deadline", scope);
	struct carrier *carrier = hki_enter();
	hki_expiry_disarm(scope);
	if (deadline != HK_FOREVER && !scope_is(scope, SCOPE_TIMED_OUT))
		arm(scope, deadline);
	hki_leave(carrier);
}
