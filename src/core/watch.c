/* SPDX-License-Identifier: MIT */
/*
 * What the lookout does about a worker whose task goes on and on. It never interrupts a carrier
 * that may sleep in the kernel: a signal would end the call. From a carrier that sleeps it takes
 * the worker instead, which the call does not notice.
 *
 * The cheap questions come first: has another turn begun? Has its CPU clock moved? Only then is
 * the kernel asked for the thread's state: a clock that stands still may be that of a thread that
 * waits for a CPU.
 */
#include "core/event.h"
#include "core/exec.h"
#include "core/lookout.h"
#include "core/pool.h"
#include "core/runtime.h"
#include "core/stall.h"

enum {
	LOOK_NS = 500000, /* at a new turn; doubled each time, up to */
	LOOK_MOST_NS = 5000000,
	LOOK_AGAIN_NS = 50000, /* after a worker was taken: the next task may block as well */
	URGENT_NS = 100000,    /* after a turn was to end at once; then twice as long each time */
	SIGNAL_NS = 50000,     /* more than a signal takes, less than the shortest slice */
	STILL_NS = 20000000,   /* longer than the kernel often lets others run */
	HERE_NS = 1000000000,  /* who is on the lookout's CPU makes room before others */
	LOST_NS = 5000000,
	LOST_AT_ONCE = 64,   /* carriers looked at in a turn */
	STATE_FDS_KEPT = 64, /* of carriers; the others' are opened each time */
};

static char state_of(struct runtime *rt, struct carrier *carrier)
{
	uint32_t thread = ld_rlx(&carrier->thread_id);
	int fd = carrier->state_fd;
	if (fd >= 0 && carrier->state_thread != thread) {
		hki_os_close(fd); /* of a thread that was its before */
		fd = -1;
	}
	if (fd < 0)
		fd = hki_os_thread_state_open(thread);
	carrier->state_thread = thread;
	carrier->state_fd = -1;
	if (fd < 0)
		return 0;
	char state = hki_os_thread_state(fd);
	if (carrier - rt->carriers < STATE_FDS_KEPT)
		carrier->state_fd = fd;
	else
		hki_os_close(fd);
	return state;
}

static bool clock_moved(struct carrier *carrier)
{
	int64_t before = carrier->cpu_ns;
	carrier->cpu_ns = hki_os_thread_cpu_time(ld_rlx(&carrier->thread_id));
	return carrier->cpu_ns != before;
}

enum doing { SLEEPS, RUNS, UNKNOWN };

/*
 * Without /proc only the CPU clock can tell. One that has moved runs; by more than our own signal
 * moves it, or a call that the signal ended would be made again for ever. One that has stood still
 * for long sleeps, or waits for a CPU: then taking its worker does no harm but lets one more run.
 */
static enum doing doing_by_clock(struct carrier *carrier, hk_time since)
{
	int64_t cpu_ns = hki_os_thread_cpu_time(ld_rlx(&carrier->thread_id));
	int64_t moved = cpu_ns - carrier->ran_ns;
	hk_time now = hki_os_now();
	if (moved < 0 || moved > SIGNAL_NS) {
		carrier->ran_ns = cpu_ns;
		carrier->ran_at = now;
		return RUNS;
	}
	hk_time still = since > carrier->ran_at ? since : carrier->ran_at;
	return now - still > STILL_NS ? SLEEPS : UNKNOWN;
}

/* since: when it was given its worker, or later. */
static enum doing doing_of(struct runtime *rt, struct carrier *carrier, hk_time since)
{
	char state = state_of(rt, carrier);
	if (!state)
		return doing_by_clock(carrier, since);
	if (state == 'S' || state == 'D')
		return SLEEPS;
	return state == 'R' ? RUNS : UNKNOWN;
}

static void sooner(struct look *look, hk_time time)
{
	if (time < look->next)
		look->next = time;
}

/* The carrier that holds the worker while its task runs; NULL: it is changing hands. */
static struct carrier *holder_of(struct worker *worker)
{
	struct carrier *holder = ld_rlx(&worker->holder);
	return holder && ld_rlx(&holder->own) == (uintptr_t)worker ? holder : NULL;
}

/*
 * Who is to have the worker, if there is somebody; the task that loses it counts as lost. Nobody,
 * but the holder seems to be sticky: what is reserved for it will do once the worker is taken.
 */
static bool reserve(struct runtime *rt, const struct carrier *holder, struct heir *heir)
{
	hki_lock(&rt->lock);
	bool found = hki_exec_find_heir(rt, NULL, NULL, true, heir) || ld_rlx(&holder->sticky);
	if (found)
		st_rlx(&rt->lost_count, rt->lost_count + 1);
	bool make = !found && rt->wanted > 0;
	hki_unlock(&rt->lock);
	if (make)
		hki_pool_call(rt);
	return found;
}

/* A sticky task has lost its worker: somebody else may have the spare that was reserved for it. */
static void unreserve(struct runtime *rt, struct heir *heir)
{
	struct worker *idle = NULL;
	hki_lock(&rt->lock);
	hki_pool_unreserve(rt);
	if (!heir->carrier)
		hki_assert(hki_exec_find_heir(rt, NULL, NULL, true, heir));
	if (rt->ready.held_count > 0)
		idle = hki_idle_take_free(rt);
	hki_unlock(&rt->lock);
	hki_rouse(rt, idle);
}

/*
 * Asks for the worker; whoever decides second sees the other's decision. *task: the number of the
 * task that loses it: read while the carrier could not go on without answering. only_sticky: keeps
 * the worker of any other task.
 */
static bool ask(struct worker *worker, struct carrier *holder, bool only_sticky, uint64_t *task,
	bool *sticky)
{
	uintptr_t own = (uintptr_t)worker;
	/* order OW3 acqrel: the ask; pairs with hki_carrier_reclaim() */
	if (!cas_acqrel(&holder->own, &own, (uintptr_t)worker | OWN_ASKED))
		return false;
	/* order OW1 seq: own before in, in all threads; pairs with hki_enter() */
	fence_seq();
	hki_carrier_barrier();
	own = (uintptr_t)worker | OWN_ASKED;
	/* order IN1 acquire: what the carrier did to the worker; pairs with hki_leave() */
	bool keeps = ld_acq(&holder->in);
	const struct hk_task *current = ld_rlx(&holder->current);
	*task = current ? ld_rlx(&current->id) : 0;
	*sticky = ld_rlx(&holder->sticky);
	keeps |= only_sticky && !*sticky;
	st_rlx(&holder->taken_at, hki_os_now());
	uintptr_t next = keeps ? (uintptr_t)worker : (uintptr_t)OWN_ASKED;
	/* order OW3 acqrel: pairs with hki_carrier_reclaim() */
	return cas_acqrel(&holder->own, &own, next) && !keeps;
}

/* Takes the worker from a carrier in a task's code and gives it to another; not where a seed is to
   fix the order of all. */
static bool retake(struct runtime *rt, struct worker *worker, struct carrier *holder,
	enum hk_cause cause)
{
	struct heir heir;
	if (rt->one_order || !reserve(rt, holder, &heir))
		return false;
	uint64_t task;
	bool sticky;
	if (!ask(worker, holder, !heir.carrier, &task, &sticky)) {
		hki_lock(&rt->lock);
		st_rlx(&rt->lost_count, rt->lost_count - 1);
		hki_unlock(&rt->lock);
		if (heir.carrier)
			hki_exec_dismiss_heir(rt, &heir);
		return false;
	}
	worker->count.retakes++;
	if (cause == HK_CAUSE_BLOCKED) {
		worker->count.parks[cause]++;
		hki_event(rt, worker, HK_TRACE_PARK, task, cause, 0);
	}
	if (sticky)
		unreserve(rt, &heir);
	hki_exec_inherit(&heir, worker, ld_rlx(&holder->ran_on));
	return true;
}

/* The task has kept its worker for very long: says so, once a turn, then where it is. */
static void say_stall(struct runtime *rt, struct worker *worker, struct carrier *holder,
	struct look *look)
{
	struct watch *watch = &worker->watch;
	hk_time stall = rt->options.stall_ns;
	if (watch->stalled && !hki_stall_say_stack(watch->stalled))
		watch->stalled = NULL;
	if (stall < 0)
		return;
	if (!watch->stall_said && look->now - watch->since >= stall) {
		watch->stall_said = true;
		watch->stalled = holder;
		hki_stall_say(rt, holder, ld_rlx(&holder->current), look->now - watch->since);
	}
	if (watch->stalled)
		sooner(look, look->now + LOOK_NS);
	else if (!watch->stall_said)
		sooner(look, watch->since + stall);
}

/* The worker's turn is to end: now, by a signal, or by taking the worker away. */
static void end_turn(struct runtime *rt, struct worker *worker, struct carrier *holder,
	struct look *look)
{
	struct watch *watch = &worker->watch;
	const struct hk_task *task = ld_rlx(&holder->current);
	int64_t slice = task ? ld_rlx(&task->slice_ns) : -1;
	if (watch->asked_at && slice >= 0 && !watch->late_said &&
		look->now - watch->asked_at > slice && task) {
		watch->late_said = true;
		rt->lookout.count.overruns[HK_OVERRUN_LATE]++;
		hki_event(rt, NULL, HK_TRACE_OVERRUN, ld_rlx(&task->id), HK_OVERRUN_LATE, 0);
	}
	/* In the runtime it keeps its worker, and minds no signal; but a handler of the program's
	   that interrupted it there may. */
	bool inside = ld_rlx(&holder->in);
	enum doing doing = doing_of(rt, holder, watch->since);
	if (doing == SLEEPS && !inside) {
		if (retake(rt, worker, holder, HK_CAUSE_BLOCKED))
			sooner(look, look->now + LOOK_AGAIN_NS);
	} else if (doing == RUNS && rt->options.signal > 0) {
		st_rlx(&worker->asked, watch->turn);
		hki_os_interrupt(ld_rlx(&holder->thread_id), rt->options.signal);
	}
	if (!watch->asked_at)
		watch->asked_at = look->now;
	watch->look_at = look->now + LOOK_NS;
	/* The next turn has begun by then, or this one overruns. */
	hk_time patience = look->only_bound ? LOOK_MOST_NS : LOOK_NS;
	sooner(look, look->now + (slice >= 0 && slice < patience ? slice : patience));
}

/* A turn that the lookout has not seen before. */
static void begin_turn(struct worker *worker, const struct hk_task *task, struct look *look,
	uint64_t turn)
{
	struct watch *watch = &worker->watch;
	bool computes = task && ld_rlx(&task->computes);
	st_rlx(&watch->since, look->now);
	watch->turn = turn;
	watch->interval_ns = computes ? LOOK_MOST_NS : LOOK_NS;
	watch->look_at = look->now; /* it may have blocked already */
	if (computes)
		watch->look_at += LOOK_MOST_NS;
	watch->asked_at = watch->urge_at = 0;
	watch->late_said = watch->stall_said = false;
}

static hk_time start_of(const struct worker *worker)
{
	bool known = ld_rlx(&worker->turn_known) == worker->watch.turn;
	return known ? ld_rlx(&worker->turn_start) : worker->watch.since;
}

/* Does the carrier sleep in a call? Then others get its worker. */
static void look_for_sleep(struct runtime *rt, struct worker *worker, struct carrier *holder,
	struct look *look)
{
	struct watch *watch = &worker->watch;
	if (look->now >= watch->look_at) {
		bool fresh = watch->look_at == watch->since;
		if ((!clock_moved(holder) || fresh) &&
			doing_of(rt, holder, watch->since) == SLEEPS &&
			retake(rt, worker, holder, HK_CAUSE_BLOCKED)) {
			sooner(look, look->now + LOOK_AGAIN_NS);
			return;
		}
		watch->look_at = look->now + watch->interval_ns;
		if (watch->interval_ns < LOOK_MOST_NS)
			watch->interval_ns *= 2;
	}
	sooner(look, watch->look_at);
}

/* Tasks of its own may keep a worker busy for ever: the common line gets a turn once a slice. */
static void remind_of_line(struct runtime *rt, struct worker *worker, const struct look *look)
{
	hk_time slice = rt->options.slice_ns;
	if (!look->line || look->now - worker->watch.line_at < (slice > 0 ? slice : LOOK_MOST_NS))
		return;
	worker->watch.line_at = look->now;
	st_rlx(&worker->line_due, true);
}

void hki_watch_worker(struct runtime *rt, struct worker *worker, struct look *look)
{
	struct watch *watch = &worker->watch;
	struct carrier *holder = holder_of(worker);
	uint64_t turn = ld_rlx(&worker->count.switches);
	if (!holder || !look->waiting) {
		if (look->waiting)
			sooner(look, look->now + LOOK_AGAIN_NS);
		return;
	}
	const struct hk_task *task = ld_rlx(&holder->current);
	remind_of_line(rt, worker, look);
	if (turn != watch->turn || !watch->since)
		begin_turn(worker, task, look, turn);
	if (!task || ld_rlx(&holder->in)) {
		sooner(look, look->now + LOOK_NS);
		return;
	}
	say_stall(rt, worker, holder, look);
	if (watch->asked_at == look->now)
		return; /* for an urgent task */
	if (ld_rlx(&task->lent)) {
		if (retake(rt, worker, holder, HK_CAUSE_BLOCKING))
			return;
		sooner(look, look->now + LOOK_AGAIN_NS);
	}
	int64_t slice = ld_rlx(&task->slice_ns);
	if (worker_slice_over(look->now - start_of(worker), slice)) {
		end_turn(rt, worker, holder, look);
		return;
	}
	if (slice >= 0)
		sooner(look, start_of(worker) + slice);
	look_for_sleep(rt, worker, holder, look);
}

/* The longer it has run, the sooner it must make room; a background task before all others. */
static hk_time claim_of(const struct worker *worker, const struct look *look)
{
	const struct carrier *holder = ld_rlx(&worker->holder);
	const struct hk_task *task = holder ? ld_rlx(&holder->current) : NULL;
	if (!task || ld_rlx(&task->slice_ns) < 0)
		return -1;
	hk_time ran = look->now - start_of(worker);
	/* The signal for one on the lookout's own CPU need not go to another. */
	if (ld_rlx(&holder->ran_on) == look->cpu)
		ran += HERE_NS;
	return ran + (ld_rlx(&task->flags) & HK_BACKGROUND ? HK_FOREVER / 2 : 0);
}

void hki_watch_urge(struct runtime *rt, size_t count, struct look *look)
{
	for (; count > 0; count--) {
		struct worker *best = NULL;
		hk_time most = -1;
		for (unsigned i = 0; i < rt->workers_count; i++) {
			struct worker *worker = &rt->workers[i];
			uint64_t turn = ld_rlx(&worker->count.switches);
			if (turn != worker->watch.turn || !worker->watch.since)
				begin_turn(worker, NULL, look, turn);
			if (look->now < worker->watch.urge_at) {
				sooner(look, worker->watch.urge_at);
				continue;
			}
			hk_time claim = claim_of(worker, look);
			if (claim > most) {
				most = claim;
				best = worker;
			}
		}
		struct carrier *holder = best ? holder_of(best) : NULL;
		if (!holder) {
			sooner(look, look->now + URGENT_NS);
			return;
		}
		end_turn(rt, best, holder, look);
		hk_time asked = look->now - best->watch.asked_at;
		best->watch.urge_at = look->now + (asked > URGENT_NS ? asked : URGENT_NS);
		sooner(look, best->watch.urge_at);
	}
}

struct lost_look {
	struct runtime *rt;
	unsigned first, last;
};

static void look_at_lost(struct carrier *carrier, void *arg)
{
	struct lost_look *part = arg;
	unsigned index = (unsigned)(carrier - part->rt->carriers);
	if (index < part->first || index >= part->last || ld_rlx(&carrier->own) != OWN_ASKED)
		return;
	const struct hk_task *task = ld_rlx(&carrier->current);
	bool lent = task && ld_rlx(&task->lent);
	if (!lent && clock_moved(carrier) && doing_of(part->rt, carrier, HK_FOREVER) == RUNS)
		hki_os_interrupt(ld_rlx(&carrier->thread_id), part->rt->options.signal);
}

void hki_watch_lost(struct runtime *rt, struct look *look)
{
	struct lookout *lookout = &rt->lookout;
	if (ld_rlx(&rt->lost_count) == 0 || rt->options.signal <= 0)
		return;
	if (look->now >= lookout->lost_at) {
		struct lost_look part = { rt, lookout->lost_next,
			lookout->lost_next + LOST_AT_ONCE };
		hki_pool_each(rt, look_at_lost, &part);
		lookout->lost_next = part.last < ld_rlx(&rt->slots_used) ? part.last : 0;
		lookout->lost_at = look->now + LOST_NS;
	}
	sooner(look, lookout->lost_at);
}
