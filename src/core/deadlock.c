/* SPDX-License-Identifier: MIT */
/*
 * Deadlocks: only what is proven is reported as one.
 *
 * A cycle. Edges "cannot go on before": a waiter -> the holder of what it waits for (without a
 * deadline); a joiner -> each task below its scope; a caller -> its callee. All are necessary
 * conditions, so any cycle is a deadlock. A cycle closes when a task begins to wait for a holder,
 * or begins to join while it holds a mutex; a join that closes a cycle without holding one adds
 * nothing that the join of an ancestor did not already say (doc/internals/deadlock.md). The search
 * runs while other tasks go on, so what it finds is verified: each task on the cycle must still be
 * in the wait it was in when it was visited. There is then a moment at which all edges held at
 * once.
 *
 * Nothing can happen: idle.c finds that.
 */
#include <errno.h>

#include "core/join.h"
#include "core/park.h"
#include "core/report.h"
#include "core/runtime.h"
#include "core/trim.h"
#include "core/wake.h"
#include "os/os.h"

enum { TRIES_MAX = 1000 };

static uint32_t graph_lock;
static uint32_t last_mark;

struct search {
	struct hk_task *start;
	struct hk_task *todo; /* found, not yet looked at */
	struct hk_task *last; /* the task whose edge leads back to start; NULL: none yet */
};

/* A wait that nothing but its holder, or its children, can end: no time, no cancellation. */
static bool is_stuck(const struct hk_task *task)
{
	uint32_t word = ld_rlx(&task->word);
	uint32_t phase = word & TASK_PHASE;
	return (phase == TASK_PARKING || phase == TASK_PARKED) && (word & TASK_DEAF) &&
		ld_rlx(&task->wait_deadline) == HK_FOREVER;
}

/* The one task that this one waits for, or has called; NULL: none. */
static struct hk_task *next_of(struct hk_task *task)
{
	struct hk_task *callee = ld_rlx(&task->callee);
	return callee ? callee : is_stuck(task) ? hki_park_holder(task) : NULL;
}

static const struct hk_scope *joins(const struct hk_task *task)
{
	if (!is_stuck(task) || ld_rlx(&task->wait_cause) != HK_CAUSE_JOIN)
		return NULL;
	return ld_rlx(&task->wait_object);
}

static void push(struct search *search, struct hk_task *task)
{
	task->search.pending = true;
	task->search.todo = search->todo;
	search->todo = task;
}

/* joiner: the one above `to` that waits for its end; NULL: it needs not end. */
static void reach(struct search *search, struct hk_task *from, struct hk_task *to,
	struct hk_task *joiner)
{
	if (to == search->start) {
		search->last = from;
		return;
	}
	if (to->search.mark == last_mark) {
		/* Now its children count as well. */
		if (joiner && !to->search.joiner) {
			to->search.joiner = joiner;
			if (!to->search.pending)
				push(search, to);
		}
		return;
	}
	to->search = (struct task_search){
		.mark = last_mark,
		.joiner = joiner,
		.id = ld_rlx(&to->id),
		.episode = ld_rlx(&to->episode),
		.via = from,
	};
	push(search, to);
}

/* The tasks in the scopes of `task` (only: in this one) must end before `joiner` can go on. */
static void reach_children(struct search *search, struct hk_task *joiner, struct hk_task *task,
	const struct hk_scope *only)
{
	hki_lock(&task->family_lock);
	/* The record may be a new task's by now, which is being made. */
	for (struct hk_scope *scope = ld_rlx(&task->scopes); scope; scope = scope->next) {
		if (only && scope != only)
			continue;
		for (struct hk_task *child = scope->first; child; child = child->sib_next)
			reach(search, joiner, child, joiner);
	}
	hki_unlock(&task->family_lock);
}

static void expand(struct search *search, struct hk_task *task)
{
	struct hk_task *next = next_of(task);
	const struct hk_scope *scope = joins(task);
	if (next)
		reach(search, task, next, NULL);
	if (scope && task != search->start && hki_scope_contains(scope, search->start))
		reach(search, task, search->start, task);
	else if (scope)
		reach_children(search, task, task, scope);
	if (task->search.joiner)
		reach_children(search, task->search.joiner, task, NULL);
}

static bool find_cycle(struct search *search)
{
	struct hk_task *start = search->start;
	last_mark++;
	*search = (struct search){ .start = start };
	start->search = (struct task_search){ .mark = last_mark,
		.id = ld_rlx(&start->id),
		.episode = ld_rlx(&start->episode) };
	expand(search, start);
	while (search->todo && !search->last) {
		struct hk_task *task = search->todo;
		search->todo = task->search.todo;
		task->search.pending = false;
		expand(search, task);
	}
	return search->last != NULL;
}

static bool edge_holds(struct hk_task *from, const struct hk_task *to)
{
	const struct hk_scope *scope = joins(from);
	return next_of(from) == to || (scope && hki_scope_contains(scope, to));
}

static bool unchanged(const struct hk_task *task)
{
	return ld_rlx(&task->id) == task->search.id &&
		ld_rlx(&task->episode) == task->search.episode &&
		(ld_rlx(&task->callee) || is_stuck(task));
}

/*
 * All tasks of the cycle are in the waits they were found in: then they were all along, and the
 * edges that are read in between held at once.
 */
static bool verify(const struct search *search)
{
	const struct hk_task *to = search->start;
	struct hk_task *from = search->last;
	for (;; to = from, from = from->search.via) {
		if (!edge_holds(from, to))
			return false;
		if (from == search->start)
			break;
	}
	for (const struct hk_task *task = search->last;; task = task->search.via) {
		if (!unchanged(task))
			return false;
		if (task == search->start)
			return true;
	}
}

static void say_hint(void)
{
	hki_say("this program needs interleaving: a task waits for one that can only go on after "
		"it. Run it as concurrent or combined (HOCKET_OPTIONS=exec=concurrent)");
}

static void say_cycle(const struct search *search)
{
	bool calls = false;
	struct os_mapping mapping = { 0 };
	hki_say("deadlock: each of these tasks waits for the next, the last for the first");
	/* The links lead backwards: turn them round to print in order. */
	struct hk_task *next = NULL;
	for (struct hk_task *task = search->last; task;) {
		struct hk_task *before = task == search->start ? NULL : task->search.via;
		task->search.todo = next;
		next = task;
		task = before;
	}
	for (; next; next = next->search.todo) {
		char line[REPORT_LINE];
		struct text text = text_in(line, sizeof line);
		hki_report_who(&text, next);
		hki_text_add(&text, " ");
		hki_report_state(&text, next);
		hki_report_details(&text, next, &mapping);
		hki_say("  %s", line);
		calls = calls || ld_rlx(&next->callee);
	}
	if (calls)
		say_hint();
}

static _Noreturn void end_process(struct runtime *rt)
{
	if (rt->on_exit)
		rt->on_exit(rt);
	hki_os_exit(HK_EXIT_DEADLOCK);
}

/* The tasks on the cycle stay stuck; all others are cancelled, so that the run can end. */
static void cancel_all(struct runtime *rt)
{
	struct hk_task *first = rt->first;
	struct woken woken = WOKEN_NONE;
	/* order CN1 acqrel: the mark before the look; pairs with hki_park_begin() */
	or_acqrel(&first->word, (uint32_t)TASK_CANCEL);
	hki_wake_claim(&woken, first, HK_OUTCOME_CANCEL);
	hki_lock(&first->family_lock);
	for (struct hk_scope *scope = first->scopes; scope; scope = scope->next)
		hki_cancel_scope(scope, &woken);
	hki_unlock(&first->family_lock);
	hki_wake_flush(&woken, NULL);
}

/* Whether the wait that begins could close a cycle: only then is the search worth its while. */
static bool may_close(struct hk_task *task)
{
	bool joins = ld_rlx(&task->wait_cause) == HK_CAUSE_JOIN;
	/* Those that it waits for may only wait for what it holds. */
	if (joins && ld_rlx(&task->locks_held) == 0 && !task->caller)
		return false;
	if (!is_stuck(task))
		return false;
	/* Of two tasks that begin to wait for each other, one must see the other's PARKING. */
	/* order DL1 seq: own PARKING before the other's word; pairs with may_close() */
	fence_seq();
	if (joins)
		return true;
	const struct hk_task *holder = next_of(task);
	if (!holder)
		return false;
	uint32_t phase = task_phase(holder);
	return phase == TASK_PARKING || phase == TASK_PARKED || ld_rlx(&holder->callee);
}

void hki_deadlock_check(struct hk_task *task)
{
	if (!may_close(task))
		return;
	struct search search = { .start = task };
	hki_lock(&graph_lock);
	hki_trim_hold();
	bool proven = false;
	/* What is found but not verified has moved: then another cycle may have been missed. */
	for (int tries = 0; !proven && tries < TRIES_MAX && find_cycle(&search); tries++)
		proven = verify(&search);
	if (proven)
		say_cycle(&search);
	hki_trim_release();
	hki_unlock(&graph_lock);
	if (!proven)
		return;
	if (task->rt->options.deadlock == HK_DEADLOCK_EXIT)
		end_process(task->rt);
	st_rlx(&task->rt->deadlock_said, true);
	cancel_all(task->rt);
}

static bool is_caller(struct hk_task *task, void *arg)
{
	bool *found = arg;
	/* order LV1 acquire: pairs with launch() */
	if (ld_acq(&task->live) && (ld_rlx(&task->callee) || !ld_rlx(&task->started)))
		*found = true;
	return !*found;
}

static void say_total(struct runtime *rt, const char *what)
{
	bool calls = false;
	hki_say("%s", what);
	if (rt->ready.held_count > 0 && rt->carriers_refused)
		hki_say("no kernel thread is left for the tasks that have not started, and the "
			"system gives no more than %u; raise its limits (ulimit -u, pids.max, "
			"memory)",
			rt->carriers_count);
	else if (rt->ready.held_count > 0)
		hki_say("no kernel thread is left for the tasks that have not started; allow more "
			"than %u (HOCKET_OPTIONS=carriers=%u)",
			rt->options.carriers, 2 * rt->options.carriers);
	hki_report_tasks(rt, 2, true);
	hki_stack_each(&rt->stacks, is_caller, &calls);
	if (calls && !rt->interleave)
		say_hint();
}

void hki_deadlock_total(struct runtime *rt)
{
	if (!ld_rlx(&rt->deadlock_said))
		say_total(rt,
			"deadlock: no task can ever run again; each of these waits, and no time, "
			"descriptor or other thread can end a wait");
	if (rt->options.deadlock == HK_DEADLOCK_EXIT)
		end_process(rt);
	st_rlx(&rt->abandoned, true);
	rt->result = -EDEADLK;
	hki_stop_locked(rt);
}

void hki_deadlock_stall(struct runtime *rt)
{
	say_total(rt,
		"stalled: no task has been able to run for a while, and only a descriptor or a "
		"thread outside the runtime could end a wait; going on");
}
