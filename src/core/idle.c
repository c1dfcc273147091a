/* SPDX-License-Identifier: MIT */
/*
 * What a worker does with nothing to do. All of it is decided under rt->lock, so that the proof is
 * short (doc/internals/idle.md): a waker changes what the worker waits for, then takes rt->lock;
 * the worker looks for it under rt->lock and marks itself asleep before it lets go. Whoever is
 * second sees the first.
 *
 * One idle worker blocks in the poller until the next deadline; the others sleep. When the poller
 * leaves for work, another idle worker takes its place while there is anything to watch.
 *
 * idle_count counts the workers that are idle and have not been roused: when it is all of them, and
 * no time, descriptor or foreign thread can wake a task, nothing will ever happen again.
 */
#include "core/event.h"
#include "core/exec.h"
#include "core/pool.h"
#include "core/runtime.h"
#include "core/timer.h"
#include "core/trim.h"

enum {
	RECHECK_NS = 100000000, /* while only a foreign thread could go on */
};

static void list_remove(struct worker **list, struct worker *worker)
{
	while (*list && *list != worker)
		list = &(*list)->next;
	if (*list)
		*list = worker->next;
}

/* Marks it awake; the sleeper itself finds out later. rt->lock is held. */
static void take(struct runtime *rt, struct worker *worker)
{
	rt->idle_count--;
	if (worker->free)
		st_rlx(&rt->free_count, rt->free_count - 1);
	if (worker != rt->poller)
		list_remove(worker->free ? &rt->free : &rt->holding, worker);
	/* order ID1 release: what was decided under the lock; pairs with sleep_idle() */
	st_rel(&worker->asleep, 0);
}

/* Nobody watches: takes an idle worker, which will, if there is anything to watch. rt->lock is
 * held. */
static struct worker *successor(struct runtime *rt)
{
	/* order WA1 seq: rt->poller before rt->outside; pairs with hki_idle_watch() */
	fence_seq();
	if (ld_rlx(&rt->poller) || ld_rlx(&rt->outside) == 0)
		return NULL;
	struct worker *worker = rt->free ? rt->free : rt->holding;
	if (worker)
		take(rt, worker);
	return worker;
}

struct worker *hki_idle_take_free(struct runtime *rt)
{
	struct worker *worker = rt->free;
	if (!worker && rt->poller && rt->poller->free && ld_rlx(&rt->poller->asleep))
		worker = rt->poller;
	if (worker)
		take(rt, worker);
	return worker;
}

bool hki_idle_take(struct runtime *rt, struct worker *worker)
{
	if (!ld_rlx(&worker->asleep))
		return false;
	take(rt, worker);
	return true;
}

/* The poller does not change while it is being roused: it needs rt->lock to leave, but by then it
   may have left already, and an interrupt too many only makes the next one look twice. */
void hki_rouse(struct runtime *rt, struct worker *worker)
{
	if (!worker)
		return;
	hki_os_futex_wake(&worker->asleep, 1);
	if (ld_rlx(&rt->poller) == worker)
		rt->poller_ops.interrupt(rt);
}

void hki_stop_locked(struct runtime *rt)
{
	st_rlx(&rt->stopping, true);
	for (unsigned i = 0; i < rt->workers_count; i++) {
		struct worker *worker = &rt->workers[i];
		if (hki_idle_take(rt, worker))
			hki_os_futex_wake(&worker->asleep, 1);
	}
	rt->poller_ops.interrupt(rt);
	hki_pool_stop(rt);
	hki_pool_call(rt);
	if (rt->lookout.open)
		hki_lookout_call(rt);
}

void hki_stop(struct runtime *rt)
{
	hki_lock(&rt->lock);
	hki_stop_locked(rt);
	hki_unlock(&rt->lock);
}

void hki_idle_watch(struct runtime *rt)
{
	/* order WA1 seq: rt->outside before rt->poller; pairs with successor() */
	fence_seq();
	if (ld_rlx(&rt->poller))
		return;
	hki_lock(&rt->lock);
	struct worker *worker = successor(rt);
	hki_unlock(&rt->lock);
	hki_rouse(rt, worker);
}

void hki_idle_retime(struct runtime *rt, hk_time deadline)
{
	hki_lock(&rt->lock);
	bool later = rt->poller && rt->poll_until > deadline;
	bool call = hki_lookout_retime(rt, deadline);
	hki_unlock(&rt->lock);
	if (later)
		rt->poller_ops.interrupt(rt);
	if (call)
		hki_lookout_call(rt);
}

void hki_poll_now(struct runtime *rt)
{
	if (ld_rlx(&rt->outside) == 0)
		return;
	struct woken woken = WOKEN_OUTSIDE(NULL);
	hki_timers_expire(rt, &woken);
	rt->poller_ops.wait(rt, 0, &woken);
	hki_wake_flush(&woken, NULL);
}

/*
 * Without interleaving: all wait, for a descriptor at best, and a task is suspended on whose worker
 * another was called: perhaps the only one that would write to it. rt->lock is held.
 */
static bool looks_stalled(const struct runtime *rt)
{
	/* order TM1 acquire: pairs with hki_timer_publish() */
	return rt->idle_count == rt->workers_count && rt->called_count > 0 &&
		rt->ready.count == 0 && ld_acq(&rt->next_deadline) == HK_FOREVER;
}

/* Could a task ever be woken again? rt->lock is held. */
static bool nothing_can_happen(struct runtime *rt)
{
	if (rt->idle_count < rt->workers_count || ld_rlx(&rt->stopping))
		return false;
	if (ld_rlx(&rt->outside) > 0 || ld_rlx(&rt->lost_count) > 0)
		return false;
	/* Tasks that cannot start for want of carriers, and nobody who would free one. */
	return rt->ready.count == 0 ||
		(rt->ready.count == rt->ready.held_count && hki_pool_is_exhausted(rt));
}

/* Threads that are not the runtime's: the carriers, the maker and the lookout are. */
static bool alone(const struct runtime *rt)
{
	int count = hki_os_thread_count();
	/* No more than are there for certain: a thread that starts or ends is not. */
	unsigned carriers = rt->workers_count + rt->spares_count + rt->frozen_count;
	int ours = (int)carriers + 1 + rt->lookout.open;
	return count > 0 && count <= ours + HKI_SANITIZER_THREADS;
}

/*
 * Nothing can happen but through a thread that is not ours. Returns until when to wait before
 * looking again: such a thread may have ended meanwhile.
 */
static hk_time quiet_until(struct runtime *rt)
{
	hk_time now = hki_os_now();
	hk_time stall = rt->options.stall_ns;
	if (!rt->quiet_since)
		rt->quiet_since = now;
	if (stall > 0 && !rt->stall_said && now - rt->quiet_since >= stall) {
		rt->stall_said = true;
		hki_deadlock_stall(rt);
	}
	return now + RECHECK_NS;
}

/*
 * The worker has been marked idle and can be taken: is there a task in a local queue that was
 * pushed by somebody who did not see that yet?
 */
static bool misses_task(struct runtime *rt)
{
	if (!rt->interleave || rt->workers_count == 1)
		return false;
	/* order RQ1 seq: who is idle before the queues, in all threads; pairs with tell() */
	fence_seq();
	hki_carrier_barrier();
	return hki_exec_ready_locally(rt);
}

/* Blocks in the poller. rt->lock is held before and after. */
static void poll_idle(struct runtime *rt, struct worker *worker, hk_time until)
{
	struct woken woken = WOKEN_OUTSIDE(NULL);
	/* order TM1 acquire: pairs with hki_timer_publish() */
	hk_time next = ld_acq(&rt->next_deadline);
	st_rlx(&rt->poller, worker);
	rt->poll_until = next < until ? next : until;
	until = rt->poll_until;
	hki_unlock(&rt->lock);
	if (misses_task(rt))
		until = 0;
	if (next > 0) {
		hk_time trim = until > 0 ? hki_trim(rt) : HK_FOREVER;
		rt->poller_ops.wait(rt, trim < until ? trim : until, &woken);
	}
	hki_timers_expire(rt, &woken);
	hki_lock(&rt->lock);
	if (ld_rlx(&worker->asleep))
		take(rt, worker);
	st_rlx(&rt->poller, NULL);
	hki_unlock(&rt->lock);
	hki_wake_flush(&woken, worker->free ? worker : NULL);
	hki_lock(&rt->lock);
}

/* Sleeps until taken. rt->lock is held before and after. */
static void sleep_idle(struct runtime *rt, struct worker *worker)
{
	struct worker **list = worker->free ? &rt->free : &rt->holding;
	worker->next = *list;
	*list = worker;
	hki_unlock(&rt->lock);
	bool missed = worker->free && misses_task(rt);
	/* order ID1 acquire: pairs with take() */
	while (!missed && ld_acq(&worker->asleep))
		hki_os_futex_wait(&worker->asleep, 1, -1);
	hki_lock(&rt->lock);
	if (ld_rlx(&worker->asleep))
		take(rt, worker);
}

void hki_idle(struct runtime *rt, struct worker *worker, bool free)
{
	hk_time since = hki_os_now();
	worker->free = free;
	st_rlx(&worker->asleep, 1);
	rt->idle_count++;
	st_rlx(&rt->free_count, rt->free_count + free);
	hk_time until = HK_FOREVER;
	if (nothing_can_happen(rt)) {
		if (ld_rlx(&rt->deadlock_said) || alone(rt)) {
			hki_deadlock_total(rt);
			return;
		}
		until = quiet_until(rt);
	} else if (looks_stalled(rt) && !rt->stall_said && rt->options.stall_ns > 0) {
		until = quiet_until(rt);
	}
	if (!ld_rlx(&rt->poller)) {
		poll_idle(rt, worker, until);
		struct worker *next = successor(rt);
		/* While this worker looks for a task, or runs it, it is the lookout's turn. */
		bool call = !next && ld_rlx(&rt->outside) > 0 && hki_lookout_rouse(rt, false);
		if (next || call) {
			hki_unlock(&rt->lock);
			hki_rouse(rt, next);
			if (call)
				hki_lookout_call(rt);
			hki_lock(&rt->lock);
		}
	} else {
		if (rt->poll_until > until)
			rt->poller_ops.interrupt(rt);
		sleep_idle(rt, worker);
	}
	worker->idle_ns += hki_os_now() - since;
}
