/* SPDX-License-Identifier: MIT */
/*
 * A carrier: a kernel thread of the runtime. It holds a worker while it runs tasks.
 *
 * in: 1 while the carrier executes the runtime, 0 while it executes a task's code. Runtime code
 * runs between hki_enter() and hki_leave(); it holds locks there, so nobody may take the worker
 * away. own: the worker that the carrier holds, as a pointer; 0: none. Bit 0 is kept for those who
 * would take the worker away. Calls that touch only a task or an object of the user need not enter.
 */
#ifndef CORE_CARRIER_H
#define CORE_CARRIER_H

#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"
#include "core/panic.h"
#include "core/sanitize.h"
#include "os/os.h"

struct hk_task;
struct worker;
struct runtime;

struct carrier {
	uint32_t in;		 /* (a) written by its own thread only */
	uintptr_t own;		 /* (a) */
	struct hk_task *current; /* the task it runs; NULL: on its own stack */
	struct runtime *rt;	 /* constant */
	void *native_sp;	 /* its own stack, while it runs a task */
	/* What to do for the side that was left, once it has been left (core/worker.c). */
	void (*after)(struct carrier *, struct hk_task *);
	struct hk_task *after_task;
	struct sanitize sanitize; /* of its own stack */
	uint32_t thread_id;
	uintptr_t thread;
	struct os_altstack altstack;
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
#else
#error "this processor is not supported yet: only x86-64 is"
#endif
	return self;
}

void hki_carrier_set_self(struct carrier *self);

static inline struct worker *hki_worker(const struct carrier *carrier)
{
	return (struct worker *)ld_rlx(&carrier->own);
}

/* From a task's code into the runtime. Returns NULL on a foreign thread. */
static inline struct carrier *hki_enter(void)
{
	struct carrier *self = hki_carrier_self();
	if (self) {
		hki_assert(!ld_rlx(&self->in));
		st_rlx(&self->in, 1);
		compiler_barrier();
	}
	return self;
}

/* Back to the task's code; `self` is the carrier that it is on now. */
static inline void hki_leave(struct carrier *self)
{
	compiler_barrier();
	/* order IN1 release: what was done to the worker; pairs with hki_carrier_start() */
	st_rel(&self->in, 0);
}

/* Starts the thread of a carrier that will hold the worker and run `main`. Returns a negative
 * errno. */
int hki_carrier_start(struct carrier *carrier, struct worker *worker, void *(*main)(void *));

#endif
