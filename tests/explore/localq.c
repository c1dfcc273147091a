/* SPDX-License-Identifier: MIT */
/*
 * core/localq.h and localq.c with a ring of 4: each task is taken by exactly one, with what its
 * pusher wrote into it; none is lost.
 */
#include "core/localq.h"

#include <string.h>

#include "core/task.h"
#include "driver.h"

enum { TASKS = 8, NOBODY = 0xff };

static struct localq queues[EXPLORE_THREADS];
static struct hk_task tasks[TASKS];
static unsigned char taker[TASKS];
static unsigned order[TASKS], taken; /* by the owner from the ring */

static void setup(void)
{
	memset(queues, 0, sizeof queues);
	memset(tasks, 0, sizeof tasks);
	memset(taker, NOBODY, sizeof taker);
	taken = 0;
}

static void take(struct hk_task *task)
{
	ptrdiff_t number = task - tasks;
	explore_assert(number >= 0 && number < TASKS);
	explore_assert(taker[number] == NOBODY);
	explore_assert(ld_rlx(&task->id) == (uint64_t)number + 1);
	taker[number] = (unsigned char)explore_self();
}

static bool push(unsigned number, bool woken)
{
	st_rlx(&tasks[number].id, number + 1);
	return woken ? localq_push_woken(&queues[0], &tasks[number]) :
		       localq_push(&queues[0], &tasks[number]);
}

static struct hk_task *pop(void)
{
	struct hk_task *task = localq_pop(&queues[0]);
	if (task) {
		take(task);
		order[taken++] = (unsigned)(task - tasks);
	}
	return task;
}

/* A thread with a queue of its own: one attempt to steal, then all that it got. */
static void steal_from(struct localq *from)
{
	struct localq *own = &queues[explore_self()];
	struct hk_task *task = hki_localq_steal(own, from);
	while (task) {
		take(task);
		task = localq_pop(own);
	}
}

static void steal(void)
{
	steal_from(&queues[0]);
}

static void steal_from_thief(void)
{
	steal_from(&queues[1]);
}

static void check(void)
{
	while (pop())
		;
	unsigned pushed = 0;
	for (unsigned i = 0; i < TASKS; i++) {
		bool is = tasks[i].id != 0;
		explore_assert(is == (taker[i] != NOBODY));
		pushed += is;
	}
	explore_assert(pushed > 0);
}

/* First come, first served, as far as the owner sees. */
static void check_order(void)
{
	check();
	for (unsigned i = 1; i < taken; i++)
		explore_assert(order[i - 1] < order[i]);
}

static void push_and_pop(void)
{
	for (unsigned i = 0; i < 3; i++)
		explore_assert(push(i, false));
	pop();
	explore_assert(push(3, false));
	pop();
}

/* The ring goes round, so that the thief's entries are overwritten behind it. */
static void push_around(void)
{
	for (unsigned i = 0; i < 4; i++)
		explore_assert(push(i, false));
	pop();
	pop();
	for (unsigned i = 4; i < 6; i++)
		explore_assert(push(i, false));
	pop();
}

static void push_woken(void)
{
	explore_assert(push(1, true));
	explore_assert(push(2, true));
	pop();
	explore_assert(push(3, true));
	pop();
}

static void push_and_spill(void)
{
	unsigned i = 0;
	while (push(i, false))
		i++;
	struct hk_task *task = hki_localq_spill(&queues[0]);
	while (task) {
		take(task);
		task = task->next;
	}
	if (!push(i, false))
		tasks[i].id = 0;
	pop();
}

/* There are three before they start. */
static void setup_three(void)
{
	setup();
	for (unsigned i = 0; i < 3; i++)
		explore_assert(push(i, false));
}

static void push_two(void)
{
	explore_assert(push(0, false));
	explore_assert(push(1, false));
	pop();
}

const struct explore_scenario explore_scenarios[] = {
	{ "owner alone", setup, { push_around }, .check = check_order },
	{ "owner, a thief", setup, { push_and_pop, steal }, .check = check_order },
	{ "owner, a thief, around", setup, { push_around, steal }, .check = check_order },
	{ "owner, a thief, slot", setup, { push_woken, steal }, .check = check },
	{ "owner, a thief, spill", setup, { push_and_spill, steal }, .check = check_order },
	{ "owner, two thieves", setup, { push_two, steal, steal }, .check = check_order },
	{ "a thief of a thief", setup_three, { NULL, steal, steal_from_thief }, .check = check },
	{ .name = NULL },
};
