/* SPDX-License-Identifier: MIT */
/*
 * core/park.c, wake.c, cancel.c and hki_native_settle(): of those that would end a wait exactly one
 * does, the task goes on once, never before it has left its stack.
 *
 * Thread 0 is the task with its carrier; the others end its wait. Switching away is to call what
 * the next stack would, and then to wait until somebody makes the task ready.
 */
#include "core/wake.h"

#include <stdlib.h>
#include <string.h>

#include "core/join.h"
#include "core/park.h"
#include "core/runtime.h"
#include "core/switch.h"
#include "core/timer.h"
#include "exec/ready.h"

static struct runtime rt;
static struct worker worker;
static struct carrier carrier;
static struct hk_task task;
static struct hk_scope scope;
static uint32_t queue_lock, queued; /* a wait queue with room for one */
static uint32_t ready;		    /* how often it was made ready */
static bool on_stack;		    /* the task's stack is in use */
static uint32_t permits;	    /* posted, taken by nobody */
static unsigned posted, handed;	    /* handed: to the one that waits */
static unsigned taken, ends[4];	    /* waits that were not needed; that ended so, by outcome */

__attribute__((used)) __thread struct carrier *hki_carrier_tls;

static void setup(void)
{
	memset(&rt, 0, sizeof rt);
	memset(&worker, 0, sizeof worker);
	memset(&carrier, 0, sizeof carrier);
	memset(&task, 0, sizeof task);
	memset(&scope, 0, sizeof scope);
	memset(ends, 0, sizeof ends);
	queue_lock = queued = ready = permits = posted = handed = taken = 0;
	on_stack = true;
	rt.interleave = true;
	rt.next_deadline = HK_FOREVER;
	worker.rt = &rt;
	carrier.rt = task.rt = &rt;
	carrier.own = (uintptr_t)&worker;
	carrier.current = &task;
	carrier.in = 1;
	scope.first = &task;
	task.scope = &scope;
	task.wait_deadline = HK_FOREVER;
}

/* Wakers are foreign threads: they are not on a carrier. */
static void resume(unsigned thread)
{
	hki_carrier_tls = thread == 0 ? &carrier : NULL;
}

/* --- what the rest of the runtime does --- */

static void make_ready(struct hk_task *made)
{
	explore_assert(made == &task);
	explore_assert(!on_stack);
	on_stack = true; /* it may go on at once */
	add_rlx(&ready, 1);
}

void hki_ready_push(struct carrier *self, struct hk_task *made, bool woken)
{
	(void)woken;
	explore_assert(self == &carrier);
	make_ready(made);
}

struct hk_task *hki_ready_pick(struct carrier *self, const struct hk_task *rival)
{
	(void)self;
	(void)rival;
	return NULL;
}

void hki_exec_ready(struct runtime *of, struct hk_task *first, struct worker *self, bool outside)
{
	(void)of;
	(void)self;
	(void)outside;
	explore_assert(!first->next);
	make_ready(first);
}

struct carrier *hki_switch(struct carrier *self, struct hk_task *to,
	void (*after)(struct carrier *, struct hk_task *))
{
	(void)to;
	uint32_t before = ld_rlx(&ready);
	on_stack = false;
	after(self, &task);
	explore_wait_while(&ready, before, EXPLORE_HERE);
	return self;
}

void hki_deadlock_check(struct hk_task *self)
{
	(void)self;
}

void hki_idle_watch(struct runtime *of)
{
	(void)of;
}

void hki_idle_retime(struct runtime *of, hk_time deadline)
{
	(void)of;
	(void)deadline;
}

int64_t hki_os_now(void)
{
	return 2;
}

void hki_assert_failed(const char *condition, const char *where)
{
	explore_fail("%s: not so: %s", where, condition);
}

/* --- the threads --- */

static void wait_for(struct wait wait)
{
	enum hk_outcome outcome;
	wait.cause = HK_CAUSE_SEM;
	hki_lock(&queue_lock);
	if (ld_rlx(&permits) > 0) {
		st_rlx(&permits, ld_rlx(&permits) - 1);
		hki_unlock(&queue_lock);
		taken++;
		return;
	}
	if (!hki_park_begin(&carrier, &wait)) {
		hki_unlock(&queue_lock);
		ends[HK_OUTCOME_CANCEL]++;
		return;
	}
	st_rlx(&queued, 1);
	hki_unlock(&queue_lock);
	hki_park(&carrier, &outcome);
	ends[outcome]++;
	explore_assert(outcome != HK_OUTCOME_CANCEL || !wait.deaf);
	explore_assert(outcome != HK_OUTCOME_TIMEOUT || wait.deadline != HK_FOREVER);
	hki_lock(&queue_lock);
	explore_assert(ld_rlx(&queued) == (outcome != HK_OUTCOME_DONE));
	st_rlx(&queued, 0);
	hki_unlock(&queue_lock);
}

static void wait_once(void)
{
	wait_for((struct wait){ .deadline = HK_FOREVER });
}

static void wait_twice(void)
{
	wait_once();
	wait_once();
}

static void wait_deaf(void)
{
	wait_for((struct wait){ .deadline = HK_FOREVER, .deaf = true });
}

static void wait_until(void)
{
	wait_for((struct wait){ .deadline = 1 });
}

static void wait_until_then_deaf(void)
{
	wait_until();
	wait_deaf();
}

static void post(void)
{
	struct woken list = WOKEN_NONE;
	hki_lock(&queue_lock);
	posted++;
	if (ld_rlx(&queued) && hki_wake_claim(&list, &task, HK_OUTCOME_DONE)) {
		st_rlx(&queued, 0);
		handed++;
	} else {
		st_rlx(&permits, ld_rlx(&permits) + 1);
	}
	hki_unlock(&queue_lock);
	hki_wake_flush(&list, NULL);
}

static void post_twice(void)
{
	post();
	post();
}

static void cancel(void)
{
	struct woken list = WOKEN_NONE;
	hki_cancel_scope(&scope, &list);
	hki_wake_flush(&list, NULL);
}

static void expire(void)
{
	struct woken list = WOKEN_OUTSIDE(NULL);
	hki_timers_expire(&rt, &list);
	hki_wake_flush(&list, NULL);
}

static void check(void)
{
	explore_assert(ends[HK_OUTCOME_DONE] == handed);
	explore_assert(posted == handed + taken + permits);
	explore_assert(on_stack);
	explore_assert(rt.guests == 0 && rt.outside == 0);
	explore_assert((task.word & ~(uint32_t)TASK_CANCEL) == TASK_RUN);
}

const struct explore_scenario explore_scenarios[] = {
	{ "a post", setup, { wait_once, post }, resume, check },
	{ "two posts", setup, { wait_twice, post, post }, resume, check },
	{ "a post after the other", setup, { wait_twice, post_twice }, resume, check },
	{ "cancel", setup, { wait_once, cancel }, resume, check },
	{ "post, cancel", setup, { wait_once, post, cancel }, resume, check },
	{ "post, cancel, deaf", setup, { wait_deaf, post, cancel }, resume, check },
	{ "post, timeout", setup, { wait_until, post, expire }, resume, check },
	{ "posts, timeout, another wait", setup, { wait_until_then_deaf, post_twice, expire },
		resume, check },
	{ "cancel, timeout", setup, { wait_until, cancel, expire }, resume, check },
	{ .name = NULL },
};
