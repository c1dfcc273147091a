/* SPDX-License-Identifier: MIT */
/*
 * Counting semaphore (Dijkstra, Cooperating sequential processes, 1965). The low 31 bits of the
 * word are the permits, the top bit says that somebody waits; that is only while there are no
 * permits. A post with waiters hands the permit to the first of them.
 */
#include "sync/semaphore.h"

#include <errno.h>

static const uint32_t WAITERS = UINT32_C(0x80000000);

static void check(const char *call, const struct hk_sem *sem)
{
	if (!sem)
		hki_panic("%s: the semaphore is NULL", call);
}

static bool try(struct hk_sem *sem)
{
	uint32_t word = ld_rlx(&sem->word);
	while (word & ~WAITERS) {
		/* order SM1 acquire: pairs with try_post() */
		if (cas_acq(&sem->word, &word, word - 1))
			return true;
	}
	return false;
}

/* Takes a permit, or marks that there are waiters. The queue's lock is held. */
static bool take_or_mark(struct hk_sem *sem)
{
	uint32_t word = ld_rlx(&sem->word);
	for (;;) {
		bool take = word & ~WAITERS;
		/* order SM1 acquire: pairs with try_post() */
		if (cas_acq(&sem->word, &word, take ? word - 1 : word | WAITERS))
			return take;
	}
}

/* Inline, for the place of the call. */
__attribute__((always_inline)) static inline int wait_until(const char *call, struct hk_sem *sem,
	hk_time deadline)
{
	check(call, sem);
	struct wait wait = { .cause = HK_CAUSE_SEM, .object = sem, .deadline = deadline };
	if (hki_self_cancelled())
		return -ECANCELED;
	if (try(sem))
		return 0;
	int result = 0;
	struct carrier *carrier = hki_enter();
	if (carrier)
		hki_park_from(carrier->current);
	hki_lock(&sem->waiters.lock);
	if (!take_or_mark(sem)) {
		result = hki_waitq_wait(&carrier, &sem->waiters, &wait);
		if (!sem->waiters.first)
			and_rlx(&sem->word, ~WAITERS);
	}
	hki_unlock(&sem->waiters.lock);
	if (carrier)
		hki_leave(carrier);
	return result;
}

int hk_sem_wait(struct hk_sem *sem)
{
	return wait_until("hk_sem_wait", sem, HK_FOREVER);
}

int hk_sem_wait_until(struct hk_sem *sem, hk_time deadline)
{
	return wait_until("hk_sem_wait_until", sem, deadline);
}

bool hk_sem_trywait(struct hk_sem *sem)
{
	check("hk_sem_trywait", sem);
	return try(sem);
}

/*
 * Gives a permit back if no task waits: the last touch, since whoever gets the permit may free the
 * semaphore's memory.
 */
static bool try_post(struct hk_sem *sem)
{
	uint32_t word = ld_rlx(&sem->word);
	while (!(word & WAITERS)) {
		if (word == HK_SEM_MAX)
			hki_panic("hk_sem_post: the semaphore %p has HK_SEM_MAX permits already",
				(void *)sem);
		/* order SM1 release: what the permit stands for; pairs with try(), take_or_mark()
		 */
		if (cas_rel(&sem->word, &word, word + 1))
			return true;
	}
	return false;
}

__attribute__((noinline, cold)) static void post_slow(struct hk_sem *sem)
{
	struct woken woken = WOKEN_BY(hki_self_id());
	struct carrier *carrier = hki_enter();
	bool handed;
	do {
		hki_lock(&sem->waiters.lock);
		handed = hki_waitq_claim_first(&sem->waiters, &woken);
		if (!sem->waiters.first)
			and_rlx(&sem->word, ~WAITERS);
		hki_unlock(&sem->waiters.lock);
	} while (!handed && !try_post(sem));
	hki_wake_flush(&woken, NULL);
	if (carrier)
		hki_leave(carrier);
}

void hk_sem_post(struct hk_sem *sem)
{
	check("hk_sem_post", sem);
	if (!try_post(sem))
		post_slow(sem);
}

bool hki_sem_watch(struct hk_sem *sem, struct waiter *waiter)
{
	hki_lock(&sem->waiters.lock);
	uint32_t word = ld_rlx(&sem->word);
	while (!(word & ~WAITERS) && !cas_rlx(&sem->word, &word, word | WAITERS))
		;
	bool permits = word & ~WAITERS;
	if (!permits)
		hki_waitq_push(&sem->waiters, waiter);
	hki_unlock(&sem->waiters.lock);
	return permits;
}

void hki_sem_forget(struct hk_sem *sem, struct waiter *waiter)
{
	hki_lock(&sem->waiters.lock);
	if (waiter->queued)
		hki_waitq_remove(&sem->waiters, waiter);
	if (!sem->waiters.first)
		and_rlx(&sem->word, ~WAITERS);
	hki_unlock(&sem->waiters.lock);
}
