/* SPDX-License-Identifier: MIT */
/*
 * Step 4 of 6: a task gives up its worker until it is woken.
 * From: worker.c (it runs). To: wake.c
 * State: RUN -> PARKING -> (PARKED ->) WOKEN -> RUN
 * Who runs it: the task itself
 */
#include "core/park.h"

#include "core/event.h"
#include "core/exec.h"
#include "core/foreign.h"
#include "core/overflow.h"
#include "core/runtime.h"

static void describe(struct hk_task *task, const struct wait *wait)
{
	st_rlx(&task->wait_cause, (uint32_t)wait->cause);
	st_rlx(&task->wait_object, wait->object);
	st_rlx(&task->wait_holder, wait->holder);
	st_rlx(&task->wait_deadline, wait->deadline);
	st_rlx(&task->wait_where, wait->where);
	st_rlx(&task->episode, task->episode + 1);
	task->wait_outside = wait->outside || wait->deadline != HK_FOREVER;
}

/* Once the wait has ended, its user may free what was waited for: not while somebody looks. */
static void forget_holder(struct hk_task *task)
{
	if (!ld_rlx(&task->wait_holder))
		return;
	hki_lock(&task->wait_lock);
	st_rlx(&task->wait_holder, NULL);
	hki_unlock(&task->wait_lock);
}

struct hk_task *hki_park_holder(struct hk_task *task)
{
	struct hk_task *by = NULL;
	hki_lock(&task->wait_lock);
	struct hk_task *(*holder)(const void *) = ld_rlx(&task->wait_holder);
	if (holder)
		by = holder(ld_rlx(&task->wait_object));
	hki_unlock(&task->wait_lock);
	return by;
}

/* The wait is over, or did not begin: the word is RUN again, a timer that is left is disarmed. */
static enum hk_outcome end(struct carrier *carrier, struct hk_task *task, uint32_t word)
{
	const uint32_t wait_bits = TASK_PHASE | TASK_OUTCOME | TASK_DEAF;
	if (ld_rlx(&task->wait_deadline) != HK_FOREVER)
		hki_timer_disarm(task);
	if (task->wait_outside)
		sub_rlx(&task->rt->outside, 1);
	hki_event(task->rt, hki_worker(carrier), HK_TRACE_RESUME, task->id,
		ld_rlx(&task->wait_cause), 0);
	st_rlx(&task->wait_cause, (uint32_t)HK_CAUSE_NONE);
	forget_holder(task);
	and_rlx(&task->word, ~wait_bits);
	return (enum hk_outcome)((word & TASK_OUTCOME) >> TASK_OUTCOME_SHIFT);
}

bool hki_park_begin(struct carrier *carrier, const struct wait *wait)
{
	struct hk_task *task = carrier->current;
	struct worker *worker = hki_worker(carrier);
	uint32_t word = ld_rlx(&task->word);
	hki_assert((word & TASK_PHASE) == TASK_RUN);
	overflow_check_bare(task);
	hki_foreign_check(task, ld_rlx(&task->wait_place));
	if ((word & TASK_CANCEL) && !wait->deaf)
		return false;
	describe(task, wait);
	worker->count.parks[wait->cause]++;
	hki_event(task->rt, worker, HK_TRACE_PARK, task->id, wait->cause, 0);
	if (task->wait_outside)
		add_rlx(&task->rt->outside, 1);
	uint32_t parking;
	do {
		if ((word & TASK_CANCEL) && !wait->deaf) {
			hki_event(task->rt, worker, HK_TRACE_WAKE, task->id, HK_OUTCOME_CANCEL,
				task->id);
			end(carrier, task, word);
			return false;
		}
		parking = word | TASK_PARKING | (wait->deaf ? TASK_DEAF : 0u);
		/* order CN1 acqrel: PARKING and CANCEL cannot miss each other; pairs with
		   cancel_task(), cancel_all() */
	} while (!cas_acqrel(&task->word, &word, parking));
	if (wait->deadline != HK_FOREVER)
		hki_timer_arm(task, wait->deadline);
	if (task->wait_outside)
		hki_idle_watch(task->rt);
	return true;
}

bool hki_park_withdraw(struct carrier *carrier)
{
	struct hk_task *task = carrier->current;
	uint32_t word = ld_rlx(&task->word);
	do {
		if ((word & TASK_PHASE) == TASK_WOKEN)
			return false;
		/* order PK1 acqrel: none but this thread's; pairs with hki_wake_claim() */
	} while (!cas_acqrel(&task->word, &word, (word & ~(uint32_t)TASK_PHASE) | TASK_WOKEN));
	hki_event(task->rt, hki_worker(carrier), HK_TRACE_WAKE, task->id, HK_OUTCOME_DONE,
		task->id);
	end(carrier, task, word);
	return true;
}

struct carrier *hki_park(struct carrier *carrier, enum hk_outcome *outcome)
{
	struct hk_task *task = carrier->current;
	hki_deadlock_check(task);
	/* order PK1 acquire: pairs with hki_wake_claim() */
	uint32_t word = ld_acq(&task->word);
	if ((word & TASK_PHASE) != TASK_WOKEN) {
		carrier = hki_exec_wait(carrier);
		/* order PK1 acquire: pairs with hki_wake_claim() */
		word = ld_acq(&task->word);
		hki_assert((word & TASK_PHASE) == TASK_WOKEN);
	}
	*outcome = end(carrier, task, word);
	return carrier;
}
