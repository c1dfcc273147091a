/* SPDX-License-Identifier: MIT */
/*
 * Spawners that wait for room in a scope with a limit: a list in the scope, under the family lock
 * of its owner. Each task that leaves wakes the first of them, which finds the room, or another
 * took it: then it waits on, at the head.
 */
#include "core/room.h"

#include <errno.h>

#include "core/join.h"
#include "core/park.h"
#include "core/runtime.h"
#include "core/wake.h"

/* On the stack of the spawner. */
struct spawner {
	struct spawner *next;
	struct hk_task *task;
	bool queued;
};

static void push(struct hk_scope *scope, struct spawner *spawner, bool first)
{
	struct spawner *last = scope->spawners_last;
	spawner->queued = true;
	spawner->next = first ? scope->spawners_first : NULL;
	if (first || !last)
		scope->spawners_first = spawner;
	else
		last->next = spawner;
	if (!spawner->next)
		scope->spawners_last = spawner;
}

static void drop(struct hk_scope *scope, struct spawner *spawner)
{
	struct spawner *before = NULL;
	for (struct spawner *at = scope->spawners_first; at != spawner; at = at->next)
		before = at;
	if (before)
		before->next = spawner->next;
	else
		scope->spawners_first = spawner->next;
	if (scope->spawners_last == spawner)
		scope->spawners_last = before;
	spawner->queued = false;
}

int hki_room_wait(struct carrier **carrier, struct hk_scope *scope)
{
	uint32_t *lock = &ld_rlx(&scope->owner)->family_lock;
	struct spawner spawner = { .task = (*carrier)->current };
	struct wait wait = {
		.cause = HK_CAUSE_SPAWN,
		.object = scope,
		.where = scope_where(scope),
		.deadline = HK_FOREVER,
	};
	for (bool again = false; scope->limit && scope->live >= scope->limit; again = true) {
		enum hk_outcome outcome;
		if (!hki_park_begin(*carrier, &wait))
			return -ECANCELED;
		push(scope, &spawner, again);
		hki_unlock(lock);
		*carrier = hki_park(*carrier, &outcome);
		hki_lock(lock);
		if (spawner.queued)
			drop(scope, &spawner);
		if (outcome == HK_OUTCOME_CANCEL)
			return -ECANCELED;
	}
	return 0;
}

void hki_room_free(struct hk_scope *scope, struct woken *woken)
{
	struct spawner *spawner;
	while ((spawner = scope->spawners_first)) {
		drop(scope, spawner);
		/* Lost: it was cancelled, and leaves by itself. */
		if (hki_wake_claim(woken, spawner->task, HK_OUTCOME_DONE))
			return;
	}
}

void hk_scope_limit(struct hk_scope *scope, uint32_t n)
{
	struct hk_task *owner = hki_scope_check_owner("hk_scope_limit", scope);
	struct woken woken = WOKEN_BY(owner->id);
	struct carrier *carrier = hki_enter();
	hki_lock(&owner->family_lock);
	scope->limit = n;
	uint32_t room = n == 0 ? UINT32_MAX : n > scope->live ? n - scope->live : 0;
	while (room-- > 0 && scope->spawners_first)
		hki_room_free(scope, &woken);
	hki_unlock(&owner->family_lock);
	hki_wake_flush(&woken, NULL);
	hki_leave(carrier);
}
