/* SPDX-License-Identifier: MIT */
/*
 * exec/ready.c, search.c, native.c, core/idle.c, localq and runq: no task stays in a queue while a
 * worker sleeps that nobody has told. Thread 0 is a carrier that makes tasks ready and then
 * computes for ever; the others have no task and look for one.
 *
 * Time goes on only by being looked at, so that a worker that searches looks a few times.
 */
#include <string.h>

#include "core/carrier.h"
#include "core/exec.h"
#include "core/pool.h"
#include "core/runtime.h"
#include "core/timer.h"
#include "core/wake.h"
#include "exec/ready.h"

enum { TASKS = 3 };

static struct runtime rt;
static struct worker workers[EXPLORE_THREADS];
static struct carrier carriers[EXPLORE_THREADS];
static struct hk_task tasks[TASKS];
static bool ran[TASKS];
static uint32_t interrupted; /* the eventfd of the poller */
static int64_t now[EXPLORE_THREADS];
static const int64_t tick = 15000;

uint32_t hki_carrier_fences;
__attribute__((used)) __thread struct carrier *hki_carrier_tls;

static void setup_workers(unsigned count)
{
	memset(&rt, 0, sizeof rt);
	memset(workers, 0, sizeof workers);
	memset(carriers, 0, sizeof carriers);
	memset(tasks, 0, sizeof tasks);
	memset(ran, 0, sizeof ran);
	memset(now, 0, sizeof now);
	interrupted = 0;
	hki_carrier_fences = FENCES_OFF;
	rt.interleave = true;
	rt.workers_count = count;
	rt.workers = workers;
	rt.carriers = carriers;
	rt.next_deadline = HK_FOREVER;
	rt.outside = 1; /* somebody waits for a descriptor that never is ready */
	rt.lookout.attentive = true;
	for (unsigned i = 0; i < count; i++) {
		workers[i].rt = carriers[i].rt = &rt;
		workers[i].index = i;
		workers[i].until_tick = 100;
		workers[i].occupied = true;
		workers[i].holder = &carriers[i];
		carriers[i].in = 1;
		carriers[i].own = (uintptr_t)&workers[i];
	}
}

/* --- what the rest of the runtime does --- */

int64_t hki_os_now(void)
{
	return now[explore_self()] += tick;
}

void hki_carrier_barrier(void)
{
	if (ld_rlx(&hki_carrier_fences) != FENCES_OFF)
		return;
	explore_barrier(EXPLORE_HERE);
}

void hki_os_futex_wait(uint32_t *word, uint32_t value, int64_t timeout_ns)
{
	explore_assert(timeout_ns < 0);
	explore_sleep(word, value, EXPLORE_HERE);
}

void hki_os_futex_wake(uint32_t *word, int count)
{
	(void)count;
	explore_wake(word, EXPLORE_HERE);
}

static void poll_wait(struct runtime *of, hk_time until, struct woken *list)
{
	(void)of;
	(void)list;
	if (until == 0)
		return;
	explore_wait_while(&interrupted, 0, EXPLORE_HERE);
	xchg_acq(&interrupted, 0);
}

static void interrupt(struct runtime *of)
{
	(void)of;
	xchg_rel(&interrupted, 1);
}

/* No stack is to be trimmed. */
hk_time hki_trim(struct runtime *of)
{
	(void)of;
	return HK_FOREVER;
}

void hki_timers_expire(struct runtime *of, struct woken *list)
{
	(void)of;
	(void)list;
}

void hki_wake_flush(struct woken *list, struct worker *self)
{
	(void)self;
	explore_assert(!list->first);
}

struct runq_room hki_pool_room(const struct runtime *of, unsigned needed)
{
	(void)of;
	(void)needed;
	return RUNQ_ROOM_FOR_ALL;
}

/* It is attentive all the time: that it looks is not what keeps a worker from missing a task. */
bool hki_lookout_rouse(struct runtime *of, bool ready)
{
	(void)of;
	(void)ready;
	return false;
}

/* Nobody polls yet, so the first that becomes idle will. */
static void setup_two(void)
{
	setup_workers(2);
	rt.poller_ops.wait = poll_wait;
	rt.poller_ops.interrupt = interrupt;
}

static void setup_two_fences(void)
{
	setup_two();
	hki_carrier_fences = FENCES_ON;
}

/* A third worker polls, for a task that holds it: it cannot be taken for others. */
static void setup_two_and_poller(void)
{
	setup_two();
	rt.workers_count = 3;
	workers[2].asleep = 1;
	rt.poller = &workers[2];
	rt.idle_count = 1;
}

static void setup_three(void)
{
	setup_workers(3);
	rt.poller_ops.wait = poll_wait;
	rt.poller_ops.interrupt = interrupt;
}

/*
 * One of them, without a thread here, sleeps already, and there is a CPU for each: the other one
 * searches.
 */
static void setup_search(void)
{
	struct worker *sleeper = &workers[2];
	setup_three();
	rt.cpus = 3;
	sleeper->occupied = false;
	sleeper->free = true;
	sleeper->asleep = 1;
	rt.free = sleeper;
	rt.unoccupied = rt.idle_count = rt.free_count = 1;
}

static void resume(unsigned thread)
{
	hki_carrier_tls = &carriers[thread];
}

static void push(void)
{
	hki_ready_push(&carriers[0], &tasks[0], false);
}

static void push_two(void)
{
	hki_ready_push(&carriers[0], &tasks[0], true);
	hki_ready_push(&carriers[0], &tasks[1], true);
}

static void look(void)
{
	struct hk_task *task = hki_exec_next(&carriers[explore_self()]);
	ptrdiff_t number = task - tasks;
	explore_assert(number >= 0 && number < TASKS && !ran[number]);
	ran[number] = true;
}

/* Nothing goes on: who was taken has been woken, and if workers without a task sleep, then somebody
   else was told of each task. */
static void check(void)
{
	explore_assert(rt.lock == 0);
	explore_assert(!rt.poller || rt.poller->asleep);
	bool told = workers[2].free && !workers[2].asleep;
	explore_assert(rt.free_count == 0 || hki_exec_ready_count(&rt) <= told);
}

const struct explore_scenario explore_scenarios[] = {
	{ "a push, a poller", setup_two, { push, look }, resume, check, check },
	{ "two pushes, a poller", setup_two, { push_two, look }, resume, check, check },
	{ "a push, a sleeper", setup_two_and_poller, { push, look }, resume, check, check },
	{ "a push, a poller, fences", setup_two_fences, { push, look }, resume, check, check },
	{ "a push, two idle", setup_three, { push, look, look }, resume, check, check },
	{ "a push, one searches, one sleeps", setup_search, { push, look }, resume, check, check },
	{ "two pushes, one searches, one sleeps", setup_search, { push_two, look }, resume, check,
		check },
	{ .name = NULL },
};
