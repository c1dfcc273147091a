/* SPDX-License-Identifier: MIT */
#ifndef CORE_OVERFLOW_H
#define CORE_OVERFLOW_H

#include <stdbool.h>

#include "core/task.h"

/* Whether a fault at the address is the calling task's stack overflow; then it is said on stderr.
 */
bool hki_overflow_report(const void *at);

/* Ends the process, with a word about why, when the task has used more than its stack. */
void hki_overflow_check(const struct hk_task *task, const void *frame);

/* Where a task without a guard must be looked at: when it waits or yields. */
static inline void overflow_check_bare(const struct hk_task *task)
{
	if (__builtin_expect(task->bare, false))
		hki_overflow_check(task, __builtin_frame_address(0));
}

#endif
