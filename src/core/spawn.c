/* SPDX-License-Identifier: MIT */
/*
 * Step 1 of 6: a task is born.
 * From: hk_spawn*(), hk_run(). To: runq.c
 * State: none -> ready
 * Who runs it: spawner
 */
#include "core/spawn.h"

#include <errno.h>
#include <string.h>

#include "core/event.h"
#include "core/exec.h"
#include "core/join.h"
#include "core/local.h"
#include "core/room.h"
#include "core/runtime.h"
#include "core/switch.h"
#include "core/wake.h"

#undef hk_spawn
#undef hk_spawn_copy
#undef hk_spawn_with

/* In words: a dump may be reading the name of the task that had this record before. */
static void set_name(struct hk_task *task, const char *name)
{
	uint64_t words[TASK_NAME_SIZE / sizeof(uint64_t)] = { 0 };
	memcpy(words, name, strnlen(name, TASK_NAME_SIZE - 1));
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		st_rlx(&task->name_words[i], words[i]);
}

/* Stores where a stale look may read. */
static void reset(struct hk_task *task, struct runtime *rt, const struct birth *birth)
{
	st_rlx(&task->word, 0);
	st_rlx(&task->started, false);
	st_rlx(&task->episode, 0);
	st_rlx(&task->id, add_rlx(&rt->last_id, 1) + 1);
	st_rlx(&task->worker, NULL);
	st_rlx(&task->scope, NULL);
	st_rlx(&task->parent, NULL);
	st_rlx(&task->callee, NULL);
	st_rlx(&task->locks_held, 0);
	st_rlx(&task->wait_cause, (uint32_t)HK_CAUSE_NONE);
	st_rlx(&task->wait_holder, NULL);
	st_rlx(&task->wait_deadline, HK_FOREVER);
	st_rlx(&task->wait_where, NULL);
	st_rlx(&task->wait_place, NULL);
	st_rlx(&task->where, birth->where);
	st_rlx(&task->rt, rt);
	st_rlx(&task->carrier, NULL);
	st_rlx(&task->slice_ns, birth->slice_ns);
	st_rlx(&task->lent, false);
	st_rlx(&task->computes, false);
	st_rlx(&task->flags, birth->flags);
	task->used_ns = task->run_since = task->credit_ns = task->credit_at = 0;
	task->wait_outside = false;
	task->selects = 0;
	task->shields = 0;
	task->expiries = 0;
	task->held_count = 0;
	task->result_to = birth->result_to;
	task->locals = NULL;
	task->next = NULL;
	task->fn = birth->fn;
	task->arg = (void *)(uintptr_t)birth->arg;
	task->sib_next = task->sib_prev = NULL;
	st_rlx(&task->scopes, NULL);
	task->walk = NULL;
	task->caller = NULL;
	memset(&task->timer, 0, sizeof task->timer);
	set_name(task, birth->name);
}

struct hk_task *hki_task_new(struct runtime *rt, const struct birth *birth)
{
	struct hk_task *task = hki_stack_get(&rt->stacks, birth->stack_class);
	if (!task)
		return NULL;
	reset(task, rt, birth);
	char *top = hki_stack_top(task);
	hki_switch_open(task);
	if (birth->copy) {
		top = (char *)((uintptr_t)(top - birth->copy) & ~(uintptr_t)15);
		memcpy(top, birth->arg, birth->copy);
		task->arg = top;
	}
	hki_switch_prepare(task, top);
	return task;
}

/* Puts the task into the scope; the family lock of the owner is held. */
static void adopt(struct hk_scope *scope, struct hk_task *task)
{
	struct hk_task *owner = ld_rlx(&scope->owner);
	uint32_t word = ld_rlx(&owner->word);
	if (!scope_is(scope, SCOPE_USED))
		scope_set(scope, SCOPE_USED | (word & TASK_SHIELD ? SCOPE_SHIELDED : 0u));
	if (scope_is(scope, SCOPE_TIMED_OUT))
		hki_scope_fail(scope, -ETIMEDOUT);
	uint32_t from_owner =
		TASK_CANCEL | (scope_is(scope, SCOPE_SHIELDED) ? 0u : TASK_CANCEL_LATER);
	bool cancelled = scope_is(scope, SCOPE_CANCELLED | SCOPE_TIMED_OUT) || (word & from_owner);
	st_rlx(&task->scope, scope);
	st_rlx(&task->parent, owner);
	st_rlx(&task->word, cancelled ? (uint32_t)TASK_CANCEL : 0);
	task->sib_next = scope->first;
	if (scope->first)
		scope->first->sib_prev = task;
	scope->first = task;
	if (scope->live++ == 0) {
		scope->next = owner->scopes;
		owner->scopes = scope;
	}
}

static void fail(struct hk_scope *scope, const struct hk_task *self, int error)
{
	struct woken woken = WOKEN_BY(self->id);
	struct hk_task *owner = ld_rlx(&scope->owner);
	hki_lock(&owner->family_lock);
	bool first = !scope_is(scope, SCOPE_FAILED);
	hki_scope_fail(scope, error);
	if (first && !scope_is(scope, SCOPE_COLLECT))
		hki_cancel_scope(scope, &woken);
	hki_unlock(&owner->family_lock);
	hki_wake_flush(&woken, NULL);
}

/* Panics unless the calling task may spawn into the scope. */
static struct hk_task *check_caller(struct hk_scope *scope, int (*fn)(void *))
{
	struct carrier *carrier = hki_carrier_self();
	hki_scope_check("hk_spawn", scope);
	if (!fn)
		hki_panic("hk_spawn: the function is NULL");
	if (!carrier)
		hki_panic("hk_spawn: called outside a task (scope of %s)", scope_where(scope));
	struct hk_task *self = carrier->current;
	if (scope_is(scope, SCOPE_ENDED))
		hki_panic("hk_spawn: the scope of %s has ended", scope_where(scope));
	const struct hk_task *owner = ld_rlx(&scope->owner);
	if (!owner)
		st_rlx(&scope->owner, self);
	else if (owner != self && !hki_scope_contains(scope, self))
		hki_panic("hk_spawn: it neither owns the scope of %s nor is it inside",
			scope_where(scope));
	return self;
}

/* 0, or why the options or the copied argument cannot be. */
static int resolve(struct birth *birth, const struct runtime *rt,
	const struct hk_task_options *options)
{
	const uint64_t known_flags = HK_STICKY | HK_BACKGROUND;
	birth->stack_class = rt->stack_class;
	birth->slice_ns = rt->options.slice_ns;
	if (options) {
		if (options->size != sizeof *options || options->flags & ~known_flags)
			return -EINVAL;
		if (options->slice_ns > 0 && options->slice_ns < SLICE_MIN_NS)
			return -EINVAL;
		if (options->slice_ns)
			birth->slice_ns = options->slice_ns;
		birth->flags = (uint32_t)options->flags;
		for (size_t i = 0; i < sizeof options->reserved / sizeof *options->reserved; i++) {
			if (options->reserved[i])
				return -EINVAL;
		}
		birth->result_to = options->result;
		if (options->name)
			birth->name = options->name;
		if (options->stack_size)
			birth->stack_class = hki_stack_class(options->stack_size);
	}
	if (birth->stack_class < 0)
		return -EINVAL;
	if (birth->copy > ((size_t)STACK_SIZE_MIN << birth->stack_class) / 4)
		return -E2BIG;
	return 0;
}

/* Inside the runtime: makes the task in the scope, lets it run. Returns 0 or a negative errno. */
static int launch(struct carrier **carrier, struct hk_scope *scope, const struct birth *birth)
{
	struct hk_task *self = (*carrier)->current;
	struct hk_task *task = hki_task_new(self->rt, birth);
	if (!task)
		return -ENOMEM;
	struct hk_task *owner = ld_rlx(&scope->owner);
	hki_lock(&owner->family_lock);
	int error = scope->limit ? hki_room_wait(carrier, scope) : 0;
	if (!error)
		adopt(scope, task);
	hki_unlock(&owner->family_lock);
	if (error) {
		hki_join_free(*carrier, task);
		return error;
	}
	task->locals = hki_local_share(self->locals);
	/* order LV1 release: the record; pairs with report_task() */
	st_rel(&task->live, 1);
	hki_event_spawn(self->rt, hki_worker(*carrier), task, self->id);
	*carrier = hki_exec_spawned(*carrier, task);
	return 0;
}

int hk_spawn_at(struct hk_scope *scope, const struct hk_task_options *options, int (*fn)(void *),
	const void *arg, size_t len, const char *name, const char *where)
{
	const void *place = __builtin_return_address(0);
	struct hk_task *self = check_caller(scope, fn);
	struct birth birth = { .fn = fn, .arg = arg, .copy = len, .name = name, .where = where };
	if (len > 0 && !arg)
		hki_panic("hk_spawn_copy: the argument is NULL but has %zu bytes", len);
	int error = resolve(&birth, self->rt, options);
	if (ld_rlx(&scope->limit))
		st_rlx(&self->wait_place, place);
	struct carrier *carrier = hki_enter();
	if (!error)
		error = launch(&carrier, scope, &birth);
	/* A spawner that was cancelled while it waited for room is no error of the scope. */
	if (error && error != -ECANCELED)
		fail(scope, self, error);
	hki_leave(carrier);
	return error;
}

int hki_spawn_alone(struct hk_scope *scope, int (*fn)(void *), void *arg, const char *name,
	const char *where)
{
	const struct hk_task *self = check_caller(scope, fn);
	struct birth birth = { .fn = fn, .arg = arg, .name = name, .where = where };
	int error = resolve(&birth, self->rt, NULL);
	struct carrier *carrier = hki_enter();
	if (!error)
		error = launch(&carrier, scope, &birth);
	hki_leave(carrier);
	return error;
}

int hk_spawn(struct hk_scope *scope, int (*fn)(void *), void *arg)
{
	return hk_spawn_at(scope, NULL, fn, arg, 0, "task", "an unknown place");
}

int hk_spawn_copy(struct hk_scope *scope, int (*fn)(void *), const void *arg, size_t len)
{
	return hk_spawn_at(scope, NULL, fn, arg, len, "task", "an unknown place");
}

int hk_spawn_with(struct hk_scope *scope, const struct hk_task_options *options, int (*fn)(void *),
	void *arg)
{
	return hk_spawn_at(scope, options, fn, arg, 0, "task", "an unknown place");
}
