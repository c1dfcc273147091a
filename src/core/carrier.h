/* SPDX-License-Identifier: MIT */
/*
 * A carrier: a kernel thread of the runtime. It holds a worker while it runs tasks, and may lose it
 * in the middle of a task: to a slice that is over, or because it sleeps in the kernel.
 *
 * in: 1 while the carrier executes the runtime (or is parked), 0 while it executes a task's code.
 * Runtime code runs between hki_enter() and hki_leave(); it holds locks there, so nobody may take
 * the worker away. Calls that touch only a task or an object of the user need not enter.
 *
 * own: who holds what.
 *   W    the carrier holds the worker W (a pointer, so bit 0 is clear)
 *   W+1  the lookout asks for it
 *   1    the lookout has taken it (or hk_blocking() has given it): the carrier is lost
 *   0    it holds none: spare, or parked with a task that is bound to it
 *
 * The lookout asks (CAS W to W+1), has all threads pass a barrier, looks at `in` (0: CAS W+1 to 1).
 * The carrier stores `in`, then loads `own`. So either the lookout sees 1 in `in`, or the carrier
 * sees the ask (doc/internals/carrier.md).
 */
#ifndef CORE_CARRIER_H
#define CORE_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"
#include "core/panic.h"
#include "core/sanitize.h"
#include "core/stall.h"
#include "os/os.h"

struct hk_task;
struct worker;
struct runtime;

/* The bit of `own` that says asked or, alone, taken. */
enum { OWN_ASKED = 1 };

struct carrier {
	uint32_t in;		 /* (a) written by its own thread only */
	uint32_t pending;	 /* (a) an interrupt came while in was 1; its own thread only */
	uintptr_t own;		 /* (a) */
	struct hk_task *current; /* (a) the task it runs; NULL: on its own stack */
	struct runtime *rt;	 /* constant */
	bool sticky;		 /* (a) its current task is bound to it for life */
	void *native_sp;	 /* its own stack, while it runs a task */
	/* What to do for the side that was left, once it has been left (core/worker.c). */
	void (*after)(struct carrier *, struct hk_task *);
	struct hk_task *after_task;
	struct hk_task *give;  /* bound to another carrier, which is to get the worker */
	struct hk_task *start; /* what a spare that was granted a worker runs first; NULL: looks */
	struct sanitize sanitize; /* of its own stack */
	uint32_t thread_id;	  /* (a) */
	uintptr_t thread;
	struct os_altstack altstack;
	struct stall stall;
	hk_time taken_at; /* (a) when its worker was taken last */

	uint32_t grant __attribute__((aligned(64))); /* (a) futex: 1 when `own` was set for it */
	int cpu;	      /* (a) the CPU it is parked on; -1: it runs, or still may */
	int ran_on;	      /* (a) where it was when it was granted a worker last */
	struct os_cpus cpus;  /* what it may use again once it is awake; of whoever grants it a
				 worker, while it is a spare */
	bool starting;	      /* (L) it has never been a spare yet */
	struct carrier *next; /* (L) among spares, or those that ended */
	struct carrier *free; /* (L) among those without a thread */
	/* Of the lookout. */
	int state_fd; /* the stat file in /proc of the thread state_thread; -1: not open */
	uint32_t state_thread;
	int64_t cpu_ns; /* its CPU clock when last looked at */
	int64_t ran_ns; /* without /proc: the same, when it was last seen to run */
	hk_time ran_at; /* and when that was */
};

/*
 * The calling thread's carrier; NULL on a foreign thread. The assembly performs the load itself:
 * a compiler may keep an address of thread-local data across a switch, after which the task
 * may be on another thread.
 */
static inline struct carrier *hki_carrier_self(void)
{
	struct carrier *self;
#if defined(__x86_64__)
	__asm__ volatile("movq hki_carrier_tls@gottpoff(%%rip), %0\n\t"
			 "movq %%fs:(%0), %0"
			 : "=r"(self)
			 :
			 : "memory");
#elif defined(__aarch64__)
	uintptr_t thread;
	__asm__ volatile("adrp %0, :gottprel:hki_carrier_tls\n\t"
			 "ldr %0, [%0, #:gottprel_lo12:hki_carrier_tls]\n\t"
			 "mrs %1, tpidr_el0\n\t"
			 "ldr %0, [%1, %0]"
			 : "=&r"(self), "=&r"(thread)
			 :
			 : "memory");
#else
#error "this processor is not supported yet: x86-64 and aarch64 are"
#endif
	return self;
}

void hki_carrier_set_self(struct carrier *self);
/* An address that only the calling thread has, as long as it lives. Not of a task: it moves. */
const void *hki_carrier_thread_mark(void);

/* The worker in a carrier's `own`. */
static inline struct worker *worker_of(uintptr_t own)
{
	return (struct worker *)(own & ~(uintptr_t)OWN_ASKED);
}

/* Its worker; only between enter and leave. */
static inline struct worker *hki_worker(const struct carrier *carrier)
{
	return worker_of(ld_rlx(&carrier->own));
}

/* When the kernel has no membarrier for us, each carrier pays for the barrier itself. */
enum fences { FENCES_OFF, FENCES_ON, FENCES_BEGIN };
extern uint32_t hki_carrier_fences;
/* A full barrier in all threads that run tasks; they make it themselves if they pay for it. Takes
   10 ms once if the kernel refuses it from now on, as when a sandbox closes while tasks run. */
void hki_carrier_barrier(void);
/* The library was called where it cannot be: panics and says why. */
_Noreturn void hki_carrier_misused(void);
/* Prepares the process for carriers: barriers between them, forks, their untimely ends. */
int hki_carrier_open(void);
/* Keeps the worker that is asked for; when it has been taken, waits until another is granted. */
void hki_carrier_reclaim(struct carrier *self);
/* An interrupt came while the carrier was in the runtime: lets others run if it still holds. */
void hki_carrier_tick(struct carrier *self);

/* From a task's code into the runtime. Returns NULL on a foreign thread. */
static inline struct carrier *hki_enter(void)
{
	struct carrier *self = hki_carrier_self();
	if (self) {
		if (__builtin_expect(ld_rlx(&self->in), 0))
			hki_carrier_misused();
		st_rlx(&self->in, 1);
		compiler_barrier();
		/* order OW1 seq: in before own; pairs with ask() */
		if (__builtin_expect(ld_rlx(&hki_carrier_fences), 0))
			fence_seq();
		/* order OW2 acquire: a worker that was granted; pairs with grant() */
		if (__builtin_expect(ld_acq(&self->own) & OWN_ASKED, 0))
			hki_carrier_reclaim(self);
	}
	return self;
}

/* Back to the task's code; `self` is the carrier that it is on now. */
static inline void hki_leave(struct carrier *self)
{
	compiler_barrier();
	/* order IN1 release: what was done to the worker; pairs with ask() */
	st_rel(&self->in, 0);
	compiler_barrier();
	if (__builtin_expect(ld_rlx(&self->pending), 0))
		hki_carrier_tick(self);
}

/*
 * Gives the worker to a carrier that holds none and is parked, or about to park. start: what a
 * spare is to run first; NULL: it goes on with its task, or looks for one. cpu: which one is free
 * now, should it be stuck behind others on its way to park; -1: not known.
 */
void hki_carrier_grant(struct carrier *to, struct worker *worker, struct hk_task *start, int cpu);
/* As that, by a carrier that is about to park: the other goes on in its place, on its CPU. */
void hki_carrier_succeed(struct carrier *to, struct worker *worker, struct hk_task *start);
/* It is about to be a spare: the next to succeed another on this CPU need not be brought there. */
void hki_carrier_settle(struct carrier *self);
/* Waits for a grant. A grant that came before is kept. timeout_ns < 0: no limit. Returns false
 * when the time was over. */
bool hki_carrier_park(struct carrier *self, int64_t timeout_ns);

#endif
