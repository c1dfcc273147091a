/* SPDX-License-Identifier: MIT */
/*
 * sync/lockword.c, waitq.c and sleeper.c: nobody is in while somebody is who wants it alone, all
 * that wait get it or leave, and nothing is touched once the last one has freed it. The threads are
 * such outside of the runtime.
 *
 * Time goes on by being looked at, for each thread by itself: who waits until a deadline finds that
 * it has come when it is about to sleep.
 */
#include "sync/lockword.h"

#include <errno.h>
#include <string.h>

static uint32_t word;
static struct hk_waitq queue;
static uint32_t readers, writers; /* who are in */
static uint32_t users;		  /* who have not had it yet; protected by it */
static hk_time now[EXPLORE_THREADS];
static hk_time tick; /* how far time goes when it is looked at */
static bool freed;

__attribute__((used)) __thread struct carrier *hki_carrier_tls;

static void setup_ticks(hk_time ns)
{
	word = 0;
	memset(&queue, 0, sizeof queue);
	memset(now, 0, sizeof now);
	readers = writers = users = 0;
	tick = ns;
	freed = false;
}

/* Nobody waits for long. */
static void setup(void)
{
	setup_ticks(1);
}

/* Who was woken in vain has waited for long. */
static void setup_long(void)
{
	setup_ticks(LOCKWORD_PATIENCE_NS);
}

static void setup_one_reads(void)
{
	setup_long();
	word = LOCKWORD_READER;
	readers = 1;
}

static void setup_two_users(void)
{
	setup();
	users = 2;
}

static void setup_three_users(void)
{
	setup();
	users = 3;
}

/* --- what the rest of the runtime does --- */

int64_t hki_os_now(void)
{
	return now[explore_self()] += tick;
}

void hki_os_futex_wait(uint32_t *at, uint32_t value, int64_t timeout_ns)
{
	(void)timeout_ns;
	explore_sleep(at, value, EXPLORE_HERE);
}

void hki_os_futex_wake(uint32_t *at, int count)
{
	(void)count;
	explore_wake(at, EXPLORE_HERE);
}

uint64_t hk_task_id(void)
{
	return 0;
}

void hki_wake_flush(struct woken *list, struct worker *self)
{
	(void)self;
	explore_assert(!list->rt);
}

void hki_assert_failed(const char *condition, const char *where)
{
	explore_fail("%s: not so: %s", where, condition);
}

/* --- the threads --- */

/* lock() and unlock() as mutex.c and rwlock.c have them, without the spinning. */
static int lock(bool shared, hk_time deadline)
{
	struct carrier *carrier = NULL;
	struct wait wait = { .cause = HK_CAUSE_RWLOCK, .deadline = deadline };
	int result = 0;
	if (!lockword_try(&word, shared))
		result = hki_lockword_lock_inside(&carrier, &word, &queue, shared, &wait);
	if (result == 0) {
		explore_assert(writers == 0 && (shared || readers == 0));
		*(shared ? &readers : &writers) += 1;
	}
	return result;
}

static void unlock(bool shared)
{
	*(shared ? &readers : &writers) -= 1;
	if (!lockword_untake(&word, shared))
		hki_lockword_unlock_inside(&word, &queue, shared);
}

static void write_once(void)
{
	explore_assert(lock(false, HK_FOREVER) == 0);
	unlock(false);
}

static void write_twice(void)
{
	write_once();
	write_once();
}

static void read_once(void)
{
	explore_assert(lock(true, HK_FOREVER) == 0);
	unlock(true);
}

/* Until after the first two looks at the time: when the wait begins. */
static void write_until(void)
{
	int result = lock(false, 2 * tick + 1);
	if (result == 0)
		unlock(false);
	else
		explore_assert(result == -ETIMEDOUT);
}

/* It has shared it from the beginning, and does so for ever if nobody is before it. */
static void read_for_ever(void)
{
	unlock(true);
	if (lockword_try(&word, true))
		readers++;
}

/* Who was the last to have it frees it. */
static void write_and_free(void)
{
	explore_assert(lock(false, HK_FOREVER) == 0);
	uint32_t left = ld_rlx(&users) - 1;
	st_rlx(&users, left);
	unlock(false);
	if (left == 0) {
		st_rlx(&word, 0xdeadu);
		st_rlx(&queue.lock, 0xdeadu);
		freed = true;
	}
}

static void check(void)
{
	explore_assert(writers == 0 && users == 0);
	explore_assert(word == (freed ? 0xdeadu : readers * LOCKWORD_READER));
	explore_assert(queue.lock == (freed ? 0xdeadu : 0));
	explore_assert(!queue.first && !queue.last && queue.exclusive == 0);
}

const struct explore_scenario explore_scenarios[] = {
	{ "two alone, freed", setup_two_users, { write_and_free, write_and_free }, NULL, check },
	{ "one gives up, one alone", setup, { write_until, write_twice }, NULL, check },
	{ "two alone, long", setup_long, { write_twice, write_once }, NULL, check },
	{ "two alone, one shares", setup, { write_once, write_once, read_once }, NULL, check },
	{ "three alone, freed", setup_three_users,
		{ write_and_free, write_and_free, write_and_free }, NULL, check },
	{ "one gives up, one shares it for ever", setup_one_reads,
		{ write_until, read_for_ever, read_once }, NULL, check },
	{ "one alone, two share", setup, { write_once, read_once, read_once }, NULL, check },
	{ .name = NULL },
};
