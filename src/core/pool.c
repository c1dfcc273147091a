/* SPDX-License-Identifier: MIT */
#include "core/pool.h"

#include "core/event.h"
#include "core/exec.h"
#include "core/report.h"
#include "core/runtime.h"
#include "core/switch.h"

enum {
	SPARES_MORE = 4, /* wanted beyond one for each worker, while tasks wait */
};

/* The system refuses threads: how long until the next attempt, and until it is taken for good. */
static const int64_t RETRY_NS = 10000000;
static const int64_t PATIENCE_NS = 1000000000;

static struct carrier *new_slot(struct runtime *rt)
{
	struct carrier *carrier = rt->slots_free;
	if (carrier) {
		rt->slots_free = carrier->free;
		return carrier;
	}
	if (rt->slots_used == rt->options.carriers)
		return NULL;
	carrier = &rt->carriers[rt->slots_used];
	carrier->rt = rt;
	carrier->state_fd = -1;
	/* order SL1 release: a slot with its runtime; pairs with hki_pool_each() */
	st_rel(&rt->slots_used, rt->slots_used + 1);
	return carrier;
}

static void count_carriers(struct runtime *rt, int change)
{
	rt->carriers_count += (unsigned)change;
	if (rt->carriers_count > rt->carriers_most)
		rt->carriers_most = rt->carriers_count;
}

/* Starts the thread of a carrier; worker: that it holds from the start, or NULL. */
static int start(struct runtime *rt, struct carrier *carrier, struct worker *worker)
{
	st_rlx(&carrier->current, NULL);
	carrier->give = carrier->start = NULL;
	st_rlx(&carrier->sticky, false);
	st_rlx(&carrier->pending, 0);
	st_rlx(&carrier->grant, 0);
	st_rlx(&carrier->cpu, -1);
	st_rlx(&carrier->ran_on, -1);
	st_rlx(&carrier->in, 1);
	st_rlx(&carrier->own, (uintptr_t)worker);
	if (worker)
		st_rlx(&worker->holder, carrier);
	int error = hki_os_thread_start(&carrier->thread, hki_carrier_main, carrier);
	if (!error)
		hki_event(rt, NULL, HK_TRACE_CARRIER, 0, 1, rt->carriers_count);
	return error;
}

int hki_pool_start(struct runtime *rt)
{
	for (unsigned i = 0; i < rt->workers_count; i++) {
		hki_lock(&rt->lock);
		struct carrier *carrier = new_slot(rt);
		count_carriers(rt, 1);
		hki_unlock(&rt->lock);
		int error = start(rt, carrier, &rt->workers[i]);
		if (error) {
			hki_lock(&rt->lock);
			count_carriers(rt, -1);
			hki_unlock(&rt->lock);
			return error;
		}
	}
	return 0;
}

void hki_pool_put(struct runtime *rt, struct carrier *carrier)
{
	st_rlx(&carrier->own, 0);
	if (carrier->starting) {
		carrier->starting = false;
		rt->starting--;
	}
	carrier->next = rt->spares;
	rt->spares = carrier;
	rt->spares_count++;
}

struct carrier *hki_pool_take(struct runtime *rt)
{
	if (rt->spares_count <= rt->spares_reserved) {
		hki_pool_want(rt);
		return NULL;
	}
	struct carrier *carrier = rt->spares;
	rt->spares = carrier->next;
	rt->spares_count--;
	return carrier;
}

bool hki_pool_remove(struct runtime *rt, struct carrier *carrier)
{
	struct carrier **at = &rt->spares;
	while (*at && *at != carrier)
		at = &(*at)->next;
	if (!*at)
		return false;
	*at = carrier->next;
	rt->spares_count--;
	return true;
}

bool hki_pool_reserve(struct runtime *rt)
{
	if (rt->spares_count <= rt->spares_reserved) {
		hki_pool_want(rt);
		return false;
	}
	rt->spares_reserved++;
	return true;
}

void hki_pool_unreserve(struct runtime *rt)
{
	rt->spares_reserved--;
}

static bool is_capped(const struct runtime *rt)
{
	return rt->carriers_count >= rt->options.carriers || rt->carriers_refused;
}

/* Not at the first refusal: others may end, and the next attempt succeed. */
static bool is_refused_for_good(const struct runtime *rt)
{
	return rt->carriers_refused && hki_os_now() - rt->refused_since >= PATIENCE_NS;
}

bool hki_pool_is_exhausted(const struct runtime *rt)
{
	return rt->spares_count <= rt->spares_reserved && rt->wanted == 0 && rt->starting == 0 &&
		(rt->carriers_count >= rt->options.carriers || is_refused_for_good(rt));
}

/*
 * While more carriers may be made, an unstarted task may have the last spare. At the cap, `workers`
 * of them are kept for woken tasks: those may hold what all others wait for.
 */
struct runq_room hki_pool_room(const struct runtime *rt, unsigned needed)
{
	unsigned left = rt->spares_count - rt->spares_reserved;
	unsigned keep = is_capped(rt) && needed ? rt->workers_count : 0;
	return (struct runq_room){
		.bound = left >= needed,
		.started = left >= needed,
		.fresh = left >= needed + keep,
		.sticky = left >= needed + keep + 1,
		.line = true,
		.background = true,
	};
}

void hki_pool_want(struct runtime *rt)
{
	unsigned target = rt->spares_reserved + rt->workers_count + SPARES_MORE;
	unsigned coming = rt->spares_count + rt->wanted + rt->starting;
	if (!rt->interleave || coming >= target || rt->carriers_refused)
		return;
	unsigned most = rt->options.carriers - rt->carriers_count;
	unsigned want = rt->wanted + (target - coming);
	rt->wanted = want > most ? most : want;
}

void hki_pool_stop(struct runtime *rt)
{
	while (rt->spares) {
		struct carrier *carrier = rt->spares;
		rt->spares = carrier->next;
		rt->spares_count--;
		hki_carrier_grant(carrier, NULL, NULL, -1);
	}
}

void hki_pool_call(struct runtime *rt)
{
	add_rlx(&rt->maker, 1);
	hki_os_futex_wake(&rt->maker, 1);
}

void hki_pool_ask(struct runtime *rt)
{
	st_rlx(&rt->asked, 1);
	/* order PA1 release: that; pairs with hki_pool_make() */
	add_rel(&rt->maker, 1);
	hki_os_futex_wake(&rt->maker, 1);
}

void hki_pool_leave(struct carrier *carrier)
{
	struct runtime *rt = carrier->rt;
	hki_lock(&rt->lock);
	carrier->next = rt->ended;
	rt->ended = carrier;
	/* Within the lock: the maker takes the runtime apart once all have ended. */
	hki_pool_call(rt);
	hki_unlock(&rt->lock);
}

/* Joins those that have ended. rt->lock is held before and after. */
static void join_ended(struct runtime *rt)
{
	while (rt->ended) {
		struct carrier *carrier = rt->ended;
		rt->ended = carrier->next;
		hki_unlock(&rt->lock);
		hki_os_thread_join(carrier->thread);
		hki_event(rt, NULL, HK_TRACE_CARRIER, 0, 0, rt->carriers_count - 1);
		hki_lock(&rt->lock);
		count_carriers(rt, -1);
		carrier->free = rt->slots_free;
		rt->slots_free = carrier;
	}
}

/* What is there must do for now, as at the cap. rt->lock is held before and after. */
static void refused(struct runtime *rt, int error)
{
	unsigned count = rt->carriers_count;
	struct worker *idle = NULL;
	rt->carriers_refused = true;
	rt->wanted = 0;
	rt->refused_at = hki_os_now();
	if (!rt->refused_since)
		rt->refused_since = rt->refused_at;
	/* If nobody can go on without it, that is for an idle worker to find out. */
	if (is_refused_for_good(rt) && rt->ready.held_count > 0)
		idle = hki_idle_take_free(rt);
	bool say = !rt->refused_said;
	rt->refused_said = true;
	hki_unlock(&rt->lock);
	hki_rouse(rt, idle);
	if (say)
		hki_say("cannot start kernel thread %u: %s; going on with %u, trying again "
			"(limits: ulimit -u, pids.max, memory)",
			count + 1, hk_strerror(error), count);
	hki_lock(&rt->lock);
}

/* Makes a wanted one. rt->lock is held before and after. */
static void make_one(struct runtime *rt)
{
	struct carrier *carrier = new_slot(rt);
	rt->wanted--;
	if (!carrier)
		return;
	carrier->starting = true;
	rt->starting++;
	count_carriers(rt, 1);
	hki_unlock(&rt->lock);
	int error = start(rt, carrier, NULL);
	hki_lock(&rt->lock);
	if (error) {
		carrier->starting = false;
		rt->starting--;
		count_carriers(rt, -1);
		carrier->free = rt->slots_free;
		rt->slots_free = carrier;
		refused(rt, error);
	} else {
		rt->refused_since = 0;
	}
}

/* Threads were refused a while ago: asks for them again if tasks wait. rt->lock is held. */
static void retry(struct runtime *rt)
{
	rt->carriers_refused = false;
	if (rt->ready.count > 0 || hki_exec_ready_locally(rt))
		hki_pool_want(rt);
	else
		rt->refused_since = 0;
}

void hki_pool_each(struct runtime *rt, void (*visit)(struct carrier *, void *), void *arg)
{
	/* order SL1 acquire: pairs with new_slot() */
	unsigned count = ld_acq(&rt->slots_used);
	for (unsigned i = 0; i < count; i++)
		visit(&rt->carriers[i], arg);
}

static void close_state(struct carrier *carrier, void *arg)
{
	(void)arg;
	if (carrier->state_fd >= 0)
		hki_os_close(carrier->state_fd);
	carrier->state_fd = -1;
}

void hki_pool_close(struct runtime *rt)
{
	hki_pool_each(rt, close_state, NULL);
}

void hki_pool_make(struct runtime *rt)
{
	hki_lock(&rt->lock);
	for (;;) {
		/* order PA1 acquire: pairs with hki_pool_ask() */
		uint32_t seen = ld_acq(&rt->maker);
		join_ended(rt);
		if (ld_rlx(&rt->stopping)) {
			/* Those that stand still with a task after a deadlock are left. */
			if (rt->carriers_count == rt->frozen_count && !rt->ended)
				break;
		} else if (rt->wanted > 0) {
			make_one(rt);
			continue;
		}
		bool refused = rt->carriers_refused;
		hki_unlock(&rt->lock);
		if (ld_rlx(&rt->asked)) {
			st_rlx(&rt->asked, 0);
			hki_report_run(rt, 2);
		} else {
			hki_os_futex_wait(&rt->maker, seen, refused ? RETRY_NS : -1);
		}
		hki_lock(&rt->lock);
		if (refused && hki_os_now() - rt->refused_at >= RETRY_NS)
			retry(rt);
	}
	hki_unlock(&rt->lock);
}
