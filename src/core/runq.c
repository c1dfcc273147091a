/* SPDX-License-Identifier: MIT */
/*
 * Step 2 of 6: a ready task waits for a worker.
 * From: spawn.c, wake.c. To: worker.c
 * State: ready -> ready
 * Who runs it: spawner, waker (push); worker (pop)
 */
#include "core/runq.h"

#include "base/random.h"

static void prepend(struct runq_list *list, struct hk_task *task)
{
	task->next = list->first;
	list->first = task;
	if (!list->last)
		list->last = task;
}

/* The task comes in, or leaves: change is 1 or -1. special: not by the line. */
static void count(struct runq *runq, const struct hk_task *task, bool special, size_t change)
{
	st_rlx(&runq->count, runq->count + change);
	if (special)
		st_rlx(&runq->special, runq->special + change);
	if (task->flags & HK_BACKGROUND)
		runq->background_count += change;
	if (task->flags & TASK_BOUND)
		runq->bound_count += change;
}

/* At any place in the line, each as likely. */
static void insert(struct runq *runq, struct hk_task *task)
{
	struct runq_list *line = &runq->line;
	uint32_t length = 0;
	for (const struct hk_task *at = line->first; at; at = at->next)
		length++;
	uint32_t place = random_below(&runq->random, length + 1);
	struct hk_task *before = NULL;
	for (uint32_t i = 0; i < place; i++)
		before = before ? before->next : line->first;
	task->next = before ? before->next : line->first;
	if (before)
		before->next = task;
	else
		line->first = task;
	if (!task->next)
		line->last = task;
}

void hki_runq_push_specially(struct runq *runq, struct hk_task *task)
{
	bool background = task->flags & HK_BACKGROUND;
	if (runq->random && !background)
		insert(runq, task);
	else
		runq_append(background ? &runq->background : &runq->line, task);
	count(runq, task, background, 1);
}

void hki_runq_hold(struct runq *runq, struct hk_task *task)
{
	runq_append(&runq->held[HELD_FRESH], task);
	runq->held_count++;
	count(runq, task, true, 1);
}

void hki_runq_push_urgent(struct runq *runq, struct hk_task *task)
{
	task_flag(task, TASK_URGENT, true);
	runq_append(&runq->urgent, task);
	count(runq, task, true, 1);
	runq->urgent_count++;
}

void hki_runq_unpop(struct runq *runq, struct hk_task *task)
{
	bool background = task->flags & HK_BACKGROUND, urgent = task->flags & TASK_URGENT;
	prepend(urgent ? &runq->urgent : background ? &runq->background : &runq->line, task);
	count(runq, task, background || urgent, 1);
	if (urgent)
		runq->urgent_count++;
}

/* What the task lacks. HELD_KINDS: nothing. */
static enum runq_held lack_of(const struct hk_task *task, struct runq_room room)
{
	if (task->flags & TASK_BOUND)
		return room.bound || !(task->flags & HK_STICKY) ? HELD_KINDS : HELD_BOUND;
	if (ld_rlx(&task->started))
		return room.started ? HELD_KINDS : HELD_STARTED;
	if (task->flags & HK_STICKY)
		return room.sticky ? HELD_KINDS : HELD_STICKY;
	return room.fresh ? HELD_KINDS : HELD_FRESH;
}

static bool has_room(const struct runq_list *list, struct runq_room room)
{
	return list->first && lack_of(list->first, room) == HELD_KINDS;
}

/*
 * Holds back those at the head of the list for which there is no room: the ones behind them may be
 * what they wait for. Returns whether the list then has a task.
 */
static bool skim(struct runq *runq, struct runq_list *list, struct runq_room room)
{
	while (list->first) {
		enum runq_held lack = lack_of(list->first, room);
		if (lack == HELD_KINDS)
			return true;
		if (list == &runq->line) {
			st_rlx(&runq->special, runq->special + 1);
		} else {
			lack = HELD_URGENT;
			runq->urgent_count--;
			runq->held_urgent++;
		}
		runq_append(&runq->held[lack], runq_take(list));
		runq->held_count++;
	}
	return false;
}

/* The list whose first task is the next that is not in the background; NULL: none. */
static struct runq_list *next_list(struct runq *runq, struct runq_room room)
{
	if (skim(runq, &runq->urgent, room))
		return &runq->urgent;
	for (int kind = 0; kind < HELD_KINDS; kind++) {
		if (has_room(&runq->held[kind], room))
			return &runq->held[kind];
	}
	return room.line && skim(runq, &runq->line, room) ? &runq->line : NULL;
}

struct hk_task *hki_runq_pop(struct runq *runq, struct runq_room room)
{
	struct runq_list *list = next_list(runq, room);
	bool alone = !list && !room.rival;
	if (list != &runq->urgent && room.background && has_room(&runq->background, room) &&
		(alone || ++runq->turns >= BACKGROUND_TURNS)) {
		runq->turns = 0;
		list = &runq->background;
	}
	if (!list)
		return NULL;
	struct hk_task *task = runq_take(list);
	count(runq, task, list != &runq->line, (size_t)-1);
	if (list == &runq->urgent)
		runq->urgent_count--;
	else if (list != &runq->line && list != &runq->background)
		runq->held_count--;
	if (list == &runq->held[HELD_URGENT])
		runq->held_urgent--;
	return task;
}
