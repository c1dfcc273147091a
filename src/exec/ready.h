/* SPDX-License-Identifier: MIT */
/*
 * Which ready task runs next, and who is told that there is one.
 *
 * With interleaving a task that becomes ready on a worker goes into that worker's own queue
 * (core/localq.h), without a lock; others go into the common one (core/runq.h): urgent and
 * background tasks, those bound to a carrier, those that were woken from outside or overflow a
 * local queue. Without interleaving there is the common one only.
 *
 * Order: urgent tasks, then the worker's own, then the common line, then half of what another
 * worker has. The line comes first at each READY_TICK-th pick, and when the lookout sees it wait
 * for long; who yields while somebody is in the line goes to its end. When a slice is over, the
 * worker's own tasks go to the end of the line, and the task that had the slice behind them.
 */
#ifndef EXEC_READY_H
#define EXEC_READY_H

#include "core/carrier.h"
#include "core/runq.h"

/* Who is to be told that there is a ready task. */
struct call {
	struct worker *rouse; /* an idle worker; NULL: none */
	bool lookout;
};

/* There is one more in the common queue: finds somebody for it. rt->lock is held. */
struct call hki_ready_announce(struct runtime *rt);
/* Once rt->lock is not held. */
void hki_ready_call(struct runtime *rt, struct call call);

/* The task is ready; woken: by the task that runs on this carrier, which holds a worker. */
void hki_ready_push(struct carrier *carrier, struct hk_task *task, bool woken);
/* The task that ran on the carrier until now has yielded. */
void hki_ready_push_yielded(struct carrier *carrier, struct hk_task *task);
/* The next task for a carrier that leaves its own; rival: which would else go on. NULL: none. */
struct hk_task *hki_ready_pick(struct carrier *carrier, const struct hk_task *rival);
/* As that, by who holds rt->lock; line_first: before the worker's own. */
struct hk_task *hki_ready_next(struct carrier *carrier, const struct hk_task *rival,
	bool line_first);
/* The calling worker has searched and has a task: is there another, for one who sleeps? Takes
   rt->lock. */
void hki_ready_share(struct runtime *rt);
/*
 * search.c: watches the queues of other workers for a while, if that is worth it; lets rt->lock go
 * meanwhile, which is held before and after.
 */
enum search {
	SEARCH_NONE,  /* it is not worth it */
	SEARCH_VAIN,  /* it has seen nothing */
	SEARCH_FOUND, /* there may be a task to be had */
};
enum search hki_search(struct runtime *rt);
/* The worker's own tasks go to the end of the line. By the worker's holder; rt->lock is held. */
void hki_ready_line_up(struct runtime *rt, struct worker *worker);
/* Takes out a task for which there is room. By the worker's holder; rt->lock is held. */
struct hk_task *hki_ready_take(struct runtime *rt, struct worker *worker, struct runq_room room,
	bool line_first);

#endif
