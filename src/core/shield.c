/* SPDX-License-Identifier: MIT */
/*
 * Shields: a shielded task notes a cancellation for later. Scopes that get their first task under
 * the shield of their owner are passed over when the owner is cancelled from above (core/cancel.c),
 * and cancelled when the shield is taken away. (Smith, Timeouts and cancellation for humans, 2018.)
 */
#include "core/join.h"
#include "core/runtime.h"
#include "core/wake.h"

static struct hk_task *caller(const char *call)
{
	const struct carrier *carrier = hki_carrier_self();
	if (!carrier)
		hki_panic("%s: called outside a task", call);
	return carrier->current;
}

void hk_shield_begin(void)
{
	struct hk_task *self = caller("hk_shield_begin");
	if (self->shields++ > 0)
		return;
	uint32_t word = ld_rlx(&self->word), next;
	do {
		next = word | TASK_SHIELD;
		if (word & TASK_CANCEL)
			next = (next & ~(uint32_t)TASK_CANCEL) | TASK_CANCEL_LATER;
	} while (!cas_rlx(&self->word, &word, next));
}

/* Takes the shield away. Returns whether the task is cancelled now. */
static bool unshield(struct hk_task *self)
{
	uint32_t word = ld_rlx(&self->word), next;
	do {
		next = word & ~(uint32_t)(TASK_SHIELD | TASK_CANCEL_LATER);
		if (word & TASK_CANCEL_LATER)
			next |= TASK_CANCEL;
	} while (!cas_rlx(&self->word, &word, next));
	return next & TASK_CANCEL;
}

void hk_shield_end(void)
{
	struct hk_task *self = caller("hk_shield_end");
	if (self->shields == 0)
		hki_panic("hk_shield_end: there is no hk_shield_begin() left for it");
	if (--self->shields > 0)
		return;
	struct woken woken = WOKEN_BY(self->id);
	struct carrier *carrier = hki_enter();
	hki_lock(&self->family_lock);
	bool cancelled = unshield(self);
	for (struct hk_scope *scope = self->scopes; scope; scope = scope->next) {
		if (!scope_is(scope, SCOPE_SHIELDED))
			continue;
		scope_clear(scope, SCOPE_SHIELDED);
		if (cancelled)
			hki_cancel_scope(scope, &woken);
	}
	hki_unlock(&self->family_lock);
	hki_wake_flush(&woken, NULL);
	hki_leave(carrier);
}
