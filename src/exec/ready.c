/* SPDX-License-Identifier: MIT */
#include "exec/ready.h"

#include "core/exec.h"
#include "core/pool.h"
#include "core/runtime.h"
#include "core/share.h"

enum {
	READY_TICK = 61, /* picks between two looks for timers and descriptors, as in Go */
	ROUSE_MAX = 16,
};

struct call hki_ready_announce(struct runtime *rt)
{
	struct worker *worker = hki_idle_take_free(rt);
	return (struct call){ worker, !worker && hki_lookout_rouse(rt, true) };
}

void hki_ready_call(struct runtime *rt, struct call call)
{
	hki_rouse(rt, call.rouse);
	if (call.lookout)
		hki_lookout_call(rt);
}

__attribute__((noinline)) static void announce(struct runtime *rt)
{
	hki_lock(&rt->lock);
	struct call call = hki_ready_announce(rt);
	hki_unlock(&rt->lock);
	hki_ready_call(rt, call);
}

/* A task was pushed into a local queue: an idle worker, or the lookout, may have to be told. */
static inline void tell(struct runtime *rt)
{
	/* order RQ1 seq: the queue before who is idle; pairs with misses_task(), assess() */
	if (__builtin_expect(ld_rlx(&hki_carrier_fences), 0))
		fence_seq();
	compiler_barrier();
	bool sleeper = ld_rlx(&rt->free_count) > 0 && !ld_rlx(&rt->searching);
	if (__builtin_expect(sleeper || !ld_rlx(&rt->lookout.attentive), 0))
		announce(rt);
}

void hki_ready_share(struct runtime *rt)
{
	/* order RQ1 seq: not searching before the queues, in all threads; pairs with tell() */
	fence_seq();
	hki_carrier_barrier();
	if (hki_exec_ready_locally(rt))
		announce(rt);
}

__attribute__((noinline)) static void push_common(struct runtime *rt, struct hk_task *task)
{
	hki_lock(&rt->lock);
	hki_runq_push(&rt->ready, task);
	struct call call = hki_ready_announce(rt);
	hki_unlock(&rt->lock);
	hki_ready_call(rt, call);
}

/* The local queue is full: half of it and the task go into the common one. */
__attribute__((noinline)) static void spill(struct runtime *rt, struct localq *queue,
	struct hk_task *task)
{
	struct hk_task *first = hki_localq_spill(queue);
	hki_lock(&rt->lock);
	while (first) {
		struct hk_task *next = first->next;
		hki_runq_push(&rt->ready, first);
		first = next;
	}
	hki_runq_push(&rt->ready, task);
	struct call call = hki_ready_announce(rt);
	hki_unlock(&rt->lock);
	hki_ready_call(rt, call);
}

void hki_ready_push(struct carrier *carrier, struct hk_task *task, bool woken)
{
	struct runtime *rt = carrier->rt;
	if (__builtin_expect(task->flags != 0 || rt->common_only, 0)) {
		push_common(rt, task); /* the carrier may have given its worker away */
		return;
	}
	struct localq *queue = &hki_worker(carrier)->local;
	if (woken ? localq_push_woken(queue, task) : localq_push(queue, task))
		tell(rt);
	else
		spill(rt, queue, task);
}

void hki_ready_push_yielded(struct carrier *carrier, struct hk_task *task)
{
	if (__builtin_expect(ld_rlx(&carrier->rt->ready.count) == 0, 1))
		hki_ready_push(carrier, task, false);
	else
		push_common(carrier->rt, task);
}

void hki_ready_line_up(struct runtime *rt, struct worker *worker)
{
	struct hk_task *task;
	while ((task = localq_pop(&worker->local)))
		hki_runq_push(&rt->ready, task);
}

/* It was taken out for a carrier that runs it now. rt->lock is held. */
static void begin(struct runtime *rt, struct hk_task *task)
{
	if (__builtin_expect(!task || task->flags == 0, 1))
		return;
	bool starts = !ld_rlx(&task->carrier) && !ld_rlx(&task->started);
	if (starts && (task->flags & HK_STICKY) && rt->interleave)
		hki_pool_reserve(rt);
	hki_share_begin(task);
}

/* Half of what another worker has. By the worker's holder. */
static struct hk_task *steal(struct runtime *rt, struct worker *worker)
{
	struct hk_task *task = NULL;
	for (unsigned i = 1; i < rt->workers_count && !task; i++) {
		unsigned other = (worker->index + i) % rt->workers_count;
		task = hki_localq_steal(&worker->local, &rt->workers[other].local);
	}
	return task;
}

/* From the worker's own queue, or from another's, one for which there is room. */
static struct hk_task *take_local(struct runtime *rt, struct worker *worker, struct runq_room room,
	bool steals)
{
	if (!room.started)
		return NULL;
	for (;;) {
		struct hk_task *task = localq_pop(&worker->local);
		if (!task && steals)
			task = steal(rt, worker);
		if (!task || room.fresh || ld_rlx(&task->started))
			return task;
		hki_runq_hold(&rt->ready, task);
	}
}

struct hk_task *hki_ready_take(struct runtime *rt, struct worker *worker, struct runq_room room,
	bool line_first)
{
	bool tick = line_first || ld_rlx(&worker->line_due);
	if (!rt->interleave)
		return hki_runq_pop(&rt->ready, room);
	if (rt->ready.count == 0)
		return take_local(rt, worker, room, true);
	struct runq_room special = room;
	bool own = localq_count(&worker->local) > 0;
	special.line = tick;
	special.background = own;
	special.rival |= own;
	struct hk_task *task = hki_runq_pop(&rt->ready, special);
	if (tick)
		st_rlx(&worker->line_due, false);
	if (!task)
		task = take_local(rt, worker, room, false);
	if (!task)
		task = hki_runq_pop(&rt->ready, room);
	return task ? task : take_local(rt, worker, room, true);
}

struct hk_task *hki_ready_next(struct carrier *carrier, const struct hk_task *rival,
	bool line_first)
{
	struct runtime *rt = carrier->rt;
	struct runq_room room = rt->interleave ? hki_pool_room(rt, 0) : RUNQ_ROOM_FOR_ALL;
	room.rival = rival && !(rival->flags & HK_BACKGROUND);
	struct hk_task *task = hki_ready_take(rt, hki_worker(carrier), room, line_first);
	if (!task && rt->ready.count > 0)
		hki_pool_want(rt);
	begin(rt, task);
	return task;
}

__attribute__((noinline)) static struct hk_task *pick_slowly(struct carrier *carrier,
	const struct hk_task *rival)
{
	struct runtime *rt = carrier->rt;
	struct worker *worker = hki_worker(carrier);
	bool tick = worker->until_tick <= 0;
	if (tick) {
		worker->until_tick = READY_TICK;
		hki_poll_now(rt);
	}
	/* A look without the lock will do: a worker without a task looks again before it sleeps. */
	if (ld_rlx(&rt->ready.count) == 0 && !hki_exec_ready_locally(rt))
		return NULL;
	hki_lock(&rt->lock);
	struct hk_task *task = hki_ready_next(carrier, rival, tick);
	hki_unlock(&rt->lock);
	return task;
}

struct hk_task *hki_ready_pick(struct carrier *carrier, const struct hk_task *rival)
{
	struct worker *worker = hki_worker(carrier);
	bool tick = --worker->until_tick <= 0;
	bool others = ld_rlx(&carrier->rt->ready.special) > 0 || ld_rlx(&worker->line_due);
	if (__builtin_expect(!tick && !others, 1)) {
		struct hk_task *task = localq_pop(&worker->local);
		if (task)
			return task;
	}
	return pick_slowly(carrier, rival);
}

/* Time or descriptors woke them, or a thread that is not the runtime's. self: as for
   hki_exec_ready(). */
static struct hk_task *push_from_outside(struct runtime *rt, struct hk_task *first,
	const struct worker *self, bool urgent)
{
	struct call calls[ROUSE_MAX];
	unsigned count = 0;
	hk_time now = urgent ? hki_os_now() : 0;
	hki_lock(&rt->lock);
	while (first && count < ROUSE_MAX) {
		struct hk_task *next = first->next;
		if (urgent)
			hki_share_push(rt, first, now);
		else
			hki_runq_push(&rt->ready, first);
		first = next;
		if (self)
			self = NULL; /* it takes one of them itself */
		else
			calls[count++] = hki_ready_announce(rt);
	}
	hki_unlock(&rt->lock);
	for (unsigned i = 0; i < count; i++)
		hki_ready_call(rt, calls[i]);
	return first;
}

void hki_exec_ready(struct runtime *rt, struct hk_task *first, struct worker *self, bool outside)
{
	struct carrier *carrier = hki_carrier_self();
	bool inside = !outside && !self && carrier && carrier->rt == rt;
	while (first && inside) {
		struct hk_task *next = first->next;
		hki_ready_push(carrier, first, true);
		first = next;
	}
	while (first) {
		first = push_from_outside(rt, first, self, outside);
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

bool hki_exec_ready_locally(const struct runtime *rt)
{
	for (unsigned i = 0; rt->interleave && i < rt->workers_count; i++) {
		if (localq_count(&rt->workers[i].local) > 0)
			return true;
	}
	return false;
}

size_t hki_exec_ready_count(const struct runtime *rt)
{
	size_t count = rt->ready.count;
	for (unsigned i = 0; rt->interleave && i < rt->workers_count; i++)
		count += localq_count(&rt->workers[i].local);
	return count;
}
