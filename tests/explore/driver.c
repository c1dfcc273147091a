/* SPDX-License-Identifier: MIT */
/*
 * Which schedules are tried: depth first, each replayed from the beginning, without those that only
 * swap steps that do not see each other. Dynamic partial-order reduction (Flanagan and Godefroid,
 * Dynamic partial-order reduction for model checking software, 2005) with sleep sets (Godefroid,
 * 1996): when a step turns out to compete with an earlier one, it is tried before that one too.
 */
#include "driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "machine.h"

enum { STEPS_MAX = 1000 };

/* For each actor the number of its steps, from 1, that are known to come before: a vector clock. */
struct clock {
	int steps[MACHINE_ACTORS];
};

/* A step of the present schedule, and the state that it was taken in. */
struct step {
	actors enabled;
	actors wanted; /* to be tried from here */
	actors done;   /* have been tried */
	actors sleep;  /* would only repeat what has been tried elsewhere */
	unsigned actor;
	struct op op;
	struct clock clock;
};

static struct step steps[STEPS_MAX];
static int length;		 /* of the schedule */
static int replayed;		 /* its steps that are given */
static int last[MACHINE_ACTORS]; /* the last step of each; -1: none */
static const struct explore_scenario *scenario;
static unsigned long schedules, cut, all_steps;
static bool exhaustive; /* no reduction: to see what it leaves out */

static const char *what_name(const struct op *op)
{
	static const char *const names[] = { [LOAD] = "load",
		[STORE] = "store seen",
		[CHANGE] = "change",
		[FENCE] = "fence",
		[DRAIN] = "barrier",
		[PUT] = "store",
		[LOCK] = "lock",
		[UNLOCK] = "unlock",
		[WAIT] = "wait",
		[SLEEP] = "sleep",
		[WOKEN] = "woken",
		[WAKE] = "wake" };
	return names[op->what];
}

static void print_op(unsigned actor, const struct op *op)
{
	printf("  thread %u  %-14s %s", machine_owner(actor), what_name(op), op->where);
	if (op->at)
		printf("  %p: 0x%llx", op->at, (unsigned long long)op->found);
	if (op->what == PUT || op->what == STORE || (op->what == CHANGE && op->how != EXPLORE_CAS))
		printf(", 0x%llx", (unsigned long long)op->value);
	if (op->what == CHANGE && op->how == EXPLORE_CAS)
		printf(", %s0x%llx", op->writes ? "" : "not ", (unsigned long long)op->value);
	printf("\n");
}

void explore_fail(const char *format, ...)
{
	va_list args;
	printf("%s: ", scenario->name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\nafter these steps (place: what was there, what is put there):\n");
	for (int i = 0; i < length; i++)
		print_op(steps[i].actor, &steps[i].op);
	actors pending = machine_pending();
	for (unsigned i = 0; i < MACHINE_ACTORS; i++) {
		if (pending >> i & 1) {
			printf("next:");
			print_op(i, machine_op(i));
		}
	}
	printf("in schedule %lu\n", schedules + 1);
	exit(1);
}

/* --- which steps see each other --- */

enum relation {
	APART,	 /* they could be swapped */
	ORDERED, /* the second had to wait for the first */
	RACE,	 /* it might have come before the first */
};

static bool overlap(const struct op *a, const struct op *b)
{
	const char *first = a->at, *second = b->at;
	return first && second && first < second + b->size && second < first + a->size;
}

/* A store that arrives, and another step of its thread, not one before it. */
static enum relation relate_own(const struct op *store, unsigned actor, const struct op *next)
{
	if (store->what != STORE)
		return APART;
	switch (next->what) {
	case STORE:
	case CHANGE:
		return next->release || overlap(store, next) ? ORDERED : APART;
	case FENCE:
	case UNLOCK:
	case SLEEP:
	case WAKE:
		return ORDERED;
	case DRAIN:
		return next->target == machine_owner(actor) ? ORDERED : APART;
	case PUT:
		return next->target == actor ? ORDERED : APART;
	case LOAD: /* it has the value from the one or the other */
	case LOCK:
	case WAIT:
	case WOKEN:
		break;
	}
	return APART;
}

static enum relation relate(unsigned first, const struct op *a, unsigned second, const struct op *b)
{
	unsigned a_owner = machine_owner(first), b_owner = machine_owner(second);
	if (first == second)
		return ORDERED;
	if (a_owner == b_owner)
		return relate_own(a, first, b);
	if (b->what == DRAIN && b->target == a_owner)
		return a->what == STORE ? ORDERED : a->what == PUT ? RACE : APART;
	if (a->what == DRAIN && a->target == b_owner)
		return b->what == PUT ? RACE : APART;
	if (a->what == PUT || b->what == PUT || !overlap(a, b) || !(a->writes || b->writes))
		return APART;
	return a->what == UNLOCK && b->what == LOCK ? ORDERED : RACE;
}

static bool independent(unsigned first, const struct op *a, unsigned second, const struct op *b)
{
	return relate(first, a, second, b) == APART && relate(second, b, first, a) == APART;
}

/* --- clocks --- */

static void join(struct clock *clock, const struct clock *other)
{
	for (int i = 0; i < MACHINE_ACTORS; i++) {
		if (other->steps[i] > clock->steps[i])
			clock->steps[i] = other->steps[i];
	}
}

static bool comes_before(int step, const struct clock *clock)
{
	return clock->steps[steps[step].actor] > step;
}

/* What comes before the actor's next step for its own reasons. */
static struct clock own_clock(unsigned actor)
{
	struct clock clock = { { 0 } };
	if (last[actor] >= 0)
		clock = steps[last[actor]].clock;
	if (actor >= EXPLORE_THREADS)
		join(&clock, &steps[machine_put_by(actor)].clock);
	return clock;
}

/* All that comes before it. */
static struct clock full_clock(unsigned actor, const struct op *op)
{
	struct clock clock = own_clock(actor);
	for (int i = length - 1; i >= 0; i--) {
		if (!comes_before(i, &clock) &&
			relate(steps[i].actor, &steps[i].op, actor, op) != APART)
			join(&clock, &steps[i].clock);
	}
	return clock;
}

/* --- what else is to be tried --- */

/* The actor's next step is to be tried before this earlier one. */
static void want_before(struct step *earlier, int number, unsigned actor,
	const struct clock *before)
{
	actors helpers = 0;
	for (unsigned i = 0; i < MACHINE_ACTORS; i++) {
		if (i == actor || (i != earlier->actor && before->steps[i] > number + 1))
			helpers |= (actors)1 << i;
	}
	helpers &= earlier->enabled;
	if (!helpers)
		earlier->wanted |= earlier->enabled;
	else if (earlier->enabled >> actor & 1)
		earlier->wanted |= (actors)1 << actor;
	else if (!(helpers & earlier->wanted))
		earlier->wanted |= helpers & -helpers;
}

static void find_races(unsigned actor, const struct op *op)
{
	if (exhaustive)
		return;
	const struct clock before = full_clock(actor, op);
	struct clock clock = own_clock(actor);
	for (int i = length - 1; i >= 0; i--) {
		if (comes_before(i, &clock))
			continue;
		enum relation relation = relate(steps[i].actor, &steps[i].op, actor, op);
		if (relation == RACE)
			want_before(&steps[i], i, actor, &before);
		if (relation == RACE ||
			(relation == ORDERED &&
				machine_owner(actor) == machine_owner(steps[i].actor)))
			join(&clock, &steps[i].clock);
	}
}

/* Which of those that sleep, or have been tried, this step does not awaken. */
static actors still_asleep(const struct step *step, unsigned actor, const struct op *op)
{
	actors set = exhaustive ? 0 : step->sleep | step->done, kept = 0;
	for (unsigned i = 0; i < MACHINE_ACTORS; i++) {
		if ((set >> i & 1) && i != actor && independent(i, machine_op(i), actor, op))
			kept |= (actors)1 << i;
	}
	return kept;
}

/* --- a schedule --- */

static void take_step(unsigned actor)
{
	struct step *step = &steps[length];
	const struct op *op = machine_op(actor);
	find_races(actor, op);
	actors sleep = still_asleep(step, actor, op);
	step->actor = actor;
	step->done |= (actors)1 << actor;
	step->clock = full_clock(actor, op);
	step->clock.steps[actor] = length + 1;
	step->op = *op;
	last[actor] = length;
	if (length + 1 == STEPS_MAX)
		explore_fail("it does not end within %d steps", STEPS_MAX);
	if (length + 1 >= replayed)
		steps[length + 1] = (struct step){ .sleep = sleep };
	length++;
	machine_step(actor, length - 1, &step->op);
}

static void replay(void)
{
	length = 0;
	for (int i = 0; i < MACHINE_ACTORS; i++)
		last[i] = -1;
	machine_start(scenario);
	while (length < replayed - 1) {
		struct step *step = &steps[length];
		last[step->actor] = length++;
		machine_step(step->actor, length - 1, &step->op);
	}
	if (replayed > 0)
		take_step(steps[length].actor);
}

/* To the end, or until all that could be done has been tried. */
static void go_on(void)
{
	for (;;) {
		struct step *step = &steps[length];
		step->enabled = machine_enabled();
		actors awake = step->enabled & ~step->sleep;
		if (!awake)
			break;
		step->wanted = exhaustive ? awake : awake & -awake;
		take_step((unsigned)__builtin_ctzll(awake));
	}
	actors pending = machine_pending();
	for (unsigned i = 0; i < MACHINE_ACTORS; i++) {
		if (pending >> i & 1)
			find_races(i, machine_op(i));
	}
	if (steps[length].enabled)
		cut++;
	else if (!pending)
		scenario->check();
	else if (scenario->stuck)
		scenario->stuck();
	else
		explore_fail("nothing can go on");
}

/* Chooses the next schedule: the last state from which something has not been tried. */
static bool next(void)
{
	for (int i = length - 1; i >= 0; i--) {
		actors left = steps[i].wanted & ~steps[i].done & ~steps[i].sleep;
		if (left) {
			steps[i].actor = (unsigned)__builtin_ctzll(left);
			replayed = i + 1;
			return true;
		}
	}
	return false;
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void explore(void)
{
	double start = seconds();
	schedules = cut = all_steps = 0;
	replayed = 0;
	steps[0] = (struct step){ .sleep = 0 };
	do {
		replay();
		go_on();
		schedules++;
		all_steps += (unsigned long)length;
	} while (next());
	if (scenario->finish)
		scenario->finish();
	printf("%-44s %9lu schedules (%lu cut short), %lu steps each, %.1f s\n", scenario->name,
		schedules, cut, all_steps / schedules, seconds() - start);
	fflush(stdout);
}

/* Arguments: --all tries every order, those that only swap steps too; a part of a name. */
int main(int argc, char **argv)
{
	exhaustive = argc > 1 && strcmp(argv[1], "--all") == 0;
	const char *part = argc > 1 + exhaustive ? argv[1 + exhaustive] : "";
	for (scenario = explore_scenarios; scenario->name; scenario++) {
		if (strstr(scenario->name, part))
			explore();
	}
	return 0;
}
