/* SPDX-License-Identifier: MIT */
/*
 * Step 3 of 6: a worker takes a task and runs it.
 * From: runq.c. To: park.c, join.c
 * State: ready -> running
 * Who runs it: carrier
 *
 * A carrier switches directly from task to task; it comes back to its own stack only when there is
 * no task to run. What has to be done for a task after it was left (make it visible to wakers,
 * put it into the queue, free its stack) is done on the side that goes on: a task that were visible
 * earlier could be resumed elsewhere while this carrier still runs on its stack.
 */
#include "core/worker.h"

#include "arch/arch.h"
#include "core/event.h"
#include "core/exec.h"
#include "core/join.h"
#include "core/local.h"
#include "core/pool.h"
#include "core/runtime.h"
#include "core/switch.h"

/* On the stack `self` after a switch. */
static void arrive(struct carrier *carrier, struct sanitize *self)
{
	hki_sanitize_arrive(self, &carrier->sanitize);
	void (*after)(struct carrier *, struct hk_task *) = carrier->after;
	if (after) {
		carrier->after = NULL;
		after(carrier, carrier->after_task);
	}
}

struct carrier *hki_switch(struct carrier *carrier, struct hk_task *to,
	void (*after)(struct carrier *, struct hk_task *))
{
	struct hk_task *from = carrier->current;
	struct sanitize *self = from ? &from->sanitize : &carrier->sanitize;
	bool for_good = from && !ld_rlx(&from->live);
	hki_assert(from != to);
	carrier->after = after;
	carrier->after_task = from;
	st_rlx(&carrier->current, to);
	if (to) {
		worker_turn(hki_worker(carrier));
		st_rlx(&to->worker, hki_worker(carrier));
	}
	hki_sanitize_leave(for_good ? NULL : self, to ? &to->sanitize : &carrier->sanitize);
	carrier = hki_arch_switch(from ? &from->sp : &carrier->native_sp,
		to ? to->sp : carrier->native_sp, carrier);
	arrive(carrier, self);
	return carrier;
}

/* The whole of a task: the bottom frame of its stack. */
static void task_main(void *pass, void *arg)
{
	struct carrier *carrier = pass;
	struct hk_task *task = arg;
	arrive(carrier, &task->sanitize);
	st_rlx(&task->started, true);
	hki_worker(carrier)->count.started++;
	hki_event(task->rt, hki_worker(carrier), HK_TRACE_START, task->id, 0, 0);
	hki_leave(carrier);
	int result = task->fn(task->arg);
	if (task->result_to)
		*task->result_to = result;
	if (task->locals)
		hki_local_end(task);
	carrier = hki_enter();
	task->result = result;
	hki_join_check_end(task);
	hki_event(task->rt, hki_worker(carrier), HK_TRACE_END, task->id, 0,
		(uint64_t)(int64_t)result);
	st_rlx(&task->live, 0);
	hki_exec_end(carrier);
}

void hki_switch_open(struct hk_task *task)
{
	size_t size = (size_t)((char *)task - (char *)hki_stack_bottom(task));
	hki_sanitize_open(&task->sanitize, hki_stack_bottom(task), size);
}

void hki_switch_prepare(struct hk_task *task, char *top)
{
	task->sp = hki_arch_frame(top, task_main, task);
}

void *hki_carrier_main(void *arg)
{
	struct carrier *carrier = arg;
	st_rlx(&carrier->thread_id, hki_os_thread_id());
	st_rlx(&carrier->ran_on, hki_os_cpu_here());
	hki_sanitize_thread(&carrier->sanitize);
	hki_carrier_set_self(carrier);
	/* Without an alternate stack an overflow is still a SIGSEGV, only without its message. */
	(void)hki_os_altstack_set(&carrier->altstack);
	if (carrier->rt->options.signal > 0)
		hki_os_interrupts_allow(carrier->rt->options.signal);
	if (hki_worker(carrier))
		hki_worker(carrier)->idle_ns += hki_os_now() - carrier->rt->start_ns;
	struct hk_task *task;
	while ((task = hki_exec_next(carrier)))
		hki_switch(carrier, task, NULL);
	hki_os_altstack_reset(&carrier->altstack);
	hki_carrier_set_self(NULL);
	hki_pool_leave(carrier);
	return NULL;
}
