/* SPDX-License-Identifier: MIT */
/*
 * Step 5 of 6: a parked task becomes ready again, exactly once.
 * From: park.c. To: runq.c
 * State: PARKING, PARKED -> WOKEN
 * Who runs it: waker (a task, an idle worker that found a timer or descriptor due, a foreign
 * thread)
 */
#include "core/wake.h"

#include "core/event.h"
#include "core/exec.h"
#include "core/runtime.h"

/* A thread outside the runtime keeps it from ending until it has finished waking. */
static void open_list(struct woken *list, struct runtime *rt)
{
	struct carrier *self = hki_carrier_self();
	list->rt = rt;
	list->self = self && self->rt == rt ? self : NULL;
	if (!list->self)
		add_rlx(&rt->guests, 1);
}

static void close_list(struct woken *list)
{
	/* order GU1 release: the last touch of the runtime; pairs with execute() */
	if (!list->self)
		sub_rel(&list->rt->guests, 1);
	list->rt = NULL;
	list->self = NULL;
}

/* The task may be gone already. */
static void note(const struct woken *list, uint64_t task, enum hk_outcome outcome, hk_time time)
{
	struct worker *worker = list->self ? hki_worker(list->self) : NULL;
	struct counters *count = worker ? &worker->count : list->count;
	if (count) {
		count->wakes++;
		count->timeouts += outcome == HK_OUTCOME_TIMEOUT;
		count->cancels += outcome == HK_OUTCOME_CANCEL;
	}
	hki_probe_event(HK_TRACE_WAKE, task, outcome, list->by);
	if (hki_event_heard(list->rt)) {
		hki_event_emit(list->rt, worker, HK_TRACE_WAKE, task, outcome, list->by, time);
	}
}

bool hki_wake_claim(struct woken *list, struct hk_task *task, enum hk_outcome outcome)
{
	/* All that is needed of the task later: after the deciding CAS it may run, and end. */
	struct runtime *rt = task->rt;
	struct worker *holder = hki_exec_holder(task);
	uint64_t id = task->id;
	uint32_t word = ld_rlx(&task->word);
	uint32_t woken;
	bool opened = !list->rt;
	if (opened)
		open_list(list, rt);
	hki_assert(list->rt == rt);
	hk_time time = hki_event_heard(rt) ? hki_os_now() : 0;
	do {
		uint32_t phase = word & TASK_PHASE;
		bool waits = phase == TASK_PARKING || phase == TASK_PARKED;
		if (!waits || (outcome == HK_OUTCOME_CANCEL && (word & TASK_DEAF))) {
			if (opened)
				close_list(list);
			return false;
		}
		woken = (word & ~(uint32_t)TASK_PHASE) | TASK_WOKEN |
			(uint32_t)outcome << TASK_OUTCOME_SHIFT;
		/* order PK1 acqrel: what the task was given; pairs with hki_park(),
		   hki_native_settle() */
	} while (!cas_acqrel(&task->word, &word, woken));
	note(list, id, outcome, time);
	if ((word & TASK_PHASE) == TASK_PARKED) {
		task->next = NULL;
		if (list->last)
			list->last->next = task;
		else
			list->first = task;
		list->last = task;
	} else if (holder) {
		hki_exec_tell(rt, holder);
	}
	return true;
}

void hki_wake_flush(struct woken *list, struct worker *self)
{
	if (!list->rt)
		return;
	if (list->first)
		hki_exec_ready(list->rt, list->first, self, list->outside);
	close_list(list);
	list->first = list->last = NULL;
}
