/* SPDX-License-Identifier: MIT */
/*
 * What decides which task runs next: an executor. exec/ runs tasks on real workers as the knobs
 * `workers` and `interleave` say. All are called inside the runtime (IN) and return the carrier on
 * which the calling task goes on.
 */
#ifndef CORE_EXEC_H
#define CORE_EXEC_H

#include <stdbool.h>
#include <stddef.h>

struct carrier;
struct hk_task;
struct runtime;
struct worker;

/* A new task, not yet visible to anybody: runs it, now or later. */
struct carrier *hki_exec_spawned(struct carrier *carrier, struct hk_task *task);
/* The first task of a run, from the maker. Until now rt->outside counted the maker: idle
   workers could still get work from it. */
void hki_exec_first(struct runtime *rt, struct hk_task *task);
/* The calling task is PARKING: returns when it is WOKEN. */
struct carrier *hki_exec_wait(struct carrier *carrier);
struct carrier *hki_exec_yield(struct carrier *carrier);
/* The calling task has ended. */
_Noreturn void hki_exec_end(struct carrier *carrier);
/* Who could have to be told that this task, which may be PARKING or PARKED, was woken. Asked
   before the deciding CAS, since the task may be gone after it. NULL: nobody. */
struct worker *hki_exec_holder(const struct hk_task *task);
/* A worker, asked for by hki_exec_holder(), may have a woken task: tells it. */
void hki_exec_tell(struct runtime *rt, struct worker *worker);
/* Tasks that were PARKED are ready, linked by next; self: the worker that is idle itself and
   will look for them (NULL: none). outside: time or descriptors woke them; they may go first. */
void hki_exec_ready(struct runtime *rt, struct hk_task *first, struct worker *self, bool outside);
/* Whether a worker has a ready task in its own queue; a hint. */
bool hki_exec_ready_locally(const struct runtime *rt);
/* How many tasks are ready; a hint. rt->lock is held. */
size_t hki_exec_ready_count(const struct runtime *rt);
/* The next task for a carrier on its own stack; waits for one. NULL: the run is over. */
struct hk_task *hki_exec_next(struct carrier *carrier);
/* Who goes on with a worker that its carrier gives up, or loses. */
struct heir {
	struct carrier *carrier;
	struct hk_task *task; /* it goes on with it, or starts it; NULL: it looks for one */
};
/*
 * Finds an heir. rival: the task that would go on if there is none; NULL: none. must: an heir
 * without a task will do. worker: the calling carrier's; NULL: it holds none, and only the common
 * queue is looked into. False: nobody, and nothing has changed. rt->lock is held.
 */
bool hki_exec_find_heir(struct runtime *rt, struct worker *worker, const struct hk_task *rival,
	bool must, struct heir *heir);
/* The heir gets nothing after all: undoes that. Workers may have become idle meanwhile: one is told
   of the task. Takes rt->lock. */
void hki_exec_dismiss_heir(struct runtime *rt, const struct heir *heir);
/* Gives it the worker. cpu: which one its last holder leaves; -1: none. */
void hki_exec_inherit(const struct heir *heir, struct worker *worker, int cpu);
/* The calling task's slice is over: lets others run, as a yield does. */
struct carrier *hki_exec_slice(struct carrier *carrier);
/* The carrier runs a task without a worker, which was taken: returns when it has got one. */
void hki_exec_lost(struct carrier *carrier);
/* The handler of the signal that interrupts a task's code. */
void hki_exec_interrupt(void *context);

#endif
