/* SPDX-License-Identifier: MIT */
/*
 * The machine that a scenario runs on, one step at a time: threads, which stop before each
 * operation, and their store buffers.
 *
 * Who can take the next step is an actor: a thread, or a place in a thread's store buffer, whose
 * step is to bring what it holds to memory.
 */
#ifndef EXPLORE_MACHINE_H
#define EXPLORE_MACHINE_H

#include "driver.h"

enum {
	MACHINE_SLOTS = 12, /* of a store buffer */
	MACHINE_ACTORS = EXPLORE_THREADS * (1 + MACHINE_SLOTS),
};

/* A set of actors, a bit each. */
typedef uint64_t actors;

enum what {
	LOAD,
	PUT,   /* into the place `target` of the own store buffer, once that is free */
	STORE, /* from there, to memory */
	CHANGE,
	FENCE,
	DRAIN, /* waits until the store buffer of `target`, a thread, is empty */
	LOCK,
	UNLOCK,
	WAIT,
	SLEEP,
	WOKEN, /* goes on after SLEEP */
	WAKE,
};

struct op {
	enum what what;
	enum explore_how how;
	bool release;
	bool writes; /* or may write, while it is not done */
	unsigned size;
	unsigned target;
	void *at; /* NULL: touches no memory */
	uint64_t value;
	uint64_t expected;
	uint64_t found;
	const char *where;
};

/* The thread whose step it is, or from whose store buffer. */
static inline unsigned machine_owner(unsigned actor)
{
	return actor < EXPLORE_THREADS ? actor : (actor - EXPLORE_THREADS) / MACHINE_SLOTS;
}

/* Starts the scenario; the threads stop before their first operation. */
void machine_start(const struct explore_scenario *scenario);
/* Who can take a step. */
actors machine_enabled(void);
/* Who would, but may have to wait for others. */
actors machine_pending(void);
/* The step that a pending actor is about to take. */
const struct op *machine_op(unsigned actor);
/* The step by which it was put into the store buffer. */
int machine_put_by(unsigned actor);
/* Takes the step, number `step` of the schedule, and goes on to the thread's next one. *done: as it
   turned out. */
void machine_step(unsigned actor, int step, struct op *done);

#endif
