/* SPDX-License-Identifier: MIT */
/* What a task can do about itself. */
#ifndef HOCKET_TASK_H
#define HOCKET_TASK_H

#include <hocket/base.h>

HK_BEGIN_DECLS

/*
 * Lets another ready task run; the caller goes to the end of the queue. Does nothing without
 * interleaving. Outside a task it is sched_yield().
 * From: task, thread. Parks: no (the task stays ready), not a cancellation point.
 */
HK_API void hk_yield(void);

/*
 * The name of the calling task, for messages.
 * From: task, thread. Parks: never.
 * Returns: its name, valid until the task ends; NULL outside a task.
 */
HK_API const char *hk_task_name(void);

/*
 * The number of the calling task: 1 for the first task of a run, then in order of spawning.
 * From: task, thread. Parks: never. Returns: the number; 0 outside a task.
 */
HK_API uint64_t hk_task_id(void);

/*
 * The worker that runs the calling task at this moment. Another one may run it after the next
 * call that parks.
 * From: task, thread. Parks: never. Returns: 0 ... workers - 1; -1 outside a task.
 */
HK_API int hk_task_worker(void);

/*
 * Whether the calling task has been cancelled: for long computations without a cancellation point.
 * From: task, thread. Parks: never.
 * Returns: true when cancelled; false otherwise and outside a task.
 */
HK_API bool hk_task_cancelled(void);

/*
 * Whether the calling code may wait as a task does: for libraries that replace blocking calls
 * (libhocket-posix), which can be reached from anywhere.
 * From: task, thread, signal. Parks: never.
 * Returns: true in a task's code; false outside a task, inside this library (also in a signal
 * handler that interrupted it), in the function of hk_blocking(), and on another stack than the
 * task's.
 */
HK_API bool hk_task_can_wait(void);

HK_END_DECLS

#endif
