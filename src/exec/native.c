/* SPDX-License-Identifier: MIT */
/*
 * What runs next on real workers, as the knobs `workers` and `interleave` say.
 *
 * With interleaving, a ready task goes into the queue, a waiting one leaves its worker.
 * Without, a started task keeps its worker until it returns; while it waits, the worker idles. A
 * new task goes to a free worker; when none is free the spawner's worker runs it first, as if it
 * were called: the child's stack goes on top of the spawner's (caller, callee). So a task that has
 * not started always has a worker on its way to it, and a join need not lend its own: taking such
 * tasks back put fork-join programs on one worker in one run of three.
 */
#include "core/event.h"
#include "core/exec.h"
#include "core/join.h"
#include "core/pool.h"
#include "core/runtime.h"
#include "core/share.h"
#include "core/switch.h"
#include "exec/native.h"
#include "exec/ready.h"

void hki_native_begin(struct carrier *carrier, struct hk_task *task)
{
	if ((task->flags & HK_STICKY) && carrier->rt->interleave) {
		st_rlx(&task->carrier, carrier);
		task_flag(task, TASK_BOUND, true);
		st_rlx(&carrier->sticky, true);
	}
}

/* Where the carrier has to switch for the task: to the task, or, when it is bound to another
   carrier, to the own stack, which gives the worker away. */
static inline struct hk_task *aim(struct carrier *carrier, struct hk_task *task)
{
	if (!task || __builtin_expect(task->flags == 0, 1))
		return task;
	if (task->flags & TASK_BOUND) {
		carrier->give = task;
		return NULL;
	}
	hki_native_begin(carrier, task);
	return task;
}

struct worker *hki_exec_holder(const struct hk_task *task)
{
	return task->rt->interleave ? NULL : ld_rlx(&task->worker);
}

void hki_exec_tell(struct runtime *rt, struct worker *worker)
{
	hki_lock(&rt->lock);
	bool taken = hki_idle_take(rt, worker);
	hki_unlock(&rt->lock);
	if (taken)
		hki_rouse(rt, worker);
}

/* Runs the child on top of the calling task, to its end. */
static struct carrier *call(struct carrier *carrier, struct hk_task *child)
{
	struct hk_task *self = carrier->current;
	struct worker *worker = hki_worker(carrier);
	child->caller = self;
	st_rlx(&self->callee, child);
	add_rlx(&carrier->rt->called_count, 1);
	worker->count.parks[HK_CAUSE_CALL]++;
	hki_event(carrier->rt, worker, HK_TRACE_PARK, self->id, HK_CAUSE_CALL, 0);
	carrier = hki_switch(carrier, child, NULL);
	hki_event(carrier->rt, hki_worker(carrier), HK_TRACE_RESUME, self->id, HK_CAUSE_CALL, 0);
	return carrier;
}

/* Gives the task to a free worker that has nothing to do yet; false: there is none. */
static bool hand_out(struct runtime *rt, struct hk_task *task)
{
	struct worker *worker = NULL;
	hki_lock(&rt->lock);
	bool one_is_free = rt->ready.count < rt->unoccupied;
	if (one_is_free) {
		hki_runq_push(&rt->ready, task);
		worker = hki_idle_take_free(rt);
	}
	hki_unlock(&rt->lock);
	hki_rouse(rt, worker);
	return one_is_free;
}

struct carrier *hki_exec_spawned(struct carrier *carrier, struct hk_task *task)
{
	if (carrier->rt->interleave) {
		hki_ready_push(carrier, task, false);
		return carrier;
	}
	return hand_out(carrier->rt, task) ? carrier : call(carrier, task);
}

void hki_native_settle(struct carrier *carrier, struct hk_task *task)
{
	uint32_t word = ld_rlx(&task->word);
	do {
		if ((word & TASK_PHASE) == TASK_WOKEN) {
			hki_ready_push(carrier, task, true);
			return;
		}
		/* order PK1 acqrel: the task has left its stack; pairs with hki_wake_claim() */
	} while (!cas_acqrel(&task->word, &word, (word & ~(uint32_t)TASK_PHASE) | TASK_PARKED));
}

/* Without interleaving: the task stays on its worker, which idles with it. */
static struct carrier *wait_holding(struct carrier *carrier)
{
	struct hk_task *self = carrier->current;
	struct runtime *rt = carrier->rt;
	hki_lock(&rt->lock);
	while (task_phase(self) == TASK_PARKING && !ld_rlx(&rt->stopping))
		hki_idle(rt, hki_worker(carrier), false);
	rt->quiet_since = 0;
	hki_unlock(&rt->lock);
	if (task_phase(self) == TASK_PARKING) {
		/* A deadlock was proven: this stack is abandoned. */
		hki_switch(carrier, NULL, NULL);
		__builtin_unreachable();
	}
	return carrier;
}

/* The worker goes on with another task: is somebody left to watch for time and descriptors? */
static void keep_watch(struct runtime *rt)
{
	if (ld_rlx(&rt->outside) == 0 || ld_rlx(&rt->poller))
		return;
	hki_lock(&rt->lock);
	bool call = hki_lookout_rouse(rt, false);
	hki_unlock(&rt->lock);
	if (call)
		hki_lookout_call(rt);
}

struct carrier *hki_exec_wait(struct carrier *carrier)
{
	if (!carrier->rt->interleave)
		return wait_holding(carrier);
	hki_share_end(carrier->current, 0);
	if (carrier->sticky) {
		keep_watch(carrier->rt);
		hki_handoff_wait(carrier);
		return carrier;
	}
	struct hk_task *next = hki_ready_pick(carrier, NULL);
	if (next)
		keep_watch(carrier->rt);
	return hki_switch(carrier, aim(carrier, next), hki_native_settle);
}

static struct carrier *yield(struct carrier *carrier, enum hk_cause cause)
{
	struct runtime *rt = carrier->rt;
	struct hk_task *self = carrier->current;
	if (!rt->interleave)
		return carrier;
	if (__builtin_expect(carrier->sticky, 0)) {
		hki_handoff_yield(carrier, cause);
		return carrier;
	}
	struct hk_task *next = hki_ready_pick(carrier, self);
	if (!next)
		return carrier;
	hki_share_end(self, 0);
	hki_worker(carrier)->count.parks[cause]++;
	hki_event(rt, hki_worker(carrier), HK_TRACE_PARK, self->id, cause, 0);
	/* It goes into the queue once it has left its stack. */
	carrier = hki_switch(carrier, aim(carrier, next), hki_ready_push_yielded);
	hki_event(rt, hki_worker(carrier), HK_TRACE_RESUME, self->id, cause, 0);
	return carrier;
}

struct carrier *hki_exec_yield(struct carrier *carrier)
{
	return yield(carrier, HK_CAUSE_YIELD);
}

struct carrier *hki_exec_slice(struct carrier *carrier)
{
	return yield(carrier, HK_CAUSE_SLICE);
}

/* The carrier is no longer for one task alone. */
static void unstick(struct carrier *carrier)
{
	hki_lock(&carrier->rt->lock);
	hki_pool_unreserve(carrier->rt);
	hki_unlock(&carrier->rt->lock);
	st_rlx(&carrier->sticky, false);
}

static void end_call(struct runtime *rt, struct hk_task *caller)
{
	st_rlx(&caller->callee, NULL);
	sub_rlx(&rt->called_count, 1);
}

void hki_exec_end(struct carrier *carrier)
{
	struct hk_task *next = carrier->current->caller;
	/* Now: once it has been left, its record may have another task, which nobody called. */
	if (next)
		end_call(carrier->rt, next);
	if (carrier->sticky)
		unstick(carrier);
	void (*after)(struct carrier *, struct hk_task *) = hki_join_finish;
	if (carrier->rt->interleave) {
		next = aim(carrier, hki_ready_pick(carrier, NULL));
		if (!next && !carrier->give && hki_join_last(carrier->current, &next))
			after = hki_join_free;
	}
	hki_switch(carrier, next, after);
	__builtin_unreachable();
}

/* Looks for a task, idles until there is one. NULL: the run is over. */
static struct hk_task *look(struct carrier *carrier)
{
	struct runtime *rt = carrier->rt;
	struct worker *worker = hki_worker(carrier);
	struct hk_task *task = NULL;
	bool searched = false, looked = false;
	hki_lock(&rt->lock);
	if (worker->occupied) {
		worker->occupied = false;
		rt->unoccupied++;
	}
	while (!ld_rlx(&rt->stopping) && !(task = hki_ready_next(carrier, NULL, false))) {
		/* It lets the lock go: then what was pushed meanwhile comes first. */
		if (!looked) {
			enum search search = hki_search(rt);
			searched |= search != SEARCH_NONE;
			looked = search != SEARCH_FOUND;
			continue;
		}
		/* The lookout, which would, may sleep while somebody idles. */
		if (rt->wanted > 0)
			hki_pool_call(rt);
		hki_idle(rt, worker, true);
		searched = looked = false;
	}
	bool call = false;
	if (task) {
		worker->occupied = true;
		rt->unoccupied--;
		rt->quiet_since = 0;
		/* It may have been taken to watch, and found this. */
		bool watched = rt->poller || ld_rlx(&rt->outside) == 0;
		call = rt->interleave && !watched && hki_lookout_rouse(rt, false);
	}
	bool others = task && searched && ld_rlx(&rt->free_count) > 0;
	hki_unlock(&rt->lock);
	if (call)
		hki_lookout_call(rt);
	if (others)
		hki_ready_share(rt);
	return task;
}

struct hk_task *hki_exec_next(struct carrier *carrier)
{
	for (;;) {
		struct hk_task *task = carrier->give;
		carrier->give = NULL;
		if (task || !hki_worker(carrier)) {
			if (!hki_handoff_spare(carrier, task))
				return NULL;
			task = carrier->start;
			carrier->start = NULL;
		}
		if (!task)
			task = look(carrier);
		if (!task)
			return NULL;
		task = aim(carrier, task);
		if (task)
			return task;
	}
}
