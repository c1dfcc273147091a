/* SPDX-License-Identifier: MIT */
/* Mutex: a lock word (sync/lockword.h) that knows its owner. */
#include "sync/mutex.h"

#include <errno.h>

#include "sync/lockorder.h"
#include "sync/lockword.h"
#include "sync/owner.h"

static struct hk_task *holder(const void *object)
{
	const struct hk_mutex *mutex = object;
	return owner_task(ld_rlx(&mutex->owner));
}

static struct wait wait_for(const struct hk_mutex *mutex, hk_time deadline, bool deaf)
{
	return (struct wait){
		.cause = HK_CAUSE_MUTEX,
		.object = mutex,
		.holder = holder,
		.deadline = deadline,
		.deaf = deaf,
	};
}

/* Not inline: own() needs no room on the stack then. */
__attribute__((noinline, cold)) static void took(struct hk_mutex *mutex, struct hk_task *owner,
	bool waits, const void *place)
{
	struct lockorder lock = { "mutex", mutex, &mutex->order };
	hki_lockorder_took(owner, lock, waits, place);
}

/* waits: it would have waited, if need be. place: of the call. */
static inline void own(struct hk_mutex *mutex, void *owner, bool waits, const void *place)
{
	st_rlx(&mutex->owner, owner);
	owner_count(owner, 1);
	if (lockorder_is_on(owner_task(owner)))
		took(mutex, owner, waits, place);
}

static inline void disown(struct hk_mutex *mutex, void *owner)
{
	st_rlx(&mutex->owner, NULL);
	owner_count(owner, (uint32_t)-1);
	if (lockorder_is_on(owner_task(owner)))
		hki_lockorder_gave(owner, mutex);
}

/* Who calls, a thread outside included. */
__attribute__((noinline, cold)) static void *caller_slow(const char *call,
	const struct hk_mutex *mutex)
{
	if (!mutex)
		hki_panic("%s: the mutex is NULL", call);
	const struct carrier *carrier = hki_carrier_self();
	if (carrier && ld_rlx(&carrier->in))
		hki_carrier_misused();
	return owner_of(carrier);
}

static inline void *caller(const char *call, const struct hk_mutex *mutex)
{
	const struct carrier *carrier = hki_carrier_self();
	if (__builtin_expect(!mutex || !carrier || ld_rlx(&carrier->in), 0))
		return caller_slow(call, mutex);
	return carrier->current;
}

static inline bool try(struct hk_mutex *mutex, void *self, const void *place)
{
	uint32_t free = 0;
	/* Once somebody waits it is marked, for long: that it can still be had needs no call.
	   order LW1 acquire: pairs with lockword_untake(), release() */
	if (!cas_acq(&mutex->word, &free, LOCKWORD_HELD) && !lockword_try(&mutex->word, false))
		return false;
	own(mutex, self, true, place);
	return true;
}

/* It has it already: once more, or a panic. */
static bool again(const char *call, struct hk_mutex *mutex, const void *self)
{
	if (ld_rlx(&mutex->owner) != self)
		return false;
	if (!mutex->recursive)
		hki_panic("%s: it holds the mutex %p already, which is not recursive "
			  "(HK_MUTEX_RECURSIVE_INIT)",
			call, (void *)mutex);
	if (mutex->depth == UINT32_MAX)
		hki_panic("%s: the mutex %p is locked too often", call, (void *)mutex);
	mutex->depth++;
	return true;
}

/* place: where the program called. */
__attribute__((noinline, cold)) static int lock_slow(struct hk_mutex *mutex, void *self,
	hk_time deadline, bool deaf, const void *place)
{
	struct hk_task *task = owner_task(self);
	if (again(deaf ? "hk_mutex_lock" : "hk_mutex_lock_until", mutex, self))
		return 0;
	if (task)
		st_rlx(&task->wait_place, place);
	struct wait wait = wait_for(mutex, deadline, deaf);
	int result = hki_lockword_lock(&mutex->word, &mutex->waiters, false, &wait);
	if (result == 0)
		own(mutex, self, true, place);
	return result;
}

void hk_mutex_lock(struct hk_mutex *mutex)
{
	void *self = caller("hk_mutex_lock", mutex);
	const void *place = __builtin_return_address(0);
	if (!try(mutex, self, place))
		lock_slow(mutex, self, HK_FOREVER, true, place);
}

bool hk_mutex_trylock(struct hk_mutex *mutex)
{
	void *self = caller("hk_mutex_trylock", mutex);
	if (mutex->recursive && again("hk_mutex_trylock", mutex, self))
		return true;
	if (!lockword_try(&mutex->word, false))
		return false;
	own(mutex, self, false, __builtin_return_address(0));
	return true;
}

int hk_mutex_lock_until(struct hk_mutex *mutex, hk_time deadline)
{
	void *self = caller("hk_mutex_lock_until", mutex);
	if (hki_self_cancelled())
		return -ECANCELED;
	const void *place = __builtin_return_address(0);
	return try(mutex, self, place) ? 0 : lock_slow(mutex, self, deadline, false, place);
}

__attribute__((noinline, cold)) static _Noreturn void not_mine(const char *call,
	const struct hk_mutex *mutex)
{
	char name[OWNER_NAME_SIZE];
	const void *owner = ld_rlx(&mutex->owner);
	if (owner)
		hki_panic("%s: the mutex %p is held by %s, not by it", call, (const void *)mutex,
			hki_owner_name(owner, name));
	hki_panic("%s: the mutex %p is not locked", call, (const void *)mutex);
}

static void check_mine(const char *call, const struct hk_mutex *mutex, const void *self)
{
	if (__builtin_expect(ld_rlx(&mutex->owner) != self, 0))
		not_mine(call, mutex);
}

void hk_mutex_unlock(struct hk_mutex *mutex)
{
	void *self = caller("hk_mutex_unlock", mutex);
	check_mine("hk_mutex_unlock", mutex, self);
	if (__builtin_expect(mutex->depth > 0, 0)) {
		mutex->depth--;
		return;
	}
	disown(mutex, self);
	if (!lockword_untake(&mutex->word, false))
		hki_lockword_unlock(&mutex->word, &mutex->waiters, false);
}

void hki_mutex_give_up(struct hk_mutex *mutex)
{
	disown(mutex, ld_rlx(&mutex->owner));
	hki_lockword_unlock_inside(&mutex->word, &mutex->waiters, false);
}

void hki_mutex_take_again(struct carrier **carrier, struct hk_mutex *mutex)
{
	struct wait wait = wait_for(mutex, HK_FOREVER, true);
	hki_lockword_lock_inside(carrier, &mutex->word, &mutex->waiters, false, &wait);
	void *self = owner_of(*carrier);
	own(mutex, self, true, *carrier ? (*carrier)->current->wait_place : NULL);
}

void hki_mutex_check_held_once(const char *call, const struct hk_mutex *mutex)
{
	void *self = caller(call, mutex);
	check_mine(call, mutex, self);
	if (mutex->depth > 0)
		hki_panic("%s: it holds the mutex %p %u times; it must be once", call,
			(const void *)mutex, mutex->depth + 1);
}
