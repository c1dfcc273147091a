/* SPDX-License-Identifier: MIT */
/*
 * Mutex. The word is 0 when free, LOCKED, or LOCKED | WAITERS. Unlocking with waiters hands the
 * mutex to the first of them without making it free, so nobody can overtake. The owner is written
 * by the owner alone, after it got the mutex and before it gives it up: whoever else reads it sees
 * the owner or NULL.
 */
#include <errno.h>

#include "sync/waitq.h"

enum { LOCKED = 1, WAITERS = 2 };

static struct hk_task *holder(const void *object)
{
	const struct hk_mutex *mutex = object;
	return ld_rlx(&mutex->owner);
}

__attribute__((noinline, cold)) static _Noreturn void misused(const char *call,
	const struct hk_mutex *mutex)
{
	if (!mutex)
		hki_panic("%s: the mutex is NULL", call);
	if (!hki_carrier_self())
		hki_panic("%s: called outside a task (mutex %p)", call, (const void *)mutex);
	hki_carrier_misused();
}

static inline struct hk_task *caller(const char *call, const struct hk_mutex *mutex)
{
	struct carrier *carrier = hki_carrier_self();
	if (__builtin_expect(!mutex || !carrier || ld_rlx(&carrier->in), 0))
		misused(call, mutex);
	return carrier->current;
}

static void own(struct hk_mutex *mutex, struct hk_task *self)
{
	st_rlx(&mutex->owner, self);
	st_rlx(&self->locks_held, self->locks_held + 1);
}

static bool try(struct hk_mutex *mutex, struct hk_task *self)
{
	uint32_t free = 0;
	/* order MX1 acquire: pairs with hk_mutex_unlock() */
	if (!cas_acq(&mutex->word, &free, LOCKED))
		return false;
	own(mutex, self);
	return true;
}

/* Takes the mutex, or marks that there are waiters. The queue's lock is held. */
static bool take_or_mark(struct hk_mutex *mutex)
{
	uint32_t word = ld_rlx(&mutex->word);
	for (;;) {
		uint32_t next = word ? word | WAITERS : LOCKED;
		/* order MX1 acquire: pairs with hk_mutex_unlock() */
		if (cas_acq(&mutex->word, &word, next))
			return word == 0;
	}
}

__attribute__((noinline, cold)) static int lock_slow(struct hk_mutex *mutex, hk_time deadline,
	bool deaf)
{
	struct wait wait = {
		.cause = HK_CAUSE_MUTEX,
		.object = mutex,
		.holder = holder,
		.deadline = deadline,
		.deaf = deaf,
	};
	struct carrier *carrier = hki_enter();
	struct hk_task *self = carrier->current;
	int result = 0;
	hki_lock(&mutex->waiters.lock);
	if (!take_or_mark(mutex)) {
		result = hki_waitq_wait(&carrier, &mutex->waiters, &wait);
		if (!mutex->waiters.first)
			and_rlx(&mutex->word, ~(uint32_t)WAITERS);
	}
	hki_unlock(&mutex->waiters.lock);
	if (result == 0)
		own(mutex, self);
	hki_leave(carrier);
	return result;
}

static void check_not_mine(const char *call, struct hk_mutex *mutex, const struct hk_task *self)
{
	if (ld_rlx(&mutex->owner) == self)
		hki_panic("%s: it holds the mutex %p already; a mutex is not recursive", call,
			(void *)mutex);
}

void hk_mutex_lock(struct hk_mutex *mutex)
{
	struct hk_task *self = caller("hk_mutex_lock", mutex);
	if (try(mutex, self))
		return;
	check_not_mine("hk_mutex_lock", mutex, self);
	hki_park_from(self);
	lock_slow(mutex, HK_FOREVER, true);
}

bool hk_mutex_trylock(struct hk_mutex *mutex)
{
	return try(mutex, caller("hk_mutex_trylock", mutex));
}

int hk_mutex_lock_until(struct hk_mutex *mutex, hk_time deadline)
{
	struct hk_task *self = caller("hk_mutex_lock_until", mutex);
	if (ld_rlx(&self->word) & TASK_CANCEL)
		return -ECANCELED;
	if (try(mutex, self))
		return 0;
	check_not_mine("hk_mutex_lock_until", mutex, self);
	hki_park_from(self);
	return lock_slow(mutex, deadline, false);
}

__attribute__((noinline, cold)) static void unlock_slow(struct hk_mutex *mutex)
{
	struct woken woken = WOKEN_BY(hk_task_id());
	struct carrier *carrier = hki_enter();
	uint32_t word;
	bool handed;
	do {
		hki_lock(&mutex->waiters.lock);
		handed = hki_waitq_claim_first(&mutex->waiters, &woken);
		if (!mutex->waiters.first)
			and_rlx(&mutex->word, ~(uint32_t)WAITERS);
		hki_unlock(&mutex->waiters.lock);
		/* The last touch: whoever gets a free mutex may free its memory. Repeated when
		   there are waiters again. */
		word = LOCKED;
		/* order MX1 release: what the mutex protects; pairs with try(), take_or_mark() */
	} while (!handed && !cas_rel(&mutex->word, &word, 0));
	hki_wake_flush(&woken, NULL);
	hki_leave(carrier);
}

__attribute__((noinline, cold)) static _Noreturn void not_mine(const struct hk_mutex *mutex)
{
	const struct hk_task *owner = ld_rlx(&mutex->owner);
	if (owner)
		hki_panic("hk_mutex_unlock: the mutex %p is held by task %llu \"%s\", not by it",
			(const void *)mutex, (unsigned long long)ld_rlx(&owner->id), owner->name);
	hki_panic("hk_mutex_unlock: the mutex %p is not locked", (const void *)mutex);
}

void hk_mutex_unlock(struct hk_mutex *mutex)
{
	const struct carrier *carrier = hki_carrier_self();
	if (__builtin_expect(!mutex || !carrier, 0))
		misused("hk_mutex_unlock", mutex);
	struct hk_task *self = carrier->current;
	if (__builtin_expect(ld_rlx(&mutex->owner) != self, 0))
		not_mine(mutex);
	st_rlx(&mutex->owner, NULL);
	st_rlx(&self->locks_held, self->locks_held - 1);
	uint32_t word = LOCKED;
	/* order MX1 release: what the mutex protects; pairs with try(), take_or_mark() */
	if (!cas_rel(&mutex->word, &word, 0))
		unlock_slow(mutex);
}
