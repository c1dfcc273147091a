/* SPDX-License-Identifier: MIT */
/* Readers-writer lock: a lock word (sync/lockword.h) that knows its writer. */
#include <errno.h>

#include "sync/lockorder.h"
#include "sync/lockword.h"
#include "sync/owner.h"

static struct hk_task *holder(const void *object)
{
	const struct hk_rwlock *rwlock = object;
	return owner_task(ld_rlx(&rwlock->owner));
}

/* Not inline, as all that is rare: what is frequent needs no room on the stack then. */
__attribute__((noinline, cold)) static void took(struct hk_rwlock *rwlock, struct hk_task *owner,
	bool waits, const void *place)
{
	struct lockorder lock = { "readers-writer lock", rwlock, &rwlock->order };
	hki_lockorder_took(owner, lock, waits, place);
}

/* The caller has it. waits: it would have waited, if need be. place: of the call. */
static inline void own(struct hk_rwlock *rwlock, bool shared, bool waits, const void *place)
{
	void *self = owner_of(hki_carrier_self());
	if (!shared)
		st_rlx(&rwlock->owner, self);
	owner_count(self, 1);
	if (lockorder_is_on(owner_task(self)))
		took(rwlock, self, waits, place);
}

static void check(const char *call, const struct hk_rwlock *rwlock)
{
	if (!rwlock)
		hki_panic("%s: the readers-writer lock is NULL", call);
	const struct carrier *carrier = hki_carrier_self();
	if (carrier && ld_rlx(&carrier->in))
		hki_carrier_misused();
}

static inline bool try(const char *call, struct hk_rwlock *rwlock, bool shared, bool waits,
	const void *place)
{
	check(call, rwlock);
	if (!lockword_try(&rwlock->word, shared))
		return false;
	own(rwlock, shared, waits, place);
	return true;
}

/* place: where the program called. */
__attribute__((noinline, cold)) static int lock_slow(const char *call, struct hk_rwlock *rwlock,
	bool shared, hk_time deadline, bool deaf, const void *place)
{
	const struct carrier *carrier = hki_carrier_self();
	if (ld_rlx(&rwlock->owner) == owner_of(carrier))
		hki_panic("%s: it writes under the readers-writer lock %p already", call,
			(void *)rwlock);
	if ((ld_rlx(&rwlock->word) & LOCKWORD_READERS) == LOCKWORD_READERS)
		hki_panic("%s: the readers-writer lock %p has too many readers", call,
			(void *)rwlock);
	if (carrier)
		st_rlx(&carrier->current->wait_place, place);
	struct wait wait = {
		.cause = HK_CAUSE_RWLOCK,
		.object = rwlock,
		.holder = holder,
		.deadline = deadline,
		.deaf = deaf,
	};
	int result = hki_lockword_lock(&rwlock->word, &rwlock->waiters, shared, &wait);
	if (result == 0)
		own(rwlock, shared, true, place);
	return result;
}

/* Inline, for the place of the call. */
__attribute__((always_inline)) static inline int lock_until(const char *call,
	struct hk_rwlock *rwlock, bool shared, hk_time deadline, bool deaf)
{
	if (!deaf && hki_self_cancelled())
		return -ECANCELED;
	const void *place = __builtin_return_address(0);
	if (try(call, rwlock, shared, true, place))
		return 0;
	return lock_slow(call, rwlock, shared, deadline, deaf, place);
}

void hk_rwlock_rdlock(struct hk_rwlock *rwlock)
{
	(void)lock_until("hk_rwlock_rdlock", rwlock, true, HK_FOREVER, true);
}

void hk_rwlock_wrlock(struct hk_rwlock *rwlock)
{
	(void)lock_until("hk_rwlock_wrlock", rwlock, false, HK_FOREVER, true);
}

bool hk_rwlock_tryrdlock(struct hk_rwlock *rwlock)
{
	return try("hk_rwlock_tryrdlock", rwlock, true, false, __builtin_return_address(0));
}

bool hk_rwlock_trywrlock(struct hk_rwlock *rwlock)
{
	return try("hk_rwlock_trywrlock", rwlock, false, false, __builtin_return_address(0));
}

int hk_rwlock_rdlock_until(struct hk_rwlock *rwlock, hk_time deadline)
{
	return lock_until("hk_rwlock_rdlock_until", rwlock, true, deadline, false);
}

int hk_rwlock_wrlock_until(struct hk_rwlock *rwlock, hk_time deadline)
{
	return lock_until("hk_rwlock_wrlock_until", rwlock, false, deadline, false);
}

/* The caller does not write, and nobody reads. */
__attribute__((noinline, cold)) static _Noreturn void not_mine(struct hk_rwlock *rwlock)
{
	char name[OWNER_NAME_SIZE];
	if (!(ld_rlx(&rwlock->word) & LOCKWORD_HELD))
		hki_panic("hk_rwlock_unlock: the readers-writer lock %p is not locked",
			(void *)rwlock);
	hki_panic("hk_rwlock_unlock: %s writes under the readers-writer lock %p, not it",
		hki_owner_name(ld_rlx(&rwlock->owner), name), (void *)rwlock);
}

/* Whether the caller reads (else it writes); panics when it does neither, as far as can be seen. */
static inline bool reads(struct hk_rwlock *rwlock, void *self)
{
	uint32_t word = ld_rlx(&rwlock->word);
	const struct hk_task *task = owner_task(self);
	if (word & LOCKWORD_READERS) {
		if (task && ld_rlx(&task->locks_held) == 0)
			hki_panic("hk_rwlock_unlock: it holds no lock, and so does not read under "
				  "the readers-writer lock %p",
				(void *)rwlock);
		return true;
	}
	if (!(word & LOCKWORD_HELD) || ld_rlx(&rwlock->owner) != self)
		not_mine(rwlock);
	return false;
}

void hk_rwlock_unlock(struct hk_rwlock *rwlock)
{
	check("hk_rwlock_unlock", rwlock);
	void *self = owner_of(hki_carrier_self());
	bool shared = reads(rwlock, self);
	if (!shared)
		st_rlx(&rwlock->owner, NULL);
	owner_count(self, (uint32_t)-1);
	if (lockorder_is_on(owner_task(self)))
		hki_lockorder_gave(self, rwlock);
	if (!lockword_untake(&rwlock->word, shared))
		hki_lockword_unlock(&rwlock->word, &rwlock->waiters, shared);
}
