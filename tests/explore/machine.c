/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"

enum { STACK_SIZE = 65536 };

struct thread {
	void (*fn)(void);
	char *stack;
	void *sp;
	bool ended;
	bool asleep; /* in the futex call on op.at */
	struct op op;
	unsigned stores;
};

/* A place in a store buffer. */
struct slot {
	bool full;
	unsigned number; /* among the stores of its thread */
	int step;	 /* that put it there */
	struct op op;
};

static const struct explore_scenario *running;
static struct thread threads[EXPLORE_THREADS];
static struct slot slots[EXPLORE_THREADS][MACHINE_SLOTS];
static void *driver_sp;
static struct thread *current; /* NULL: the driver, or setup() and the like */

static struct slot *slot_of(unsigned actor)
{
	return &slots[0][actor - EXPLORE_THREADS];
}

static bool overlap(const struct op *a, const struct op *b)
{
	const char *first = a->at, *second = b->at;
	return first && second && first < second + b->size && second < first + a->size;
}

static uint64_t memory_load(const void *at, size_t size)
{
	switch (size) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		return *(const uint16_t *)at;
	case 4:
		return *(const uint32_t *)at;
	default:
		return *(const uint64_t *)at;
	}
}

static void memory_store(void *at, size_t size, uint64_t value)
{
	switch (size) {
	case 1:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case 2:
		*(uint16_t *)at = (uint16_t)value;
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)value;
		break;
	default:
		*(uint64_t *)at = value;
	}
}

/* The newest of the thread's own stores there that are still on their way; NULL: none. */
static const struct op *forwarded(unsigned thread, const struct op *op)
{
	const struct slot *newest = NULL;
	for (int i = 0; i < MACHINE_SLOTS; i++) {
		const struct slot *slot = &slots[thread][i];
		if (slot->full && overlap(&slot->op, op) &&
			(!newest || slot->number > newest->number))
			newest = slot;
	}
	return newest ? &newest->op : NULL;
}

static bool buffer_is_empty(unsigned thread)
{
	for (int i = 0; i < MACHINE_SLOTS; i++) {
		if (slots[thread][i].full)
			return false;
	}
	return true;
}

/* Whether what the slot holds may reach memory now: before older stores, but not before those to
   the same place, nor, if it is a release, before any. */
static bool may_leave(unsigned thread, const struct slot *slot)
{
	for (int i = 0; i < MACHINE_SLOTS; i++) {
		const struct slot *other = &slots[thread][i];
		if (other->full && other->number < slot->number &&
			(slot->op.release || overlap(&other->op, &slot->op)))
			return false;
	}
	return true;
}

static bool may_step(unsigned actor)
{
	const struct op *op = machine_op(actor);
	unsigned thread = machine_owner(actor);
	switch (op->what) {
	case STORE:
		return may_leave(thread, slot_of(actor));
	case FENCE:
	case UNLOCK:
	case SLEEP:
	case WAKE:
		return buffer_is_empty(thread);
	case CHANGE:
		return op->release ? buffer_is_empty(thread) : !forwarded(thread, op);
	case DRAIN:
		return buffer_is_empty(op->target);
	case PUT:
		return !slot_of(op->target)->full;
	case LOCK:
		return memory_load(op->at, op->size) == 0;
	case WAIT:
		return memory_load(op->at, op->size) != op->value;
	case WOKEN:
		return !threads[thread].asleep;
	case LOAD:
		break;
	}
	return true;
}

actors machine_pending(void)
{
	actors set = 0;
	for (unsigned i = 0; i < MACHINE_ACTORS; i++) {
		bool is = i < EXPLORE_THREADS ? !threads[i].ended : slot_of(i)->full;
		set |= (actors)is << i;
	}
	return set;
}

actors machine_enabled(void)
{
	actors pending = machine_pending(), set = 0;
	for (unsigned i = 0; i < MACHINE_ACTORS; i++) {
		if ((pending >> i & 1) && may_step(i))
			set |= (actors)1 << i;
	}
	return set;
}

const struct op *machine_op(unsigned actor)
{
	return actor < EXPLORE_THREADS ? &threads[actor].op : &slot_of(actor)->op;
}

int machine_put_by(unsigned actor)
{
	return slot_of(actor)->step;
}

/* --- a step --- */

static uint64_t changed(const struct op *op, uint64_t old)
{
	switch (op->how) {
	case EXPLORE_ADD:
		return old + op->value;
	case EXPLORE_SUB:
		return old - op->value;
	case EXPLORE_AND:
		return old & op->value;
	case EXPLORE_OR:
		return old | op->value;
	case EXPLORE_XCHG:
	case EXPLORE_CAS:
		break;
	}
	return op->value;
}

static void wake(const struct op *op)
{
	for (unsigned i = 0; i < EXPLORE_THREADS; i++) {
		if (threads[i].asleep && threads[i].op.at == op->at)
			threads[i].asleep = false;
	}
}

static void put(unsigned thread, const struct op *op, int step)
{
	struct slot *slot = slot_of(op->target);
	*slot = (struct slot){ true, threads[thread].stores++, step, *op };
	slot->op.what = STORE;
	slot->op.writes = true;
}

static void perform(unsigned actor, struct op *op, int step)
{
	unsigned thread = machine_owner(actor);
	if (!op->at)
		return;
	const struct op *own = op->what == LOAD ? forwarded(thread, op) : NULL;
	op->found = own ? own->value : memory_load(op->at, op->size);
	switch (op->what) {
	case PUT:
		put(thread, op, step);
		break;
	case STORE:
		memory_store(op->at, op->size, op->value);
		slot_of(actor)->full = false;
		break;
	case CHANGE:
		op->writes = op->how != EXPLORE_CAS || op->found == op->expected;
		if (op->writes)
			memory_store(op->at, op->size, changed(op, op->found));
		break;
	case LOCK:
		memory_store(op->at, op->size, 1);
		break;
	case UNLOCK:
		memory_store(op->at, op->size, 0);
		break;
	case SLEEP:
		threads[thread].asleep = op->found == op->value;
		break;
	case WAKE:
		wake(op);
		break;
	case LOAD:
	case FENCE:
	case DRAIN:
	case WAIT:
	case WOKEN:
		break;
	}
}

static void resume(unsigned number)
{
	current = &threads[number];
	if (running->resume)
		running->resume(number);
	hki_arch_switch(&driver_sp, current->sp, current);
	current = NULL;
}

void machine_step(unsigned actor, int step, struct op *done)
{
	bool thread = actor < EXPLORE_THREADS;
	struct op *op = thread ? &threads[actor].op : &slot_of(actor)->op;
	perform(actor, op, step);
	*done = *op;
	if (thread)
		resume(actor);
}

static void enter_thread(void *pass, void *arg)
{
	struct thread *self = arg;
	(void)pass;
	self->fn();
	self->ended = true;
	hki_arch_switch(&self->sp, driver_sp, NULL);
	abort();
}

void machine_start(const struct explore_scenario *scenario)
{
	running = scenario;
	memset(slots, 0, sizeof slots);
	scenario->setup();
	for (unsigned i = 0; i < EXPLORE_THREADS; i++) {
		struct thread *thread = &threads[i];
		if (!thread->stack)
			thread->stack = aligned_alloc(4096, STACK_SIZE);
		if (!thread->stack)
			explore_fail("no memory for the stack of a thread");
		*thread = (struct thread){ .fn = scenario->threads[i],
			.stack = thread->stack,
			.ended = !scenario->threads[i] };
		thread->sp = hki_arch_frame(thread->stack + STACK_SIZE, enter_thread, thread);
		if (!thread->ended)
			resume(i);
	}
}

/* --- the calls of the threads --- */

unsigned explore_self(void)
{
	return (unsigned)(current - threads);
}

/* Stops before the operation; returns it once it has been done. */
static const struct op *do_op(struct op op)
{
	struct thread *self = current;
	static struct op direct;
	if (!self) {
		direct = op;
		perform(0, &direct, 0);
		return &direct;
	}
	self->op = op;
	hki_arch_switch(&self->sp, driver_sp, NULL);
	return &self->op;
}

uint64_t explore_load(const void *at, size_t size, const char *where)
{
	return do_op((struct op){ .what = LOAD,
			     .at = (void *)(uintptr_t)at,
			     .size = (unsigned)size,
			     .where = where })
		->found;
}

void explore_store(void *at, size_t size, uint64_t value, bool release, const char *where)
{
	struct thread *self = current;
	if (!self) {
		memory_store(at, size, value);
		return;
	}
	unsigned place = explore_self() * MACHINE_SLOTS + self->stores % MACHINE_SLOTS;
	do_op((struct op){ .what = PUT,
		.release = release,
		.size = (unsigned)size,
		.target = EXPLORE_THREADS + place,
		.at = at,
		.value = value,
		.where = where });
}

uint64_t explore_change(void *at, size_t size, enum explore_how how, uint64_t value, bool release,
	const char *where)
{
	return do_op((struct op){ .what = CHANGE,
			     .how = how,
			     .release = release,
			     .writes = true,
			     .size = (unsigned)size,
			     .at = at,
			     .value = value,
			     .where = where })
		->found;
}

bool explore_cas(void *at, size_t size, void *expected, uint64_t value, bool release,
	const char *where)
{
	uint64_t old = memory_load(expected, size);
	const struct op *op = do_op((struct op){ .what = CHANGE,
		.how = EXPLORE_CAS,
		.release = release,
		.writes = true,
		.size = (unsigned)size,
		.at = at,
		.value = value,
		.expected = old,
		.where = where });
	if (op->found == old)
		return true;
	memory_store(expected, size, op->found);
	return false;
}

void explore_fence(const char *where)
{
	do_op((struct op){ .what = FENCE, .where = where });
}

void explore_barrier(const char *where)
{
	explore_fence(where);
	for (unsigned i = 0; i < EXPLORE_THREADS; i++)
		do_op((struct op){ .what = DRAIN, .target = i, .where = where });
}

static void do_word(enum what what, uint32_t *word, uint32_t value, bool writes, const char *where)
{
	do_op((struct op){ .what = what,
		.at = word,
		.size = sizeof *word,
		.value = value,
		.writes = writes,
		.where = where });
}

void explore_lock(uint32_t *word, const char *where)
{
	do_word(LOCK, word, 0, true, where);
}

void explore_unlock(uint32_t *word, const char *where)
{
	do_word(UNLOCK, word, 0, true, where);
}

void explore_wait_while(uint32_t *word, uint32_t value, const char *where)
{
	do_word(WAIT, word, value, false, where);
}

void explore_sleep(uint32_t *word, uint32_t value, const char *where)
{
	do_word(SLEEP, word, value, true, where);
	if (current->asleep)
		do_word(WOKEN, word, value, false, where);
}

void explore_wake(uint32_t *word, const char *where)
{
	do_word(WAKE, word, 0, true, where);
}
