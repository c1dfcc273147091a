/* SPDX-License-Identifier: MIT */
/*
 * The thread-local pointer to the carrier; granting a worker, waiting for one, losing one.
 */
#include "core/carrier.h"

#include "core/event.h"
#include "core/exec.h"
#include "core/pool.h"
#include "core/runtime.h"
#include "core/worker.h"

/* Read by hki_carrier_self() only. */
extern __thread struct carrier *hki_carrier_tls;
__attribute__((used, visibility("hidden"),
	tls_model("initial-exec"))) __thread struct carrier *hki_carrier_tls;

/* Long for a store buffer, and for a thread that is on a CPU. */
enum { FENCES_BEGIN_NS = 10000000 };

uint32_t hki_carrier_fences = FENCES_ON;
static bool forked;

void hki_carrier_misused(void)
{
	hki_panic(forked ? "the library was called after fork(), in the child: it has none of the "
			   "workers and can only exec or _exit" :
			   "the library was called from a signal handler that had interrupted it");
}

/* In the child of a fork(): a task there looks as if it were inside the library for ever. */
static void mark_child(void)
{
	struct carrier *self = hki_carrier_self();
	if (self) {
		forked = true;
		st_rlx(&self->in, 1);
	}
	hki_runtimes_forget();
}

static void check_end(void)
{
	const struct carrier *self = hki_carrier_self();
	if (self && self->current)
		hki_panic("it ended its kernel thread (pthread_exit); return from its function "
			  "instead");
}

/*
 * In the middle of runs the threads learn of it as fast as caches go. Nobody relies on it before a
 * time in which each thread that runs has read it and has emptied its store buffer, or has been off
 * its CPU.
 */
static void turn_fences_on(void)
{
	if (ld_rlx(&hki_carrier_fences) == FENCES_ON)
		return;
	st_rlx(&hki_carrier_fences, FENCES_BEGIN);
	hki_os_sleep(FENCES_BEGIN_NS);
	st_rlx(&hki_carrier_fences, FENCES_ON);
}

void hki_carrier_barrier(void)
{
	if (ld_rlx(&hki_carrier_fences) != FENCES_OFF || !hki_os_barrier())
		turn_fences_on();
}

int hki_carrier_open(void)
{
	static uint32_t opened;
	uint32_t no = 0;
	if (hki_os_barrier_open())
		st_rlx(&hki_carrier_fences, FENCES_OFF);
	else
		turn_fences_on();
	if (!cas_rlx(&opened, &no, 1))
		return 0;
	int error = hki_os_at_fork(mark_child);
	if (error)
		st_rlx(&opened, 0);
	return error;
}

__attribute__((noinline)) void hki_carrier_set_self(struct carrier *self)
{
	/* Without a key for it, only a pthread_exit() in a task goes unnoticed. */
	if (self)
		(void)hki_os_thread_at_end(check_end);
	hki_carrier_tls = self;
	compiler_barrier();
}

static void grant(struct carrier *to, struct worker *worker, struct hk_task *start)
{
	to->start = start;
	if (worker)
		st_rlx(&worker->holder, to);
	/* order OW2 release: the worker as its last holder left it; pairs with hki_enter() */
	st_rel(&to->own, (uintptr_t)worker);
	/* order GR1 release: own, and the worker; pairs with hki_carrier_park() */
	st_rel(&to->grant, 1);
	hki_os_futex_wake(&to->grant, 1);
}

static void bring(struct carrier *to, int cpu)
{
	hki_os_thread_bring(ld_rlx(&to->thread_id), cpu, &to->cpus);
}

void hki_carrier_grant(struct carrier *to, struct worker *worker, struct hk_task *start, int cpu)
{
	/* The kernel finds a good place for one that sleeps. One that has woken another, which then
	   ran at once in its place, is ready to run all the time, perhaps behind that other. */
	if (cpu >= 0 && ld_rlx(&to->cpu) < 0)
		bring(to, cpu);
	else
		hki_os_thread_free(ld_rlx(&to->thread_id), &to->cpus);
	grant(to, worker, start);
}

void hki_carrier_succeed(struct carrier *to, struct worker *worker, struct hk_task *start)
{
	/* Where a CPU is idle the kernel would choose that one, which is cold and slow to wake. */
	int cpu = to->rt->cpus > 1 ? hki_os_cpu_here() : -1;
	bool strays = hki_runtime_has_room(to->rt) && !to->cpus.known;
	if (cpu >= 0 && (strays || cpu != ld_rlx(&to->cpu)))
		bring(to, cpu);
	grant(to, worker, start);
}

void hki_carrier_settle(struct carrier *self)
{
	if (hki_runtime_has_room(self->rt))
		bring(self, hki_os_cpu_here());
}

bool hki_carrier_park(struct carrier *self, int64_t timeout_ns)
{
	hk_time end = timeout_ns < 0 ? HK_FOREVER : hki_os_now() + timeout_ns;
	st_rlx(&self->cpu, hki_os_cpu_here());
	/* order GR1 acquire: pairs with grant() */
	while (!ld_acq(&self->grant)) {
		int64_t left = end == HK_FOREVER ? -1 : end - hki_os_now();
		if (end != HK_FOREVER && left <= 0)
			return false;
		hki_os_futex_wait(&self->grant, 0, left);
	}
	st_rlx(&self->grant, 0);
	st_rlx(&self->cpu, -1);
	st_rlx(&self->ran_on, hki_os_cpu_here());
	hki_os_thread_free(0, &self->cpus);
	return true;
}

__attribute__((noinline, cold)) void hki_carrier_reclaim(struct carrier *self)
{
	uintptr_t own = ld_rlx(&self->own);
	if (own != OWN_ASKED) {
		/* order OW3 acqrel: keeps the worker; pairs with ask() */
		if (cas_acqrel(&self->own, &own, own & ~(uintptr_t)OWN_ASKED))
			return;
		if (own != OWN_ASKED)
			return; /* the lookout has withdrawn */
	}
	hki_exec_lost(self);
}

__attribute__((noinline, cold)) void hki_carrier_tick(struct carrier *self)
{
	st_rlx(&self->pending, 0);
	struct carrier *carrier = hki_enter();
	const struct worker *worker = hki_worker(carrier);
	if (ld_rlx(&worker->asked) == ld_rlx(&worker->count.switches))
		carrier = hki_exec_slice(carrier);
	hki_leave(carrier);
}

const void *hki_carrier_thread_mark(void)
{
	return &hki_carrier_tls;
}
