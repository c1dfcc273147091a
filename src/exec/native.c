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

enum {
	POLL_EVERY = 61, /* picks between two looks for timers and descriptors, as in Go */
	ROUSE_MAX = 16,
};

struct call hki_native_announce(struct runtime *rt)
{
	struct worker *worker = hki_idle_take_free(rt);
	return (struct call){ worker, !worker && hki_lookout_rouse(rt, true) };
}

void hki_native_call(struct runtime *rt, struct call call)
{
	hki_rouse(rt, call.rouse);
	if (call.lookout)
		hki_lookout_call(rt);
}

/* The slow path of pop(). */
__attribute__((noinline)) static struct hk_task *pop_flagged(struct runtime *rt,
	const struct hk_task *rival)
{
	struct runq_room room = rt->interleave ? hki_pool_room(rt, 0) : RUNQ_ROOM_FOR_ALL;
	room.rival = rival && !(rival->flags & HK_BACKGROUND);
	struct hk_task *task = hki_runq_pop(&rt->ready, room);
	bool begins = task && !ld_rlx(&task->carrier) && !ld_rlx(&task->started);
	if (begins && (task->flags & HK_STICKY) && rt->interleave)
		hki_pool_reserve(rt);
	if (!task && rt->ready.count > 0)
		hki_pool_want(rt);
	hki_share_begin(task);
	return task;
}

/* Takes the next task for a carrier that leaves its own; rival: which would else go on. rt->lock is
   held. */
static inline struct hk_task *pop(struct runtime *rt, const struct hk_task *rival)
{
	if (__builtin_expect(hki_runq_is_plain(&rt->ready), 1))
		return hki_runq_pop_plain(&rt->ready);
	return pop_flagged(rt, rival);
}

static inline void poll_now_and_then(struct carrier *carrier)
{
	if (__builtin_expect(++hki_worker(carrier)->picks % POLL_EVERY == 0, 0))
		hki_poll_now(carrier->rt);
}

/* The next ready task for a busy worker; NULL: none. */
static struct hk_task *pick(struct carrier *carrier)
{
	struct runtime *rt = carrier->rt;
	poll_now_and_then(carrier);
	hki_lock(&rt->lock);
	struct hk_task *task = pop(rt, NULL);
	hki_unlock(&rt->lock);
	return task;
}

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

/* One task is ready; self: as for hki_exec_ready(). */
static void make_ready(struct runtime *rt, struct hk_task *task, const struct worker *self)
{
	struct call call = { NULL, false };
	hki_lock(&rt->lock);
	hki_runq_push(&rt->ready, task);
	if (!self && (rt->free_count > 0 || !rt->lookout.attentive))
		call = hki_native_announce(rt);
	hki_unlock(&rt->lock);
	if (call.rouse || call.lookout)
		hki_native_call(rt, call);
}

/* Pushes tasks, as many as can be announced at once. Returns those that are left. */
static struct hk_task *make_some_ready(struct runtime *rt, struct hk_task *first,
	const struct worker *self, bool outside)
{
	struct call calls[ROUSE_MAX];
	unsigned count = 0;
	hk_time now = outside ? hki_os_now() : 0;
	hki_lock(&rt->lock);
	while (first && count < ROUSE_MAX) {
		struct hk_task *next = first->next;
		if (outside)
			hki_share_push(rt, first, now);
		else
			hki_runq_push(&rt->ready, first);
		first = next;
		if (self)
			self = NULL; /* it takes one of them itself */
		else
			calls[count++] = hki_native_announce(rt);
	}
	hki_unlock(&rt->lock);
	for (unsigned i = 0; i < count; i++)
		hki_native_call(rt, calls[i]);
	return first;
}

void hki_exec_ready(struct runtime *rt, struct hk_task *first, struct worker *self, bool outside)
{
	if (!first->next && !outside) {
		make_ready(rt, first, self);
		return;
	}
	while (first) {
		first = make_some_ready(rt, first, self, outside);
		self = NULL;
	}
}

void hki_exec_first(struct runtime *rt, struct hk_task *task)
{
	hki_lock(&rt->lock);
	hki_runq_push(&rt->ready, task);
	sub_rlx(&rt->outside, 1);
	struct worker *worker = hki_idle_take_free(rt);
	hki_unlock(&rt->lock);
	hki_rouse(rt, worker);
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
	hki_event(carrier->rt, worker, HK_EVENT_PARK, self->id, HK_CAUSE_CALL, 0);
	carrier = hki_switch(carrier, child, NULL);
	hki_event(carrier->rt, hki_worker(carrier), HK_EVENT_RESUME, self->id, HK_CAUSE_CALL, 0);
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
		make_ready(carrier->rt, task, NULL);
		return carrier;
	}
	return hand_out(carrier->rt, task) ? carrier : call(carrier, task);
}

void hki_native_settle(struct carrier *carrier, struct hk_task *task)
{
	uint32_t word = ld_rlx(&task->word);
	do {
		if ((word & TASK_PHASE) == TASK_WOKEN) {
			make_ready(carrier->rt, task, NULL);
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
	struct hk_task *next = pick(carrier);
	if (next)
		keep_watch(carrier->rt);
	return hki_switch(carrier, aim(carrier, next), hki_native_settle);
}

/* After the switch: the task is in the queue, and has left its stack. */
static void let_go(struct carrier *carrier, struct hk_task *task)
{
	(void)task;
	hki_unlock(&carrier->rt->lock);
}

/*
 * The lock is held from before the next task is popped until this one has left its stack: it can be
 * in the queue by then. As many tasks are ready afterwards as were before, so nobody need be told.
 */
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
	poll_now_and_then(carrier);
	hki_lock(&rt->lock);
	struct hk_task *next = pop(rt, self);
	if (!next) {
		hki_unlock(&rt->lock);
		return carrier;
	}
	hki_share_end(self, 0);
	hki_worker(carrier)->count.parks[cause]++;
	hki_event(rt, hki_worker(carrier), HK_EVENT_PARK, self->id, cause, 0);
	hki_runq_push(&rt->ready, self);
	carrier = hki_switch(carrier, aim(carrier, next), let_go);
	hki_event(rt, hki_worker(carrier), HK_EVENT_RESUME, self->id, cause, 0);
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
	if (carrier->rt->interleave)
		next = aim(carrier, pick(carrier));
	hki_switch(carrier, next, hki_join_finish);
	__builtin_unreachable();
}

/* Looks for a task, idles until there is one. NULL: the run is over. */
static struct hk_task *look(struct carrier *carrier)
{
	struct runtime *rt = carrier->rt;
	struct worker *worker = hki_worker(carrier);
	struct hk_task *task = NULL;
	hki_lock(&rt->lock);
	if (worker->occupied) {
		worker->occupied = false;
		rt->unoccupied++;
	}
	while (!ld_rlx(&rt->stopping) && !(task = pop(rt, NULL))) {
		/* The lookout, which would, may sleep while somebody idles. */
		if (rt->wanted > 0)
			hki_pool_call(rt);
		hki_idle(rt, worker, true);
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
	hki_unlock(&rt->lock);
	if (call)
		hki_lookout_call(rt);
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
