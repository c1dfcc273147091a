/* SPDX-License-Identifier: MIT */
/*
 * A worker: the right to run one task. Not a thread: a carrier holds it (core/carrier.h).
 *
 * Key: (c) constant, (w) only the carrier that holds it, (a) atomic, (L) lock of the runtime.
 */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include <hocket/event.h>

/* Always counted, unshared; read when the run is over, or as a hint. */
struct counters {
	uint64_t started;
	uint64_t switches;
	uint64_t wakes;
	uint64_t timeouts;
	uint64_t cancels;
	uint64_t parks[HK_CAUSES];
};

struct worker {
	struct runtime *rt; /* (c) */
	unsigned index;	    /* (c) */
	uint32_t asleep; /* (a) futex: 1 while it is idle and nobody has roused it; set under (L) */
	bool free;	 /* (L) idle without a task */
	bool occupied;	 /* (L) has a task, waiting ones included */
	struct worker *next;   /* (L) among the idle ones */
	unsigned picks;	       /* (w) */
	int64_t idle_ns;       /* (w) */
	struct counters count; /* (w) */
	struct ring *ring;     /* (c) its events; NULL: not asked for */
};

#endif
