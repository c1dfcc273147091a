/* SPDX-License-Identifier: MIT */
/* Mutex, readers-writer lock and semaphore under contention: exact counts, and no more inside than
   allowed. */
#include "../check_waits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Goal: the mutex excludes. Method: a plain counter, 16 tasks, many rounds each. */
enum { TASKS = 16, ROUNDS = 100000 };
static struct hk_mutex m;
static long counter;

static int count(void *arg)
{
	struct hkt_random r = hkt_random(*(uint64_t *)arg);

	for (long i = 0; i < hkt_times(ROUNDS); i++) {
		hk_mutex_lock(&m);
		long before = counter;
		if (hkt_random_below(&r, 16) == 0)
			hk_yield();
		counter = before + 1;
		hk_mutex_unlock(&m);
	}
	return 0;
}

static int spawn_counters(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (uint64_t i = 0; i < TASKS; i++)
		hk_spawn_copy(&s, count, &i, sizeof(i));
	return hk_join(&s);
}

START_TEST(a_mutex_counts_exactly)
{
	ck_assert_int_eq(hkt_run(_i, spawn_counters, NULL), 0);
	ck_assert_int_eq(counter, TASKS * hkt_times(ROUNDS));
}
END_TEST

/* Goal: trylock and lock together exclude too. Method: half the tasks only try. */
static _Atomic long entered;

static int try_and_count(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(ROUNDS); i++) {
		if (!hk_mutex_trylock(&m)) {
			hk_yield();
			continue;
		}
		counter++;
		entered++;
		hk_mutex_unlock(&m);
	}
	return 0;
}

static int lock_and_count(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(ROUNDS); i++)
		HK_LOCKED(&m) {
			counter++;
			entered++;
		}
	return 0;
}

static int spawn_both_kinds(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 4; i++) {
		hk_spawn(&s, try_and_count, NULL);
		hk_spawn(&s, lock_and_count, NULL);
	}
	return hk_join(&s);
}

START_TEST(trylock_excludes_too)
{
	ck_assert_int_eq(hkt_run(_i, spawn_both_kinds, NULL), 0);
	ck_assert_int_eq(counter, entered);
	ck_assert_int_ge(counter, 4 * hkt_times(ROUNDS));
}
END_TEST

/* Goal: never more inside than permits. Method: 12 tasks, 3 permits, waits of all kinds. */
enum { PERMITS = 3 };
static struct hk_sem ovens = HK_SEM_INIT(PERMITS);
static _Atomic int baking;
static _Atomic long baked;

static bool take_oven(struct hkt_random *r)
{
	switch (hkt_random_below(r, 3)) {
	case 0:
		return hk_sem_trywait(&ovens);
	case 1:
		return hk_sem_wait_until(&ovens, hk_now() + hkt_random_below(r, 20000)) == 0;
	default:
		return hk_sem_wait(&ovens) == 0;
	}
}

static int bake(void *arg)
{
	struct hkt_random r = hkt_random(*(uint64_t *)arg);

	for (long i = 0; i < hkt_times(ROUNDS / 2); i++) {
		if (!take_oven(&r)) {
			hk_yield();
			continue;
		}
		if (++baking > PERMITS)
			return -ERANGE;
		if (hkt_random_below(&r, 4) == 0)
			hk_yield();
		baked++;
		baking--;
		hk_sem_post(&ovens);
	}
	return 0;
}

static int spawn_bakers(void *arg)
{
	int left = 0;

	(void)arg;
	HK_SCOPE(s);
	for (uint64_t i = 0; i < 12; i++)
		hk_spawn_copy(&s, bake, &i, sizeof(i));
	ck_assert_int_eq(hk_join(&s), 0);
	while (hk_sem_trywait(&ovens))
		left++;
	ck_assert_int_eq(left, PERMITS);
	ck_assert_int_gt(baked, 0);
	return 0;
}

START_TEST(a_semaphore_admits_no_more_than_its_permits)
{
	ck_assert_int_eq(hkt_run(_i, spawn_bakers, NULL), 0);
}
END_TEST

/* Goal: writers are alone, readers see no write that is half done. Method: 12 tasks, in one of ten
   turns each writes two numbers, which all that read find equal. */
static struct hk_rwlock menu;
static long pages[2];
static _Atomic long written;

static int read_and_write(void *arg)
{
	struct hkt_random r = hkt_random(*(uint64_t *)arg);

	for (long i = 0; i < hkt_times(ROUNDS); i++) {
		bool writes = hkt_random_below(&r, 10) == 0;
		if (writes)
			hk_rwlock_wrlock(&menu);
		else
			hk_rwlock_rdlock(&menu);
		if (writes)
			pages[0]++;
		if (hkt_random_below(&r, 32) == 0)
			hk_yield();
		if (writes)
			pages[1]++;
		if (pages[0] != pages[1])
			return -EIO;
		hk_rwlock_unlock(&menu);
		written += writes;
	}
	return 0;
}

static int spawn_readers(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (uint64_t i = 0; i < 12; i++)
		hk_spawn_copy(&s, read_and_write, &i, sizeof(i));
	return hk_join(&s);
}

START_TEST(a_readers_writer_lock_excludes)
{
	ck_assert_int_eq(hkt_run(_i, spawn_readers, NULL), 0);
	ck_assert_int_eq(pages[0], written);
	ck_assert_int_eq(pages[1], written);
}
END_TEST

/* Goal: a mutex may be destroyed by whoever locked it last. Method: it lives in a short block. */
struct dish {
	struct hk_mutex m;
	int hands;
};

static int touch_dish(void *arg)
{
	struct dish *dish = arg;

	HK_LOCKED(&dish->m)
		dish->hands++;
	return 0;
}

static int wash_dishes(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(10000); i++) {
		struct dish dish = { HK_MUTEX_INIT, 0 };

		HK_SCOPE(s);
		hk_spawn(&s, touch_dish, &dish);
		hk_spawn(&s, touch_dish, &dish);
		ck_assert_int_eq(hk_join(&s), 0);
		ck_assert_int_eq(dish.hands, 2);
	}
	return 0;
}

START_TEST(short_lived_mutexes)
{
	ck_assert_int_eq(hkt_run(_i, wash_dishes, NULL), 0);
}
END_TEST

/*
 * Goal: who comes last may free a lock, while the one before is still on its way out of its unlock.
 * Method: tasks and threads each let go of all dishes in turn, under the dish's own lock; whoever
 * lets go last frees it, after its memory got another content that nobody changes.
 */
enum { DISHES = 10000, HOLDERS = 6 };

struct shared_dish {
	struct hk_mutex m;
	struct hk_rwlock rw;
	int holders;
};
static struct shared_dish *dishes[DISHES];

static bool let_go(struct shared_dish *dish, bool mutex)
{
	bool last;

	if (mutex) {
		hk_mutex_lock(&dish->m);
		last = --dish->holders == 0;
		hk_mutex_unlock(&dish->m);
	} else {
		hk_rwlock_wrlock(&dish->rw);
		last = --dish->holders == 0;
		hk_rwlock_unlock(&dish->rw);
	}
	return last;
}

static int let_go_of_all(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(DISHES); i++) {
		unsigned char *bytes = (unsigned char *)dishes[i];
		if (!let_go(dishes[i], i % 2))
			continue;
		memset(bytes, 0xa5, sizeof(*dishes[i]));
		if (i % 4 == 0)
			hk_yield();
		for (size_t k = 0; k < sizeof(*dishes[i]); k++)
			ck_assert_uint_eq(bytes[k], 0xa5);
		free(bytes);
	}
	return 0;
}

static int spawn_holders(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < HOLDERS - 2; i++)
		hk_spawn(&s, let_go_of_all, NULL);
	return hk_join(&s);
}

START_TEST(the_last_may_free_the_lock)
{
	struct hkt_outside calls[2];

	for (long i = 0; i < hkt_times(DISHES); i++) {
		dishes[i] = calloc(1, sizeof(*dishes[i]));
		ck_assert_ptr_nonnull(dishes[i]);
		dishes[i]->holders = HOLDERS;
	}
	for (int i = 0; i < 2; i++)
		hkt_outside(&calls[i], let_go_of_all, NULL);
	ck_assert_int_eq(hkt_run(_i, spawn_holders, NULL), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(hkt_outside_end(&calls[i]), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/lock");
	TCase *tc = hkt_case(suite, "lock", 120);

	hkt_add_workers(tc, a_mutex_counts_exactly);
	hkt_add_workers(tc, trylock_excludes_too);
	hkt_add_workers(tc, a_semaphore_admits_no_more_than_its_permits);
	hkt_add_workers(tc, a_readers_writer_lock_excludes);
	hkt_add_workers(tc, short_lived_mutexes);
	hkt_add_workers(tc, the_last_may_free_the_lock);
	return hkt_main(suite);
}
