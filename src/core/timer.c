/* SPDX-License-Identifier: MIT */
#include "core/timer.h"

#include "core/expiry.h"
#include "core/runtime.h"
#include "os/os.h"

void hki_timer_publish(struct runtime *rt)
{
	hk_time next = rt->timers.root ? rt->timers.root->key : HK_FOREVER;
	if (rt->expiries.root && rt->expiries.root->key < next)
		next = rt->expiries.root->key;
	/* order TM1 release: read without the lock; pairs with hki_timers_expire(), poll_idle() */
	st_rel(&rt->next_deadline, next);
}

void hki_timer_arm(struct hk_task *task, hk_time deadline)
{
	struct runtime *rt = task->rt;
	hki_lock(&rt->timer_lock);
	task->timer.key = deadline;
	hki_heap_insert(&rt->timers, &task->timer);
	bool first = rt->timers.root == &task->timer;
	if (first)
		hki_timer_publish(rt);
	hki_unlock(&rt->timer_lock);
	if (first)
		hki_idle_retime(rt, deadline);
}

void hki_timer_disarm(struct hk_task *task)
{
	struct runtime *rt = task->rt;
	hki_lock(&rt->timer_lock);
	if (heap_contains(&rt->timers, &task->timer)) {
		hki_heap_remove(&rt->timers, &task->timer);
		hki_timer_publish(rt);
	}
	hki_unlock(&rt->timer_lock);
}

void hki_timers_expire(struct runtime *rt, struct woken *list)
{
	/* order TM1 acquire: pairs with hki_timer_publish() */
	hk_time next = ld_acq(&rt->next_deadline);
	if (next == HK_FOREVER)
		return;
	hk_time now = hki_os_now();
	if (next > now)
		return;
	hki_lock(&rt->timer_lock);
	while (rt->timers.root && rt->timers.root->key <= now) {
		struct hk_task *task = task_of_timer(rt->timers.root);
		hki_heap_remove(&rt->timers, &task->timer);
		/* A sleep is over when its time has come; other waits have failed. */
		bool slept = ld_rlx(&task->wait_cause) == HK_CAUSE_SLEEP;
		hki_wake_claim(list, task, slept ? HK_OUTCOME_DONE : HK_OUTCOME_TIMEOUT);
	}
	hki_timer_publish(rt);
	bool scopes = rt->expiries.root && rt->expiries.root->key <= now;
	hki_unlock(&rt->timer_lock);
	if (scopes)
		hki_expiry_fire(rt, now, list);
}
