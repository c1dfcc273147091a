/* SPDX-License-Identifier: MIT */
/*
 * Select. First each case is tried, in a random order. If none can be done, the caller announces
 * that it sleeps, then puts a waiter into the queue of each case; whoever claims the sleeper has
 * done that case, and only that one, for there is one sleeper. One lock is held at a time.
 *
 * A case that can be done by the time its waiter would be queued is not done there: the
 * announcement is taken back, all waiters leave, and the cases are tried anew. Two selects that
 * find each other so at the same moment may both do that, but not for ever: each tries in another
 * order every time.
 *
 * Nothing is missed: a case is looked at under its lock after the sleeper was announced, and who
 * makes it possible later finds the waiter under that lock (doc/internals/select.md).
 */
#include <errno.h>

#include "base/random.h"
#include "sync/case.h"

enum { AGAIN = -EAGAIN }; /* what wait_any() returns when the cases are to be tried */

struct select {
	struct hk_case *cases;
	unsigned n;
	hk_time deadline;
	uint64_t random;
};

static uint64_t seed(const struct carrier *carrier)
{
	if (!carrier)
		return (uint64_t)hki_os_now();
	struct hk_task *self = carrier->current;
	return self->rt->options.seed + (ld_rlx(&self->id) << 32) + self->selects++;
}

/* Does the case if that can be done. */
static inline bool try(struct hk_case *at, struct woken *woken)
{
	if (!hki_case_try(at, woken))
		return false;
	if (woken->rt)
		hki_wake_flush(woken, NULL);
	return true;
}

/* Tries each case, in a random order (Fisher and Yates 1938, as far as needed: the first needs no
   list of the others). Returns the index of the one that was done, or AGAIN. */
static int try_all(struct select *select)
{
	struct hk_case *cases = select->cases;
	struct woken woken = WOKEN_BY(hki_self_id());
	unsigned first = random_below(&select->random, select->n);
	if (select->n > 0 && try(&cases[first], &woken))
		return (int)first;
	for (unsigned i = 0; i < select->n; i++)
		cases[i].order = i == 0 ? first : i == first ? 0 : i;
	for (unsigned i = 1; i < select->n; i++) {
		unsigned j = i + random_below(&select->random, select->n - i);
		unsigned index = cases[j].order;
		cases[j].order = cases[i].order;
		cases[i].order = index;
		if (try(&cases[index], &woken))
			return (int)index;
	}
	return AGAIN;
}

/* Until when to wait: the first of the deadline and the times among the cases. */
static struct wait describe(const struct select *select)
{
	struct wait wait = { .cause = HK_CAUSE_SELECT,
		.object = (const void *)(uintptr_t)select->n,
		.deadline = select->deadline };
	for (unsigned i = 0; i < select->n; i++) {
		const struct hk_case *at = &select->cases[i];
		if (at->kind == HK_CASE_KIND_TIME && at->time < wait.deadline)
			wait.deadline = at->time;
		wait.outside |= at->kind == HK_CASE_KIND_FD;
	}
	return wait;
}

/* Waits until a case was done, or may be. Returns its index, AGAIN, or why not. */
static int wait_any(struct carrier **carrier, struct select *select)
{
	struct wait wait = describe(select);
	struct sleeper sleeper = sleeper_of(*carrier);
	unsigned happened = select->n, watched = 0;
	int result = hki_sleeper_begin(*carrier, &sleeper, &wait);
	if (result == -ETIMEDOUT && wait.deadline < select->deadline)
		return AGAIN;
	if (result)
		return result;
	int ready = 0;
	while (watched < select->n && !ready) {
		unsigned index = select->cases[watched].order;
		ready = hki_case_watch(&select->cases[index], &sleeper, index, &happened);
		watched += !ready;
	}
	if (ready && hki_sleeper_withdraw(*carrier, &sleeper))
		result = ready < 0 ? ready : AGAIN;
	else
		result = hki_sleeper_wait(carrier, &sleeper, wait.deadline);
	for (unsigned i = 0; i < watched; i++)
		hki_case_forget(&select->cases[select->cases[i].order]);
	if (happened < select->n) {
		hki_case_finish(&select->cases[happened]);
		return (int)happened;
	}
	/* A descriptor or a scope only wakes; a time among the cases has come. */
	if (result == 0 || (result == -ETIMEDOUT && wait.deadline < select->deadline))
		return AGAIN;
	return result;
}

int hk_select(struct hk_case *cases, unsigned n, hk_time deadline)
{
	if (!cases && n > 0)
		hki_panic("hk_select: the array is NULL but has %u cases", n);
	if (n > INT32_MAX)
		hki_panic("hk_select: %u cases are too many", n);
	for (unsigned i = 0; i < n; i++) {
		/* A receive, as most are, needs no call. */
		if (cases[i].kind != HK_CASE_KIND_RECV || !cases[i].object)
			hki_case_check(&cases[i], hki_carrier_self(), i);
	}
	if (hki_self_cancelled())
		return -ECANCELED;
	struct carrier *carrier = hki_enter();
	struct select select = { cases, n, deadline, seed(carrier) };
	if (carrier)
		hki_park_from(carrier->current);
	int result;
	do {
		result = try_all(&select);
		if (result == AGAIN)
			result = wait_any(&carrier, &select);
	} while (result == AGAIN);
	if (carrier)
		hki_leave(carrier);
	return result;
}
