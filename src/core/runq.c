/* SPDX-License-Identifier: MIT */
/*
 * Step 2 of 6: a ready task waits for a worker.
 * From: spawn.c, wake.c. To: worker.c
 * State: ready -> ready
 * Who runs it: spawner, waker (push); worker (pop)
 */
#include "core/runq.h"

#include "core/task.h"

static void append(struct runq_list *list, struct hk_task *task)
{
	task->next = NULL;
	if (list->last)
		list->last->next = task;
	else
		list->first = task;
	list->last = task;
}

static void prepend(struct runq_list *list, struct hk_task *task)
{
	task->next = list->first;
	list->first = task;
	if (!list->last)
		list->last = task;
}

static struct runq_list *list_of(struct runq *runq, const struct hk_task *task)
{
	if (task->flags & HK_BACKGROUND)
		return &runq->background;
	if (ld_rlx(&task->carrier))
		return &runq->bound;
	if (ld_rlx(&task->started))
		return &runq->started;
	return task->flags & HK_STICKY ? &runq->sticky : &runq->fresh;
}

void hki_runq_push(struct runq *runq, struct hk_task *task)
{
	task->stamp = runq->stamp++;
	append(list_of(runq, task), task);
	runq->count++;
	runq->background_count += (task->flags & HK_BACKGROUND) != 0;
}

void hki_runq_push_urgent(struct runq *runq, struct hk_task *task)
{
	append(&runq->urgent, task);
	runq->count++;
	runq->urgent_count++;
	runq->background_count += (task->flags & HK_BACKGROUND) != 0;
}

void hki_runq_unpop(struct runq *runq, struct hk_task *task)
{
	prepend(list_of(runq, task), task);
	runq->count++;
	runq->background_count += (task->flags & HK_BACKGROUND) != 0;
}

static struct hk_task *take(struct runq *runq, struct runq_list *list)
{
	struct hk_task *task = list->first;
	list->first = task->next;
	if (!list->first)
		list->last = NULL;
	runq->count--;
	runq->background_count -= (task->flags & HK_BACKGROUND) != 0;
	return task;
}

/* Of two lists, the one whose first task came earlier. */
static struct runq_list *older(struct runq_list *a, struct runq_list *b)
{
	if (!a->first || !b->first)
		return a->first ? a : b;
	return b->first->stamp < a->first->stamp ? b : a;
}

static bool has_room(const struct hk_task *task, struct runq_room room)
{
	if (!task || ld_rlx(&task->carrier))
		return task != NULL;
	if (ld_rlx(&task->started))
		return room.started;
	return task->flags & HK_STICKY ? room.sticky : room.fresh;
}

struct hk_task *hki_runq_pop(struct runq *runq, struct runq_room room)
{
	if (has_room(runq->urgent.first, room)) {
		runq->urgent_count--;
		return take(runq, &runq->urgent);
	}
	struct runq_list *list = &runq->bound;
	if (room.started)
		list = older(list, &runq->started);
	if (room.fresh)
		list = older(list, &runq->fresh);
	if (room.sticky)
		list = older(list, &runq->sticky);
	bool alone = !list->first && !room.rival;
	if (has_room(runq->background.first, room) &&
		(alone || ++runq->turns >= BACKGROUND_TURNS)) {
		runq->turns = 0;
		list = &runq->background;
	}
	return list->first ? take(runq, list) : NULL;
}
