/* SPDX-License-Identifier: MIT */
/*
 * The carriers of a runtime: those in use, spares, and the threads behind them.
 *
 * Threads are made by the maker alone, the thread that called hk_run(): pthread_create() allocates,
 * and may wait for a task that was interrupted in the middle of malloc(). Nobody waits for the
 * maker; until it has made one, workers go from task to task, and between tasks whose carriers
 * stand still, without new ones.
 *
 * From hki_pool_put() on: rt->lock is held.
 */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include <stdbool.h>

#include "core/carrier.h"
#include "core/runq.h"

struct runtime;
struct worker;

/* Starts the carriers that hold the workers. Returns a negative errno. */
int hki_pool_start(struct runtime *rt);
/* The maker: makes and joins threads until the run has stopped and all have ended. */
void hki_pool_make(struct runtime *rt);
/* Once there is no lookout any more: closes what it opened. */
void hki_pool_close(struct runtime *rt);
/* What the thread of a carrier does at its very end. Takes rt->lock. */
void hki_pool_leave(struct carrier *carrier);

/* The carrier holds no worker (any more) and has no task: it is a spare now. */
void hki_pool_put(struct runtime *rt, struct carrier *carrier);
/* A spare that nobody needs for a sticky task; NULL: none. The maker is asked for more. */
struct carrier *hki_pool_take(struct runtime *rt);
/* Takes this one out; false: it is none any more. */
bool hki_pool_remove(struct runtime *rt, struct carrier *carrier);
/* Keeps a spare for a sticky task that is about to run. False: there is none. */
bool hki_pool_reserve(struct runtime *rt);
void hki_pool_unreserve(struct runtime *rt);
/* Which unstarted tasks may start when `needed` spares would be used up by that. */
struct runq_room hki_pool_room(const struct runtime *rt, unsigned needed);
/* Sees to it that there are enough spares, or soon will be. */
void hki_pool_want(struct runtime *rt);
/* Whether there are no spares, and none will come by themselves. */
bool hki_pool_is_exhausted(const struct runtime *rt);
/* Lets all spares end. */
void hki_pool_stop(struct runtime *rt);
/* Wakes the maker. */
void hki_pool_call(struct runtime *rt);
/* In a signal handler: has the maker write the tasks to stderr. */
void hki_pool_ask(struct runtime *rt);

#endif
