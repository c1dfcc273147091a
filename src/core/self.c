/* SPDX-License-Identifier: MIT */
/* What a task asks or does about itself. */
#include "core/exec.h"
#include "core/foreign.h"
#include "core/overflow.h"
#include "core/runtime.h"

static const struct hk_task *self_task(void)
{
	const struct carrier *carrier = hki_carrier_self();
	return carrier ? ld_rlx(&carrier->current) : NULL;
}

void hk_yield(void)
{
	struct carrier *carrier = hki_enter();
	if (!carrier) {
		hki_os_thread_yield();
		return;
	}
	overflow_check_bare(carrier->current);
	hki_foreign_check(carrier->current, __builtin_return_address(0));
	hki_leave(hki_exec_yield(carrier));
}

const char *hk_task_name(void)
{
	const struct hk_task *self = self_task();
	return self ? self->name : NULL;
}

uint64_t hk_task_id(void)
{
	const struct hk_task *self = self_task();
	return self ? self->id : 0;
}

int hk_task_worker(void)
{
	const struct hk_task *self = self_task();
	return self ? (int)ld_rlx(&self->worker)->index : -1;
}

/* Without interleaving nobody else may be there to see that the time of a deadline has come. */
static void look_at_the_time(const struct runtime *rt)
{
	/* order TM1 acquire: pairs with hki_timer_publish() */
	hk_time next = ld_acq(&rt->next_deadline);
	if (next == HK_FOREVER || next > hki_os_now())
		return;
	struct carrier *carrier = hki_enter();
	hki_poll_now(carrier->rt);
	hki_leave(carrier);
}

bool hk_task_cancelled(void)
{
	const struct hk_task *self = self_task();
	if (!self)
		return false;
	if (!self->rt->interleave)
		look_at_the_time(self->rt);
	return ld_rlx(&self->word) & TASK_CANCEL;
}

bool hk_task_can_wait(void)
{
	const struct carrier *carrier = hki_carrier_self();
	const struct hk_task *self = carrier ? ld_rlx(&carrier->current) : NULL;
	const char *here = __builtin_frame_address(0);
	return self && !ld_rlx(&carrier->in) && !ld_rlx(&self->lent) &&
		here >= (const char *)hki_stack_bottom(self) && here < (const char *)self;
}

hk_time hk_now(void)
{
	return hki_os_now();
}
