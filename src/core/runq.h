/* SPDX-License-Identifier: MIT */
/*
 * Step 2 of 6: where ready tasks wait that are in no worker's own queue (localq.h), first come
 * first served, but for three: urgent ones go first, background ones last, and those for which
 * there is no carrier are held back. The lock of the runtime protects it.
 *
 * A task without a flag (of task.h), in the line, is the fast path: pushed and popped here, inline.
 */
#ifndef CORE_RUNQ_H
#define CORE_RUNQ_H

#include <stdbool.h>
#include <stddef.h>

#include "core/task.h"

struct runq_list {
	struct hk_task *first;
	struct hk_task *last;
};

/* Tasks for which there was no carrier, by what they lacked. */
enum runq_held { HELD_URGENT, HELD_BOUND, HELD_STARTED, HELD_FRESH, HELD_STICKY, HELD_KINDS };

struct runq {
	struct runq_list line;
	size_t count;		 /* (a) read without the lock as a hint, as is */
	size_t special;		 /* (a) how many of them are in the lists below */
	struct runq_list urgent; /* let in by the rule of share.h; or back from a lost carrier */
	struct runq_list background;	   /* HK_BACKGROUND */
	struct runq_list held[HELD_KINDS]; /* came before all in the line */
	uint64_t random; /* (c) but for drawing; 0: the line is first come first served */
	unsigned turns;
	size_t urgent_count; /* without those held */
	size_t held_urgent;
	size_t background_count;
	size_t bound_count; /* stand still on carriers */
	size_t held_count;
};

/* For which tasks, besides bound ones that are not sticky, there are carriers. */
struct runq_room {
	bool bound; /* sticky: a spare is to be reserved for each */
	bool started;
	bool fresh;
	bool sticky;
	bool line;	 /* those in the line, which are none of the special ones */
	bool background; /* those in the background, when it is their turn */
	bool rival;	 /* a task that is not in the background would go on if none is popped */
};
#define RUNQ_ROOM_FOR_ALL                                                                          \
	(struct runq_room)                                                                         \
	{                                                                                          \
		true, true, true, true, true, true, false                                          \
	}

/* At least every BACKGROUND_TURNS-th turn, while others want theirs, is a background task's. */
enum { BACKGROUND_TURNS = 16 };

static inline void runq_append(struct runq_list *list, struct hk_task *task)
{
	task->next = NULL;
	if (list->last)
		list->last->next = task;
	else
		list->first = task;
	list->last = task;
}

static inline struct hk_task *runq_take(struct runq_list *list)
{
	struct hk_task *task = list->first;
	list->first = task->next;
	if (!list->first)
		list->last = NULL;
	return task;
}

void hki_runq_push_specially(struct runq *runq, struct hk_task *task);
/* Holds one back that was not in here, and has not started: there is no carrier for it. */
void hki_runq_hold(struct runq *runq, struct hk_task *task);
void hki_runq_push_urgent(struct runq *runq, struct hk_task *task);
/* Puts back what was popped, to be popped next. */
void hki_runq_unpop(struct runq *runq, struct hk_task *task);
/* NULL: none for which there is room. */
struct hk_task *hki_runq_pop(struct runq *runq, struct runq_room room);

static inline void hki_runq_push(struct runq *runq, struct hk_task *task)
{
	if (__builtin_expect(task->flags != 0 || runq->random, 0)) {
		hki_runq_push_specially(runq, task);
		return;
	}
	runq_append(&runq->line, task);
	st_rlx(&runq->count, runq->count + 1);
}

/* How many urgent tasks could run. */
static inline size_t hki_runq_urgent(const struct runq *runq, struct runq_room room)
{
	return runq->urgent_count + (room.started ? runq->held_urgent : 0);
}

/* Whether all tasks in it stand still on carriers. */
static inline bool hki_runq_only_bound(const struct runq *runq)
{
	return runq->count == runq->bound_count;
}

#endif
