/* SPDX-License-Identifier: MIT */
/*
 * Step 4 of 6: a task gives up its worker until it is woken. To wait:
 *
 *	c = hki_enter();
 *	hki_lock(&queue->lock);
 *	if (there is nothing to wait for) ...
 *	if (!hki_park_begin(c, &wait)) { unlock; hki_leave(c); return -ECANCELED; }
 *	put the task where wakers look for it
 *	hki_unlock(&queue->lock);
 *	c = hki_park(c, &outcome);
 *	if (outcome != HK_OUTCOME_DONE) lock, take the task out of there if it still is, unlock
 *	hki_leave(c);
 */
#ifndef CORE_PARK_H
#define CORE_PARK_H

#include <stdbool.h>

#include "core/task.h"

struct carrier;

/* Notes where the program called the public function in which this stands, for reports. */
#define hki_park_from(task) st_rlx(&(task)->wait_place, (const void *)__builtin_return_address(0))

/* Announces the wait. From now on wakers may claim the calling task. False: it was cancelled. */
bool hki_park_begin(struct carrier *carrier, const struct wait *wait);
/* Takes the announcement back. False: the wait has been ended by a waker; hki_park() then returns
 * at once. */
bool hki_park_withdraw(struct carrier *carrier);
/* Who could end the task's wait, as the wait tells; NULL: nobody in particular. Of any task. */
struct hk_task *hki_park_holder(struct hk_task *task);
/* Waits until claimed; returns the carrier that the task is on now. */
struct carrier *hki_park(struct carrier *carrier, enum hk_outcome *outcome);

#endif
