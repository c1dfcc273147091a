/* SPDX-License-Identifier: MIT */
/*
 * core/join.c, with park.c, wake.c, cancel.c and hki_native_settle(): the owner of a scope goes on
 * once, when its last task has left, and the scope is not touched any more.
 *
 * Thread 0 is the owner with its carrier; the others are the ends of its tasks, as hki_exec_end()
 * has them when nothing else is ready. Switching away is to call what the next stack would, and
 * then to wait until somebody makes the task ready.
 */
#include "core/join.h"

#include <errno.h>
#include <string.h>

#include "core/park.h"
#include "core/runtime.h"
#include "core/switch.h"
#include "core/timer.h"
#include "core/wake.h"
#include "exec/ready.h"

enum { CHILDREN = 2, GONE = 77 };

static struct runtime rt;
static struct worker worker;
static struct carrier carrier;
static struct hk_task owner, children[CHILDREN];
static struct hk_scope scope;
static uint32_t ready; /* how often the owner was made ready */
static bool on_stack;  /* the owner's stack is in use */
static unsigned freed; /* stacks of children */
static hk_time now;

uint32_t hki_carrier_fences;
__attribute__((used)) __thread struct carrier *hki_carrier_tls;

static void setup_children(unsigned count)
{
	memset(&rt, 0, sizeof rt);
	memset(&worker, 0, sizeof worker);
	memset(&carrier, 0, sizeof carrier);
	memset(&owner, 0, sizeof owner);
	memset(children, 0, sizeof children);
	memset(&scope, 0, sizeof scope);
	ready = freed = 0;
	now = 1;
	on_stack = true;
	rt.interleave = true;
	rt.next_deadline = HK_FOREVER;
	worker.rt = &rt;
	carrier.rt = owner.rt = &rt;
	carrier.own = (uintptr_t)&worker;
	carrier.current = &owner;
	owner.wait_deadline = HK_FOREVER;
	owner.scopes = &scope;
	scope.owner = &owner;
	scope.live = count;
	scope.first = &children[0];
	for (unsigned i = 0; i < count; i++) {
		children[i].rt = &rt;
		children[i].scope = &scope;
		children[i].parent = &owner;
		children[i].sib_next = i + 1 < count ? &children[i + 1] : NULL;
		children[i].sib_prev = i > 0 ? &children[i - 1] : NULL;
	}
}

static void setup(void)
{
	setup_children(CHILDREN);
}

static void setup_one(void)
{
	setup_children(1);
}

static void setup_failure(void)
{
	setup();
	children[0].result = -EIO;
}

/* The ends of children are on carriers of their own, of which nothing is needed. */
static void resume(unsigned thread)
{
	hki_carrier_tls = thread == 0 ? &carrier : NULL;
}

/* --- what the rest of the runtime does --- */

static void make_ready(struct hk_task *made)
{
	explore_assert(made == &owner);
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
	after(self, &owner);
	explore_wait_while(&ready, before, EXPLORE_HERE);
	return self;
}

void hki_stack_put(struct stacks *stacks, struct hk_task *task)
{
	(void)stacks;
	(void)task;
	freed++;
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
	return ld_acq(&now);
}

void hki_deadlock_check(struct hk_task *self)
{
	(void)self;
}

void hki_assert_failed(const char *condition, const char *where)
{
	explore_fail("%s: not so: %s", where, condition);
}

/* --- the threads --- */

static void join(void)
{
	int result = hk_join(&scope);
	explore_assert(result == children[0].result);
	explore_assert(scope.live == 0 && !scope.first && !owner.scopes);
	scope.live = GONE;
	scope.state = GONE;
}

static void join_in_time(void)
{
	int result = hk_join_until(&scope, 2);
	explore_assert(result == 0 || result == -ETIMEDOUT);
	explore_assert(!(scope.state & SCOPE_JOINING));
	join();
}

/* The time has come. */
static void expire(void)
{
	struct woken list = WOKEN_OUTSIDE(NULL);
	st_rel(&now, 2);
	hki_timers_expire(&rt, &list);
	hki_wake_flush(&list, NULL);
}

/* hki_exec_end() */
static void end(struct hk_task *task)
{
	struct hk_task *next = NULL;
	if (!hki_join_last(task, &next))
		hki_join_finish(&carrier, task);
	else
		hki_join_free(&carrier, task);
	if (next)
		make_ready(next);
}

static void end_first(void)
{
	end(&children[0]);
}

static void end_second(void)
{
	end(&children[1]);
}

/* Something else was ready. */
static void end_second_later(void)
{
	hki_join_finish(&carrier, &children[1]);
}

static void check(void)
{
	explore_assert(on_stack);
	explore_assert(scope.live == GONE && scope.state == GONE);
	explore_assert(freed == 1 + !!children[1].parent);
	explore_assert(rt.guests == 0);
	explore_assert((owner.word & ~(uint32_t)TASK_CANCEL) == TASK_RUN);
}

const struct explore_scenario explore_scenarios[] = {
	{ "one task", setup_one, { join, end_first }, resume, check },
	{ "two tasks", setup, { join, end_first, end_second }, resume, check },
	{ "two tasks, others are ready", setup, { join, end_first, end_second_later }, resume,
		check },
	{ "two tasks, one fails", setup_failure, { join, end_first, end_second }, resume, check },
	{ "one task, the owner gives up, then waits", setup_one,
		{ join_in_time, end_first, expire }, resume, check },
	{ .name = NULL },
};
