/* SPDX-License-Identifier: MIT */
/*
 * Step 2 of 6: where ready tasks wait, first come first served, but for three: urgent ones go
 * first, background ones last, and tasks that cannot start for want of carriers wait. The lock of
 * the runtime protects it.
 */
#ifndef CORE_RUNQ_H
#define CORE_RUNQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hk_task;

struct runq_list {
	struct hk_task *first;
	struct hk_task *last;
};

struct runq {
	struct runq_list urgent;  /* let in by the rule of share.h; or back from a lost carrier */
	struct runq_list bound;	  /* stand still on a carrier of theirs */
	struct runq_list started; /* ran before, any carrier may go on with them */
	struct runq_list fresh;	  /* have never run */
	struct runq_list sticky;  /* have never run, and need a carrier of their own */
	struct runq_list background; /* HK_BACKGROUND */
	uint64_t stamp;		     /* of the next task: keeps the order across lists */
	unsigned turns;
	size_t count;
	size_t urgent_count;
	size_t background_count;
};

/* For which tasks, besides bound ones, there are carriers. */
struct runq_room {
	bool started;
	bool fresh;
	bool sticky;
	bool rival; /* a task that is not in the background would go on if none is popped */
};
#define RUNQ_ROOM_FOR_ALL                                                                          \
	(struct runq_room)                                                                         \
	{                                                                                          \
		true, true, true, false                                                            \
	}

/* At least every BACKGROUND_TURNS-th turn, while others want theirs, is a background task's. */
enum { BACKGROUND_TURNS = 16 };

void hki_runq_push(struct runq *runq, struct hk_task *task);
void hki_runq_push_urgent(struct runq *runq, struct hk_task *task);
/* Puts back what was popped, to be popped next. */
void hki_runq_unpop(struct runq *runq, struct hk_task *task);
/* Whether all tasks in it stand still on carriers. */
static inline bool hki_runq_only_bound(const struct runq *runq)
{
	return !runq->urgent.first && !runq->started.first && !runq->fresh.first &&
		!runq->sticky.first && !runq->background.first;
}
/* NULL: none for which there is room. */
struct hk_task *hki_runq_pop(struct runq *runq, struct runq_room room);

#endif
