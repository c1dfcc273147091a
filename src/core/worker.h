/* SPDX-License-Identifier: MIT */
/*
 * A worker: the right to run one task. Not a thread: a carrier holds it (core/carrier.h).
 *
 * Key: (c) constant, (w) only the carrier that holds it, (a) atomic, (L) lock of the runtime,
 * (k) only the lookout.
 */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <hocket/trace.h>
#include <hocket/time.h>

#include "base/atomic.h"
#include "core/localq.h"

struct carrier;

/* Always counted, unshared; read when the run is over, or as a hint. */
struct counters {
	uint64_t started;
	uint64_t switches; /* (a) also the number of the present turn: the lookout reads it */
	uint64_t wakes;
	uint64_t timeouts;
	uint64_t cancels;
	uint64_t parks[HK_CAUSES];
	uint64_t retakes;
	uint64_t overruns[HK_OVERRUNS];
};

/* What the lookout has seen of a worker. */
struct watch {
	uint64_t turn;	     /* the turn it saw last */
	hk_time since;	     /* when it saw that turn first */
	hk_time look_at;     /* when to see whether its carrier sleeps */
	int64_t interval_ns; /* between two such looks */
	hk_time asked_at;    /* when it asked for this turn's end; 0: has not */
	hk_time line_at;     /* when it had the line looked at last */
	hk_time urge_at;     /* when it may ask again for an urgent task's sake */
	bool late_said;
	bool stall_said;
	struct carrier *stalled; /* whose stack is still to be said */
};

struct worker {
	struct runtime *rt; /* (c) */
	unsigned index;	    /* (c) */
	uint32_t asleep; /* (a) futex: 1 while it is idle and nobody has roused it; set under (L) */
	bool free;	 /* (L) idle without a task */
	bool occupied;	 /* (L) has a task, waiting ones included */
	struct worker *next;	/* (L) among the idle ones */
	int until_tick;		/* (w) picks until it looks at time, descriptors and the line */
	bool line_due;		/* (a) the common line is to have a turn */
	int64_t idle_ns;	/* (w) */
	struct counters count;	/* (w) */
	struct ring *ring;	/* (c) its events; NULL: not asked for */
	struct carrier *holder; /* (a) who holds it, or held it last */
	uint64_t asked;		/* (a) the turn that the lookout wants to end */
	uint64_t turn_known;	/* (a) the turn whose beginning turn_start is */
	hk_time turn_start;	/* (a) less what the task had of its slice before */
	struct watch watch;	/* (k) */
	struct localq local;	/* ready tasks of its own */
};

/*
 * Whether a turn has lasted long enough to be ended as over: the little that may be missing, from
 * the end of the turn before to the beginning of this one, is not worth waking up for once more.
 */
static inline bool worker_slice_over(hk_time lasted, int64_t slice)
{
	enum { MISSING_NS = 100000 };
	hk_time missing = slice / 2 < MISSING_NS ? slice / 2 : MISSING_NS;
	return slice >= 0 && lasted >= slice - missing;
}

/* A new turn begins: whoever was asked to end the last one need not any more. */
static inline void worker_turn(struct worker *worker)
{
	st_rlx(&worker->count.switches, worker->count.switches + 1);
}

#endif
