/* SPDX-License-Identifier: MIT */
/*
 * Who may go first. A task that was woken by time or by a descriptor, or is back from a call that
 * blocked its carrier, is urgent: it goes before all others, and a running task is interrupted for
 * it. So that a task that sleeps and wakes in order
 * to go first cannot starve others, it needs credit for that: what it runs after such a wake-up
 * is taken off, and time gives 1 / (n + 1) of itself back, n the number of other tasks that want
 * its worker; at most SHARE_BURST_NS are saved up. Without credit it queues like any other. Jumping
 * the queue thus gives a task no more than its share, and a burst (doc/internals/preempt.md). A
 * token bucket (Turner, New directions in communications, 1986).
 */
#ifndef CORE_SHARE_H
#define CORE_SHARE_H

#include "core/exec.h"
#include "core/runtime.h"

enum { SHARE_BURST_NS = 5000000 };

/* The task was woken by time or a descriptor, or is back from a call that blocked: it goes into the
   queue. rt->lock is held. */
static inline void hki_share_push(struct runtime *rt, struct hk_task *task, hk_time now)
{
	hk_time sharers = (hk_time)(hki_exec_ready_count(rt) / rt->workers_count) + 2;
	hk_time credit = task->credit_ns + (now - task->credit_at) / sharers;
	task->credit_ns = credit > SHARE_BURST_NS ? SHARE_BURST_NS : credit;
	task->credit_at = now;
	task_flag(task, TASK_MEASURED, true);
	if (task->credit_ns > 0 && !(task->flags & HK_BACKGROUND))
		hki_runq_push_urgent(&rt->ready, task);
	else
		hki_runq_push(&rt->ready, task);
}

/* The task was taken out of the queue. */
static inline void hki_share_begin(struct hk_task *task)
{
	if (task && (task->flags & TASK_MEASURED))
		task->run_since = hki_os_now();
}

/* The task stops running, or lost its worker at that time; 0: now. */
static inline void hki_share_end(struct hk_task *task, hk_time time)
{
	if (__builtin_expect(task->run_since == 0, 1))
		return;
	task->credit_ns -= (time ? time : hki_os_now()) - task->run_since;
	task_flag(task, TASK_MEASURED | TASK_URGENT, false);
	task->run_since = 0;
}

#endif
