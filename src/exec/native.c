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
#include "core/runtime.h"
#include "core/switch.h"

enum {
	POLL_EVERY = 61, /* picks between two looks for timers and descriptors, as in Go */
	ROUSE_MAX = 16,
};

/* The next ready task for a busy worker; NULL: none. */
static struct hk_task *pick(struct carrier *carrier)
{
	struct runtime *rt = carrier->rt;
	struct worker *worker = hki_worker(carrier);
	if (++worker->picks % POLL_EVERY == 0)
		hki_poll_now(rt);
	hki_lock(&rt->lock);
	struct hk_task *task = hki_runq_pop(&rt->ready);
	hki_unlock(&rt->lock);
	return task;
}

void hki_exec_ready(struct runtime *rt, struct hk_task *first, struct worker *self)
{
	while (first) {
		struct worker *rouse[ROUSE_MAX];
		unsigned count = 0;
		hki_lock(&rt->lock);
		while (first && count < ROUSE_MAX) {
			struct hk_task *next = first->next;
			hki_runq_push(&rt->ready, first);
			first = next;
			if (self)
				self = NULL; /* it takes one of them itself */
			else if ((rouse[count] = hki_idle_take_free(rt)))
				count++;
		}
		hki_unlock(&rt->lock);
		for (unsigned i = 0; i < count; i++)
			hki_rouse(rt, rouse[i]);
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
		task->next = NULL;
		hki_exec_ready(carrier->rt, task, NULL);
		return carrier;
	}
	return hand_out(carrier->rt, task) ? carrier : call(carrier, task);
}

/* After the switch: from now on wakers make the task ready; one that came earlier did not. */
static void settle(struct carrier *carrier, struct hk_task *task)
{
	uint32_t word = ld_rlx(&task->word);
	do {
		if ((word & TASK_PHASE) == TASK_WOKEN) {
			task->next = NULL;
			hki_exec_ready(carrier->rt, task, NULL);
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

struct carrier *hki_exec_wait(struct carrier *carrier)
{
	if (!carrier->rt->interleave)
		return wait_holding(carrier);
	return hki_switch(carrier, pick(carrier), settle);
}

static void requeue(struct carrier *carrier, struct hk_task *task)
{
	task->next = NULL;
	hki_exec_ready(carrier->rt, task, NULL);
}

struct carrier *hki_exec_yield(struct carrier *carrier)
{
	struct hk_task *self = carrier->current;
	struct worker *worker = hki_worker(carrier);
	struct hk_task *next = carrier->rt->interleave ? pick(carrier) : NULL;
	if (!next)
		return carrier;
	worker->count.parks[HK_CAUSE_YIELD]++;
	hki_event(carrier->rt, worker, HK_EVENT_PARK, self->id, HK_CAUSE_YIELD, 0);
	carrier = hki_switch(carrier, next, requeue);
	hki_event(carrier->rt, hki_worker(carrier), HK_EVENT_RESUME, self->id, HK_CAUSE_YIELD, 0);
	return carrier;
}

void hki_exec_end(struct carrier *carrier)
{
	struct hk_task *next = carrier->current->caller;
	/* Now: once it has been left, its record may have another task, which nobody called. */
	if (next)
		st_rlx(&next->callee, NULL);
	else if (carrier->rt->interleave)
		next = pick(carrier);
	hki_switch(carrier, next, hki_join_finish);
	__builtin_unreachable();
}

struct hk_task *hki_exec_next(struct carrier *carrier)
{
	struct runtime *rt = carrier->rt;
	struct worker *worker = hki_worker(carrier);
	struct hk_task *task = NULL;
	hki_lock(&rt->lock);
	if (worker->occupied) {
		worker->occupied = false;
		rt->unoccupied++;
	}
	while (!ld_rlx(&rt->stopping) && !(task = hki_runq_pop(&rt->ready)))
		hki_idle(rt, worker, true);
	if (task) {
		worker->occupied = true;
		rt->unoccupied--;
		rt->quiet_since = 0;
	}
	hki_unlock(&rt->lock);
	return task;
}
