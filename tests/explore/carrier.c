/* SPDX-License-Identifier: MIT */
/*
 * hki_enter(), hki_leave(), core/carrier.c and the asking of core/watch.c: a worker never has two
 * holders. Thread 0 is a carrier whose task makes calls, thread 1 the lookout, which takes the
 * worker for somebody else.
 */
#include "core/carrier.h"

#include <string.h>

#include "core/event.h"
#include "core/exec.h"
#include "core/lookout.h"
#include "core/pool.h"
#include "core/runtime.h"

enum { NOBODY, CARRIER, HEIR };

static struct runtime rt;
static struct worker worker;
static struct carrier carrier, heir;
static struct hk_task task;
static unsigned user;  /* who touches what is the worker's */
static uint32_t work;  /* and that, in memory */
static uint32_t calls; /* how often the carrier has touched it */
static bool lost;      /* the carrier has found out that it holds none any more */
static bool taken;

extern __thread struct carrier *hki_carrier_tls;

static void setup(void)
{
	memset(&rt, 0, sizeof rt);
	memset(&worker, 0, sizeof worker);
	memset(&carrier, 0, sizeof carrier);
	memset(&heir, 0, sizeof heir);
	memset(&task, 0, sizeof task);
	user = NOBODY;
	work = calls = 0;
	lost = taken = false;
	hki_carrier_fences = FENCES_OFF;
	rt.workers_count = 1;
	rt.options.stall_ns = -1;
	rt.workers = &worker;
	worker.rt = carrier.rt = heir.rt = &rt;
	worker.holder = &carrier;
	carrier.own = (uintptr_t)&worker;
	carrier.current = &task;
	carrier.state_fd = -1;
	task.lent = true; /* so that the lookout takes it without looking for sleep */
	task.id = 1;
	task.slice_ns = -1;
}

/* Where membarrier(2) is refused. */
static void setup_fences(void)
{
	setup();
	hki_carrier_fences = FENCES_ON;
}

static void resume(unsigned thread)
{
	hki_carrier_tls = thread == 0 ? &carrier : NULL;
}

/* --- what the rest of the runtime does --- */

bool hki_exec_find_heir(struct runtime *of, struct worker *own, const struct hk_task *rival,
	bool must, struct heir *found)
{
	(void)of;
	(void)own;
	(void)rival;
	(void)must;
	*found = (struct heir){ &heir, NULL };
	return true;
}

void hki_exec_dismiss_heir(struct runtime *of, const struct heir *found)
{
	(void)of;
	explore_assert(found->carrier == &heir);
}

void hki_exec_inherit(const struct heir *to, struct worker *own, int cpu)
{
	(void)cpu;
	explore_assert(to->carrier == &heir && own == &worker && !taken);
	explore_assert(user == NOBODY);
	user = HEIR;
	taken = true;
	explore_assert(ld_rlx(&work) == calls);
}

void hki_exec_lost(struct carrier *self)
{
	explore_assert(self == &carrier);
	lost = true;
}

int64_t hki_os_now(void)
{
	return 1;
}

/* A thread that runs, though its clock has not moved yet. */
int hki_os_thread_state_open(uint32_t thread_id)
{
	(void)thread_id;
	return 0;
}

void hki_os_close(int fd)
{
	(void)fd;
}

char hki_os_thread_state(int fd)
{
	(void)fd;
	return 'R';
}

int64_t hki_os_thread_cpu_time(uint32_t thread_id)
{
	(void)thread_id;
	return 0;
}

bool hki_os_barrier(void)
{
	explore_barrier(EXPLORE_HERE);
	return true;
}

void hki_panic(const char *format, ...)
{
	explore_fail("panic: %s", format);
}

/* --- the threads --- */

/* The carrier makes a call. False: it has lost its worker. */
static bool call(void)
{
	struct carrier *self = hki_enter();
	if (lost)
		return false;
	explore_assert(self == &carrier && hki_worker(self) == &worker);
	explore_assert(user == NOBODY);
	user = CARRIER;
	st_rlx(&work, ++calls);
	user = NOBODY;
	hki_leave(self);
	return true;
}

static void call_once(void)
{
	call();
}

static void call_twice(void)
{
	if (call())
		call();
}

static void look(void)
{
	struct look found = { .now = 1, .waiting = true, .next = HK_FOREVER };
	hki_watch_worker(&rt, &worker, &found);
}

static void look_twice(void)
{
	look();
	if (!taken)
		look();
}

static void check(void)
{
	explore_assert(taken || !lost);
	explore_assert(carrier.own == (taken ? OWN_ASKED : (uintptr_t)&worker));
	explore_assert(rt.lost_count == taken);
	explore_assert(work == calls);
}

const struct explore_scenario explore_scenarios[] = {
	{ "a call, the lookout", setup, { call_once, look }, resume, check },
	{ "two calls, the lookout", setup, { call_twice, look }, resume, check },
	{ "two calls, the lookout twice", setup, { call_twice, look_twice }, resume, check },
	{ "two calls, the lookout, fences", setup_fences, { call_twice, look }, resume, check },
	{ .name = NULL },
};
