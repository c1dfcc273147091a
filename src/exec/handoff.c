/* SPDX-License-Identifier: MIT */
/*
 * A worker goes from one carrier to another. The carrier that gives it up stands still with its
 * task, wherever in its code that is, and goes on when it is granted a worker: so a task can be
 * interrupted in the middle of malloc(), and never notices.
 *
 * To give a worker W up: under rt->lock find an heir and store own = 0; then make the task visible
 * to others; then grant W to the heir; then park. In this order: once the task is visible another
 * worker may be granted to this carrier, and own = 0 must not wipe that out.
 */
#include <hocket.h>

#include "arch/arch.h"
#include "core/event.h"
#include "core/park.h"
#include "core/exec.h"
#include "core/pool.h"
#include "core/runtime.h"
#include "core/share.h"
#include "exec/native.h"
#include "exec/ready.h"

enum { SPARE_IDLE_S = 5 };

/* Finds a carrier for a task that was popped. rt->lock is held. */
static struct carrier *find_carrier(struct runtime *rt, struct hk_task *task)
{
	bool sticky = task->flags & HK_STICKY;
	struct carrier *bound = ld_rlx(&task->carrier);
	if (bound) {
		if (sticky && !hki_pool_reserve(rt))
			return NULL;
		rt->frozen_count--;
		return bound;
	}
	struct carrier *spare = hki_pool_take(rt);
	if (spare && sticky && !hki_pool_reserve(rt)) {
		hki_pool_put(rt, spare);
		spare = NULL;
	}
	return spare;
}

bool hki_exec_find_heir(struct runtime *rt, struct worker *worker, const struct hk_task *rival,
	bool must, struct heir *heir)
{
	struct runq_room room = hki_pool_room(rt, 1);
	room.rival = rival && !(rival->flags & HK_BACKGROUND);
	struct hk_task *task =
		worker ? hki_ready_take(rt, worker, room, false) : hki_runq_pop(&rt->ready, room);
	*heir = (struct heir){ task ? find_carrier(rt, task) : NULL, task };
	if (heir->carrier) {
		hki_share_begin(task);
		return true;
	}
	if (task)
		hki_runq_unpop(&rt->ready, task);
	*heir = (struct heir){ must ? hki_pool_take(rt) : NULL, NULL };
	return heir->carrier != NULL;
}

void hki_exec_dismiss_heir(struct runtime *rt, const struct heir *heir)
{
	struct hk_task *task = heir->task;
	struct call call = { NULL, false };
	struct worker *other = NULL;
	hki_lock(&rt->lock);
	if (task && (task->flags & HK_STICKY))
		hki_pool_unreserve(rt);
	if (task && ld_rlx(&task->carrier))
		rt->frozen_count++;
	else
		hki_pool_put(rt, heir->carrier);
	if (task) {
		hki_runq_unpop(&rt->ready, task);
		call = hki_ready_announce(rt);
	}
	/* A spare or its reservation is free again, for whom there was none. */
	if (rt->ready.held_count > 0)
		other = hki_idle_take_free(rt);
	hki_unlock(&rt->lock);
	hki_ready_call(rt, call);
	hki_rouse(rt, other);
}

/* The task that a spare is to start; one that stood still goes on by itself. */
static struct hk_task *start_of(const struct heir *heir)
{
	return heir->task && !ld_rlx(&heir->task->carrier) ? heir->task : NULL;
}

void hki_exec_inherit(const struct heir *heir, struct worker *worker, int cpu)
{
	hki_carrier_grant(heir->carrier, worker, start_of(heir), cpu);
}

/*
 * As that, for the calling carrier: a sticky task that gives its worker up needs the spare that is
 * reserved for it no more. rt->lock is held.
 */
static bool find_heir(struct runtime *rt, const struct carrier *self, bool must, struct heir *heir)
{
	if (self->sticky)
		hki_pool_unreserve(rt);
	bool found =
		hki_exec_find_heir(rt, hki_worker(self), must ? NULL : self->current, must, heir);
	if (!found && self->sticky)
		hki_pool_reserve(rt);
	return found;
}

static void start_turn(struct worker *worker, hk_time start)
{
	worker_turn(worker);
	st_rlx(&worker->turn_start, start);
	st_rlx(&worker->turn_known, worker->count.switches);
}

/* The carrier was granted a worker: its task goes on. */
static void resume(struct carrier *self, enum hk_cause cause)
{
	struct hk_task *task = self->current;
	struct worker *worker = hki_worker(self);
	start_turn(worker, hki_os_now() - task->used_ns);
	st_rlx(&task->worker, worker);
	if (!self->sticky) {
		st_rlx(&task->carrier, NULL);
		task_flag(task, TASK_BOUND, false);
	}
	if (cause != HK_CAUSE_NONE)
		hki_event(self->rt, worker, HK_TRACE_RESUME, task->id, cause, 0);
}

static void note_park(struct carrier *self, enum hk_cause cause)
{
	struct worker *worker = hki_worker(self);
	worker->count.parks[cause]++;
	hki_event(self->rt, worker, HK_TRACE_PARK, self->current->id, cause, 0);
}

/* The worker is the carrier's no more: its task is bound to it. rt->lock is held. */
static void freeze(struct carrier *self)
{
	st_rlx(&self->own, 0);
	st_rlx(&self->current->carrier, self);
	task_flag(self->current, TASK_BOUND, true);
	self->rt->frozen_count++;
}

void hki_handoff_wait(struct carrier *self)
{
	struct runtime *rt = self->rt;
	struct worker *worker = hki_worker(self);
	struct heir heir;
	hki_lock(&rt->lock);
	/* Its own reservation is the spare. */
	hki_assert(find_heir(rt, self, true, &heir));
	freeze(self);
	hki_unlock(&rt->lock);
	hki_native_settle(self, self->current);
	hki_carrier_succeed(heir.carrier, worker, start_of(&heir));
	hki_carrier_park(self, -1);
	resume(self, HK_CAUSE_NONE);
}

bool hki_handoff_yield(struct carrier *self, enum hk_cause cause)
{
	struct runtime *rt = self->rt;
	struct worker *worker = hki_worker(self);
	struct hk_task *task = self->current;
	struct heir heir;
	hki_lock(&rt->lock);
	/* It goes to the end of the line, behind those that became ready before. */
	if (!task->used_ns)
		hki_ready_line_up(rt, worker);
	if (!find_heir(rt, self, false, &heir)) {
		hki_unlock(&rt->lock);
		return false;
	}
	note_park(self, cause);
	hki_share_end(task, 0);
	freeze(self);
	/* One that was interrupted for another goes on after it, with the rest of its slice. */
	if (task->used_ns) {
		hki_runq_unpop(&rt->ready, task);
		st_rlx(&worker->line_due, true);
	} else {
		hki_runq_push(&rt->ready, task);
	}
	hki_unlock(&rt->lock);
	hki_carrier_succeed(heir.carrier, worker, start_of(&heir));
	hki_carrier_park(self, -1);
	resume(self, cause);
	return true;
}

bool hki_handoff_spare(struct carrier *self, struct hk_task *give)
{
	struct runtime *rt = self->rt;
	struct worker *worker = hki_worker(self);
	struct call call = { NULL, false };
	hki_carrier_settle(self);
	hki_lock(&rt->lock);
	bool stopping = ld_rlx(&rt->stopping);
	if (!stopping)
		hki_pool_put(rt, self);
	if (give) {
		rt->frozen_count--;
		if (give->flags & HK_STICKY)
			hki_pool_reserve(rt);
	}
	if (rt->ready.count > 0) {
		call = hki_ready_announce(rt); /* tasks may have waited for a spare */
		call.lookout |= !call.rouse && rt->ready.held_urgent > 0;
	}
	hki_unlock(&rt->lock);
	hki_ready_call(rt, call);
	if (give)
		hki_carrier_succeed(give->carrier, worker, NULL);
	if (stopping)
		return false;
	if (!hki_carrier_park(self, SPARE_IDLE_S * HK_S)) {
		hki_lock(&rt->lock);
		bool surplus = rt->spares_count > rt->spares_reserved + rt->workers_count;
		bool ends = surplus && hki_pool_remove(rt, self);
		hki_unlock(&rt->lock);
		if (ends)
			return false;
		hki_carrier_park(self, -1);
	}
	return hki_worker(self) != NULL;
}

void hki_exec_lost(struct carrier *self)
{
	struct runtime *rt = self->rt;
	struct hk_task *task = self->current;
	hki_event(rt, NULL, HK_TRACE_WAKE, task->id, HK_OUTCOME_DONE, 0);
	hki_lock(&rt->lock);
	st_rlx(&rt->lost_count, rt->lost_count - 1);
	st_rlx(&task->computes, false);
	freeze(self);
	/* It may hold what others wait for. */
	hki_share_end(task, ld_rlx(&self->taken_at));
	hki_share_push(rt, task, hki_os_now());
	struct call call = hki_ready_announce(rt);
	hki_unlock(&rt->lock);
	hki_ready_call(rt, call);
	hki_carrier_park(self, -1);
	resume(self, ld_rlx(&task->lent) ? HK_CAUSE_BLOCKING : HK_CAUSE_BLOCKED);
	st_rlx(&task->lent, false);
}

/* No other task got the worker: for want of a carrier, or since only background tasks wait. */
static void go_on(struct carrier *self, struct worker *worker)
{
	struct runtime *rt = self->rt;
	hki_lock(&rt->lock);
	bool wanted = rt->ready.count > rt->ready.background_count || hki_exec_ready_locally(rt);
	hki_unlock(&rt->lock);
	if (!wanted) {
		start_turn(worker, hki_os_now());
		return;
	}
	worker->count.overruns[HK_OVERRUN_NO_CARRIER]++;
	hki_event(rt, worker, HK_TRACE_OVERRUN, self->current->id, HK_OVERRUN_NO_CARRIER, 0);
	/* The next call of the library lets them run by a plain switch. */
	st_rlx(&self->pending, 1);
}

/* Lets others run in the middle of the task's code, if there still are any. */
static void preempt(struct carrier *self)
{
	struct worker *worker = hki_worker(self);
	struct hk_task *task = self->current;
	uint64_t turn = worker->count.switches;
	hk_time start = ld_rlx(&worker->turn_known) == turn ? ld_rlx(&worker->turn_start) :
							      ld_rlx(&worker->watch.since);
	int64_t slice = ld_rlx(&task->slice_ns);
	hk_time used = hki_os_now() - start;
	bool over = worker_slice_over(used, slice);
	task->used_ns = over || used < 0 ? 0 : used;
	st_rlx(&task->computes, over || ld_rlx(&task->computes));
	if (!hki_handoff_yield(self, over ? HK_CAUSE_SLICE : HK_CAUSE_PREEMPT))
		go_on(self, worker);
	task->used_ns = 0;
}

void hki_exec_interrupt(void *context)
{
	struct carrier *self = hki_carrier_self();
	/* In the child of a fork() it is a copy, of a carrier that may have lost its worker. */
	if (!self || hki_os_thread_id() != ld_rlx(&self->thread_id))
		return;
	if (ld_rlx(&self->in)) {
		st_rlx(&self->pending, 1);
		/* A call of a handler of the program's that interrupted the runtime. */
		(void)hki_arch_restart(context);
		return;
	}
	if (hki_arch_restart(context))
		return;
	hki_stall_note(self, context);
	hki_enter();
	const struct worker *worker = hki_worker(self);
	if (ld_rlx(&worker->asked) == worker->count.switches)
		preempt(self);
	compiler_barrier();
	/* order IN1 release: as hki_leave(), which would look at pending; pairs with ask()
	 */
	st_rel(&self->in, 0);
}

int hk_blocking(int (*fn)(void *), void *arg)
{
	if (!fn)
		hki_panic("hk_blocking: the function is NULL");
	struct carrier *self = hki_carrier_self();
	if (!self || !self->rt->interleave)
		return fn(arg);
	struct runtime *rt = self->rt;
	struct hk_task *task = self->current;
	struct heir heir = { NULL, NULL };
	self = hki_enter();
	hki_park_from(task);
	struct worker *worker = hki_worker(self);
	note_park(self, HK_CAUSE_BLOCKING);
	hki_lock(&rt->lock);
	/* When nobody waits yet, the lookout takes the worker once somebody does. */
	bool others = rt->ready.count > 0 || hki_exec_ready_locally(rt);
	if (others && find_heir(rt, self, false, &heir)) {
		st_rlx(&rt->lost_count, rt->lost_count + 1);
		st_rlx(&self->taken_at, hki_os_now());
		st_rlx(&self->own, (uintptr_t)OWN_ASKED);
	}
	st_rlx(&task->lent, true);
	hki_unlock(&rt->lock);
	if (heir.carrier) {
		hki_exec_inherit(&heir, worker, -1);
		st_rlx(&self->pending, 0); /* its turn has ended */
	}
	hki_leave(self);
	int result = fn(arg);
	self = hki_enter();
	/* Not if it had to come back for a worker: then it has resumed already. */
	if (ld_rlx(&task->lent)) {
		st_rlx(&task->lent, false);
		resume(self, HK_CAUSE_BLOCKING);
	}
	hki_leave(self);
	return result;
}
