/* SPDX-License-Identifier: MIT */
/*
 * Glossary
 *   task     a stackful unit of work; this record stands at the top of its stack
 *   worker   a token: the right to run one task (core/worker.h)
 *   carrier  a kernel thread; it holds a worker while it runs tasks (core/carrier.h)
 *   scope    the parent of tasks (hocket/scope.h)
 *   park     a task stops until it is woken; wake: it becomes ready again, exactly once
 *
 * The life of a task, one file each: spawn.c -> runq.c -> worker.c -> park.c -> wake.c -> join.c
 *
 * The word of a task says where its present wait stands. All writers use CAS or fetch-or.
 *
 *   RUN ------hki_park_begin()-----> PARKING  published where wakers look; still on its stack
 *   PARKING --settle(), off stack--> PARKED   (only with interleaving)
 *   PARKING --hki_wake_claim()-----> WOKEN    the parker finds out itself
 *   PARKED ---hki_wake_claim()-----> WOKEN    the claimer makes it ready
 *   WOKEN ----end() in park.c------> RUN
 *
 * Who brings PARKING or PARKED to WOKEN has decided how the wait ends; wake, timeout and cancel
 * race for it. Flags beside the phase: OUTCOME (how the wait ended), DEAF (this wait is no
 * cancellation point), CANCEL (sticky until the task ends), SHIELD (what would set CANCEL sets
 * CANCEL_LATER, which becomes CANCEL when the shield is taken away).
 *
 * Key of the fields: (c) constant after spawn, (w) only by the carrier that runs the task, or by
 * who claimed it, (a) atomic, (f) a family lock, (L) lock of the runtime.
 */
#ifndef CORE_TASK_H
#define CORE_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hocket.h>

#include "base/atomic.h"
#include "base/heap.h"
#include "core/sanitize.h"

enum {
	TASK_RUN = 0,
	TASK_PARKING = 1,
	TASK_PARKED = 2,
	TASK_WOKEN = 3,
	TASK_PHASE = 3,	       /* mask */
	TASK_OUTCOME = 3 << 2, /* mask of enum hk_outcome << TASK_OUTCOME_SHIFT */
	TASK_OUTCOME_SHIFT = 2,
	TASK_DEAF = 1 << 4,
	TASK_CANCEL = 1 << 5,
	TASK_SHIELD = 1 << 6,
	TASK_CANCEL_LATER = 1 << 7, /* only beside TASK_SHIELD */
};

/* Flags of a task besides enum hk_task_flags. */
enum {
	TASK_BOUND = 1 << 16,	 /* only its carrier can go on with it */
	TASK_MEASURED = 1 << 17, /* woken by time or a descriptor: core/share.h */
	TASK_URGENT = 1 << 18,	 /* that, and it may go first */
};

enum { TASK_NAME_SIZE = 32 };

/* What a task waits for: for hk_dump() and the search for deadlocks. */
struct wait {
	enum hk_cause cause;
	const void *object;
	/* The task that could end the wait; NULL: nobody in particular. */
	struct hk_task *(*holder)(const void *object);
	const char *where; /* "file:line" of the object; NULL: not known */
	hk_time deadline;  /* HK_FOREVER: none */
	bool deaf;	   /* not a cancellation point */
	bool outside;	   /* a descriptor may end it */
};

/* A lock that a task holds: of sync/lockorder.c. */
struct held_lock {
	const char *what;
	const void *lock;
	const void *place; /* of the call that locked it */
	uint32_t number;
};
enum { HELD_LOCKS = 8 }; /* that are kept; more are not looked at */

/* What a search for deadlocks keeps in a task; under its lock. */
struct task_search {
	uint32_t mark;		/* of the search that wrote this */
	bool pending;		/* in the list of those to look at */
	struct hk_task *joiner; /* the one above it that waits for its end; NULL: none found */
	uint64_t id;
	uint32_t episode;
	struct hk_task *via;
	struct hk_task *todo;
};

/*
 * The fields up to `name` are stale-safe: a search, or a dump, may look at them though the task has
 * ended and the record has a new one.
 */
struct hk_task {
	/* Never reset but by trimming: they outlive the task. */
	uint32_t family_lock;	   /* protects (f): its scopes and the lists of their tasks */
	uint8_t stack_class;	   /* (c) */
	uint8_t colour;		   /* (c) cache lines that its first frame is moved down */
	bool bare;		   /* (c) its stack has no guard */
	struct stack_chunk *chunk; /* (c) that its stack is in */
	uintptr_t stack_number;	   /* (c) valgrind's, when it runs the program */
	struct task_search search; /* deadlock.c */
	uint32_t wait_lock;	   /* keeps what the task waits for alive while others look at it */

	uint32_t word;		  /* (a) see above */
	uint32_t live;		  /* (a) 1 from spawn to end */
	bool started;		  /* (a) */
	uint32_t episode;	  /* (a) how many waits it has begun */
	uint64_t id;		  /* (a) */
	struct runtime *rt;	  /* (a) the same for all tasks of a stack */
	struct worker *worker;	  /* (a) that runs it, or ran it last */
	struct hk_scope *scope;	  /* (a) constant after spawn; NULL: the first task */
	struct hk_task *parent;	  /* (a) constant after spawn; owner of its scope, outlives it */
	struct hk_scope *scopes;  /* (a) (f) those of its scopes that have tasks */
	struct hk_task *sib_next; /* (f) of the parent */
	struct hk_task *sib_prev; /* (f) of the parent */
	struct hk_task *callee;	  /* (a) the task it called; without interleaving */
	uint32_t locks_held;	  /* (a) written by the task */
	uint32_t wait_cause;	  /* (a) copy of struct wait */
	const void *wait_object;  /* (a) */
	struct hk_task *(*wait_holder)(const void *); /* (a) */
	hk_time wait_deadline;			      /* (a) */
	const char *wait_where;			      /* (a) */
	const void *wait_place; /* (a) where the program called what may wait */
	const char *where;	/* (a) "file:line" of its spawn */
	union {
		char name[TASK_NAME_SIZE]; /* constant after spawn; of a live task */
		uint64_t name_words[TASK_NAME_SIZE / sizeof(uint64_t)]; /* (a) */
	};

	bool wait_outside; /* (w) */
	uint32_t flags;	   /* (a) of enum hk_task_flags, TASK_...; (w) while it runs, else (L) */
	bool computes;	   /* (a) its last turn ended with its slice: it may not block */
	bool lent;	   /* (a) in hk_blocking(): its worker may be taken at once */
	int64_t slice_ns;  /* (a) constant after spawn; negative: none */
	struct carrier *carrier;	   /* (a) it is bound to; NULL: any may run it */
	hk_time used_ns;		   /* (w) of its slice, before others were let in */
	hk_time run_since;		   /* (w) */
	hk_time credit_ns;		   /* (w) how long it may run after going first */
	hk_time credit_at;		   /* (L) when that was counted */
	void *sp;			   /* (w) while it does not run */
	struct hk_task *next;		   /* (L) in the run queue; or among free stacks */
	int (*fn)(void *);		   /* (c) */
	void *arg;			   /* (c) */
	int result;			   /* (w) */
	uint32_t selects;		   /* (w) how many it has begun */
	uint32_t expiries;		   /* (w) deadlines that its scopes have */
	uint32_t shields;		   /* (w) how many blocks are open */
	int *result_to;			   /* (c) where its result is to be put; NULL: nowhere */
	struct local_value *locals;	   /* (w) core/local.c */
	uint32_t held_count;		   /* (w) */
	struct held_lock held[HELD_LOCKS]; /* (w) */
	struct hk_scope *walk;		   /* (f) where hki_cancel_scope() stands */
	struct hk_task *caller;		   /* (w) the task below it, that called it */
	struct heap_node timer;		   /* timer lock */
	struct sanitize sanitize;	   /* (w) */
};

static inline uint32_t task_phase(const struct hk_task *task)
{
	return ld_rlx(&task->word) & TASK_PHASE;
}

static inline void task_flag(struct hk_task *task, uint32_t flag, bool on)
{
	st_rlx(&task->flags, on ? task->flags | flag : task->flags & ~flag);
}

/* States of a scope, under the family lock of its owner. */
enum {
	SCOPE_ENDED = 1,
	SCOPE_CANCELLED = 2,
	SCOPE_JOINING = 4,    /* its owner waits for live == 0 */
	SCOPE_FAILED = 8,     /* error is set */
	SCOPE_TIMED_OUT = 16, /* its deadline has come: tasks to come are cancelled, too */
	SCOPE_COLLECT = 32,   /* an error cancels nobody */
	SCOPE_SHIELDED = 64,  /* its tasks are not cancelled with the owner, which is shielded */
	SCOPE_USED = 128,     /* it has had a task since it was joined */
	SCOPE_STATES = 255,   /* all of them: other bits are not from us */
};

/* The state is also looked at without the lock, to refuse misuse. */
static inline bool scope_is(const struct hk_scope *scope, uint32_t state)
{
	return ld_rlx(&scope->state) & state;
}

static inline void scope_set(struct hk_scope *scope, uint32_t state)
{
	st_rlx(&scope->state, ld_rlx(&scope->state) | state);
}

static inline void scope_clear(struct hk_scope *scope, uint32_t state)
{
	st_rlx(&scope->state, ld_rlx(&scope->state) & ~state);
}

static inline const char *scope_where(const struct hk_scope *scope)
{
	return scope->where ? scope->where : "an unknown place";
}

/* The task of a heap node that is its timer. */
static inline struct hk_task *task_of_timer(struct heap_node *node)
{
	return (struct hk_task *)(void *)((char *)node - offsetof(struct hk_task, timer));
}

#endif
