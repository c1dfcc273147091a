/* SPDX-License-Identifier: MIT */
/*
 * Step 2 of 6: a ready task waits for a worker.
 * From: spawn.c, wake.c. To: worker.c
 * State: ready -> ready
 * Who runs it: spawner, waker (push); worker (pop)
 */
#include "core/runq.h"

#include "core/task.h"

void hki_runq_push(struct runq *runq, struct hk_task *task)
{
	task->next = NULL;
	if (runq->last)
		runq->last->next = task;
	else
		runq->first = task;
	runq->last = task;
	runq->count++;
}

struct hk_task *hki_runq_pop(struct runq *runq)
{
	struct hk_task *task = runq->first;
	if (!task)
		return NULL;
	runq->first = task->next;
	if (!runq->first)
		runq->last = NULL;
	runq->count--;
	return task;
}
