/* SPDX-License-Identifier: MIT */
/*
 * One hk_run(): its workers, tasks and waits.
 *
 * Lock order, outermost first: graph lock (deadlock.c), family locks (of a task before those of its
 * children), wait queue or descriptor slot, timers, rt->lock. The locks of stacks are leaves.
 * Key: (c) constant while tasks run, (a) atomic, (L) rt->lock, (T) timer lock.
 */
#ifndef CORE_RUNTIME_H
#define CORE_RUNTIME_H

#include <hocket.h>

#include "base/heap.h"
#include "core/carrier.h"
#include "core/lookout.h"
#include "core/poller.h"
#include "core/runq.h"
#include "core/stack.h"
#include "core/task.h"
#include "core/worker.h"
#include "os/lock.h"

/* The shortest slice that can be asked for: shorter ones would cost more than they divide. */
enum { SLICE_MIN_NS = 100000 };

struct runtime {
	struct hk_options options; /* (c) resolved: nothing is zero any more */
	int stack_class;	   /* (c) of options.stack_size */
	bool interleave;	   /* (c) */
	bool one_order;		   /* (c) by a seed, on one worker: a call that blocks keeps it */
	bool common_only;	   /* (c) ready tasks go into the common queue, not a worker's */
	unsigned cpus;		   /* (c) that the process may use */
	unsigned workers_count;	   /* (c) */
	struct worker *workers;	   /* (c) */
	struct carrier *carriers;  /* (c) options.carriers slots */
	hk_time start_ns;	   /* (c) */
	struct runtime *next;	   /* (a) of the process; list lock in core/runtimes.c */

	uint32_t lock;
	struct runq ready;	/* (L) */
	struct worker *free;	/* (L) idle workers without a task, asleep, last in first */
	struct worker *holding; /* (L) idle workers that hold a waiting task, asleep */
	unsigned unoccupied;	/* (L) workers without a task, idle or about to look for one */
	unsigned called_count;	/* (a) tasks on whose worker a child runs as if called */
	unsigned free_count;	/* (a) those of them that are idle and not roused; set under (L) */
	unsigned idle_count;	/* (L) idle and not roused */
	bool searching; /* (a) a worker without a task watches the others' queues; set under (L) */
	struct worker *poller; /* (L) the idle worker that blocks in the poller */
	hk_time poll_until;    /* (L) until when */
	hk_time quiet_since;   /* (L) since when only a foreign thread could go on; 0: not so */
	bool stall_said;       /* (L) */
	bool stopping;	       /* (a) set under (L) */
	bool abandoned;	       /* (a) set under (L): a deadlock was proven: tasks are left */
	bool deadlock_said;    /* (a) it was reported already */

	struct carrier *spares;	    /* (L) without a worker and a task, last in first */
	unsigned spares_count;	    /* (L) */
	unsigned spares_reserved;   /* (L) of them, for sticky tasks that run */
	unsigned frozen_count;	    /* (L) carriers that stand still with a task bound to them */
	unsigned carriers_count;    /* (L) threads */
	unsigned carriers_most;	    /* (L) */
	unsigned slots_used;	    /* (a) written under (L) */
	unsigned wanted;	    /* (L) carriers that the maker is to make */
	unsigned starting;	    /* (L) carriers whose threads have not come to work yet */
	bool carriers_refused;	    /* (L) the system gave no more threads, for now */
	bool refused_said;	    /* (L) */
	hk_time refused_at;	    /* (L) when it refused one last */
	hk_time refused_since;	    /* (L) when first, without giving one since; 0: it has not */
	struct carrier *slots_free; /* (L) */
	struct carrier *ended;	    /* (L) whose threads are to be joined */
	uint32_t maker;		    /* (a) futex: changes when the maker has something to do */
	uint32_t asked;		    /* (a) 1 when it is to write the tasks to stderr */
	unsigned lost_count;	    /* (a) tasks that go on without a worker; written under (L) */
	struct lookout lookout;

	uint32_t timer_lock;
	struct heap timers;    /* (T) of tasks that wait */
	struct heap expiries;  /* (T) of scopes */
	hk_time next_deadline; /* (a) written under (T); HK_FOREVER: no timer */

	uint32_t outside; /* (a) waits that time or a descriptor may end */
	uint32_t guests;  /* (a) foreign threads that are waking a task */
	uint64_t last_id; /* (a) */
	struct stacks stacks;
	struct poller poller_ops; /* (c) */
	struct hk_task *first;	  /* (c) the first task */
	int result;		  /* what hk_run() returns; written once, before stopping */

	/* Listeners (src/see); NULL: nobody listens. */
	void (*on_event)(struct runtime *, struct worker *, const struct hk_trace_record *);
	void (*on_spawn)(struct runtime *, struct worker *, const struct hk_task *, uint64_t by);
	void (*on_exit)(struct runtime *);
	void *trace;		/* of the listener */
} __attribute__((aligned(64))); /* the carriers follow it in memory */

/* Whether there are more CPUs than workers. */
static inline bool hki_runtime_has_room(const struct runtime *rt)
{
	return rt->cpus > rt->workers_count;
}

/* (a) How many runtimes have the order of locks checked (sync/lockorder.h). */
extern uint32_t hki_lock_orders;

/* Whether the calling task is cancelled; a thread outside never is. */
static inline bool hki_self_cancelled(void)
{
	const struct carrier *self = hki_carrier_self();
	return self && (ld_rlx(&self->current->word) & TASK_CANCEL);
}

/* The number of the calling task; 0 on a thread outside. */
static inline uint64_t hki_self_id(void)
{
	const struct carrier *self = hki_carrier_self();
	return self ? self->current->id : 0;
}

/* --- runtimes.c: all runtimes of the process --- */
void hki_runtimes_add(struct runtime *rt);
void hki_runtimes_remove(struct runtime *rt);
/* In the child of a fork(): they are the parent's. */
void hki_runtimes_forget(void);
/* Calls visit for each; the list does not change meanwhile. */
void hki_runtimes_each(void (*visit)(struct runtime *, void *), void *arg);
/* In a signal handler: has each runtime that wants to be asked write its tasks to stderr. False:
   there is none. */
bool hki_runtimes_ask(void);

/* --- pool.c --- */
/* Calls visit for each carrier that there ever was, those without a thread included. */
void hki_pool_each(struct runtime *rt, void (*visit)(struct carrier *, void *), void *arg);

/* --- idle.c --- */
/* Makes the worker wait for something to do. rt->lock is held, before and after. */
void hki_idle(struct runtime *rt, struct worker *worker, bool free);
/* Takes an idle worker out of its sleep. rt->lock is held; hki_rouse() follows once it is not. */
struct worker *hki_idle_take_free(struct runtime *rt);
bool hki_idle_take(struct runtime *rt, struct worker *worker);
/* NULL: nobody to rouse. */
void hki_rouse(struct runtime *rt, struct worker *worker);
/* Rouses all workers for the end of the run. The second: rt->lock is held. */
void hki_stop(struct runtime *rt);
void hki_stop_locked(struct runtime *rt);
/* Looks for due timers and ready descriptors without waiting. */
void hki_poll_now(struct runtime *rt);
/* A task is about to wait for time or a descriptor: makes sure that an idle worker watches. */
void hki_idle_watch(struct runtime *rt);
/* A deadline came that is earlier than all others: makes the poller look again. */
void hki_idle_retime(struct runtime *rt, hk_time deadline);

/* --- timer.c --- */
void hki_timer_arm(struct hk_task *task, hk_time deadline);
void hki_timer_disarm(struct hk_task *task);

/* --- deadlock.c --- */
/* The task is about to wait for a task, or joins while it holds a mutex: is that a cycle? Then it
   is reported, and this returns only when the program wants to go on. */
void hki_deadlock_check(struct hk_task *task);
/* Nothing can ever happen again. rt->lock is held. Reports, then ends the process or the run. */
void hki_deadlock_total(struct runtime *rt);
/* Nothing happens though a deadlock is not proven: says so, once. rt->lock is held. */
void hki_deadlock_stall(struct runtime *rt);

#endif
