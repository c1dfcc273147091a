/* SPDX-License-Identifier: MIT */
/*
 * Cancellation and time-outs racing with what the waiter waits for. Whoever wins, exactly one
 * of them does: permits, locks and bytes are conserved.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <unistd.h>

/*
 * Goal: a permit is either taken (0) or still there. Method: a waiter, a poster and a canceller
 * start together, with random delays; afterwards taken + left must be what was posted.
 */
struct race {
	struct hk_sem sem;
	struct hkt_random random, canceller;
	_Atomic int taken;
};

static void dawdle(struct hkt_random *r)
{
	for (uint32_t i = hkt_random_below(r, 4); i > 0; i--)
		hk_yield();
}

static int take(void *arg)
{
	struct race *race = arg;
	int got = hk_sem_wait(&race->sem);

	if (got == 0)
		race->taken++;
	return got == 0 || got == -ECANCELED ? 0 : got;
}

static int take_in_time(void *arg)
{
	struct race *race = arg;
	int got = hk_sem_wait_until(&race->sem, hk_now() + 5 * HK_US);

	if (got == 0)
		race->taken++;
	return got == 0 || got == -ECANCELED || got == -ETIMEDOUT ? 0 : got;
}

static int post_two(void *arg)
{
	struct race *race = arg;

	for (int i = 0; i < 2; i++) {
		dawdle(&race->random);
		hk_sem_post(&race->sem);
	}
	return 0;
}

static int race_once(struct race *race)
{
	int left = 0, got;

	race->taken = 0;
	HK_SCOPE(posters);
	HK_SCOPE(waiters);
	hk_spawn(&waiters, take, race);
	hk_spawn(&waiters, take_in_time, race);
	hk_spawn(&waiters, take, race);
	hk_spawn(&posters, post_two, race);
	dawdle(&race->canceller);
	hk_cancel(&waiters);
	got = hk_join(&waiters);
	if ((got != 0 && got != -ECANCELED) || hk_join(&posters) != 0)
		return -EIO;
	while (hk_sem_trywait(&race->sem))
		left++;
	return race->taken + left == 2 ? 0 : -EILSEQ;
}

static int race_often(void *arg)
{
	uint64_t me = *(uint64_t *)arg;
	struct race race = { .random = hkt_random(me), .canceller = hkt_random(~me) };

	for (long i = 0; i < hkt_times(10000); i++) {
		int got = race_once(&race);

		ck_assert_msg(got == 0, "round %ld: %s", i, hk_strerror(got));
	}
	return 0;
}

static int race_side_by_side(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (uint64_t i = 0; i < 2; i++)
		hk_spawn_copy(&s, race_often, &i, sizeof(i));
	return hk_join(&s);
}

START_TEST(cancellation_against_a_post)
{
	ck_assert_int_eq(hkt_run(_i, race_side_by_side, NULL), 0);
}
END_TEST

/* Goal: a time limit against an unlock. Method: holders and impatient lockers, a plain counter. */
enum { LOCKERS = 6 };
static struct hk_mutex m;
static long inside, gained[LOCKERS];

static int lock_impatiently(void *arg)
{
	uint64_t me = *(uint64_t *)arg;
	struct hkt_random r = hkt_random(me);

	for (long i = 0; i < hkt_times(10000); i++) {
		hk_time patience = hkt_random_below(&r, 3000);
		int got = hk_mutex_lock_until(&m, hk_now() + patience);

		if (got == -ETIMEDOUT)
			continue;
		if (got != 0)
			return got;
		long before = inside;
		if (hkt_random_below(&r, 4) == 0)
			hk_yield();
		inside = before + 1;
		gained[me]++;
		hk_mutex_unlock(&m);
	}
	return 0;
}

static int spawn_lockers(void *arg)
{
	long sum = 0;

	(void)arg;
	HK_SCOPE(s);
	for (uint64_t i = 0; i < LOCKERS; i++)
		hk_spawn_copy(&s, lock_impatiently, &i, sizeof(i));
	ck_assert_int_eq(hk_join(&s), 0);
	for (int i = 0; i < LOCKERS; i++)
		sum += gained[i];
	ck_assert_int_eq(inside, sum);
	ck_assert_int_gt(sum, 0);
	ck_assert(hk_mutex_trylock(&m));
	hk_mutex_unlock(&m);
	return 0;
}

START_TEST(a_time_limit_against_an_unlock)
{
	ck_assert_int_eq(hkt_run(_i, spawn_lockers, NULL), 0);
}
END_TEST

/* Goal: a cancelled read takes no byte, or returns it. Method: bytes read + left = written. */
static int ends[2];
struct got {
	_Atomic int count;
};

static int read_byte(void *arg)
{
	char c;
	ssize_t n = hk_read(ends[0], &c, 1);

	if (n == 1)
		((struct got *)arg)->count++;
	return n == 1 || n == -ECANCELED ? 0 : -EIO;
}

static int write_byte(void *arg)
{
	(void)arg;
	return hk_write(ends[1], "x", 1) == 1 ? 0 : -EIO;
}

static int race_reads(void *arg)
{
	struct pollfd fd = { ends[0], POLLIN, 0 };
	char c;

	(void)arg;
	for (long i = 0; i < hkt_times(10000); i++) {
		struct got got = { 0 };
		int joined;

		HK_SCOPE(writer);
		HK_SCOPE(reader);
		hk_spawn(&reader, read_byte, &got);
		if (i % 3 == 0)
			hk_yield();
		hk_spawn(&writer, write_byte, NULL);
		if (i % 2 == 0)
			hk_yield();
		hk_cancel(&reader);
		joined = hk_join(&reader);
		ck_assert(joined == 0 || joined == -ECANCELED);
		ck_assert_int_eq(hk_join(&writer), 0);
		if (got.count == 0)
			ck_assert_int_eq(hk_read(ends[0], &c, 1), 1);
		ck_assert_int_eq(hk_poll(&fd, 1, 0), 0);
	}
	return 0;
}

START_TEST(cancellation_against_a_byte)
{
	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, race_reads, NULL), 0);
}
END_TEST

/* Goal: cancellation against start, end and nested scopes. Method: random trees, cut anywhere. */
struct branch {
	struct hkt_random random;
	int depth;
};
static _Atomic long alive;

static int grow(void *arg)
{
	struct branch *branch = arg, below[3];

	alive++;
	struct hk_scope s = HK_SCOPE_INIT;
	for (int i = 0; branch->depth > 0 && i < 3; i++) {
		below[i].depth = branch->depth - 1;
		below[i].random = hkt_random(branch->random.state + (uint64_t)i);
		hk_spawn(&s, grow, &below[i]);
	}
	dawdle(&branch->random);
	if (hkt_random_below(&branch->random, 8) == 0)
		hk_cancel(&s);
	if (hkt_random_below(&branch->random, 4) == 0)
		(void)hk_sleep(hkt_random_below(&branch->random, 100000));
	if (hkt_random_below(&branch->random, 4) != 0)
		(void)hk_join(&s);
	hk_scope_end(&s);
	alive--;
	return hkt_random_below(&branch->random, 16) == 0 ? -EIO : 0;
}

static int grow_trees(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(500); i++) {
		struct branch root = { hkt_random((uint64_t)i), 4 };

		HK_SCOPE(s);
		hk_spawn(&s, grow, &root);
		for (long k = i % 5; k > 0; k--)
			hk_yield();
		if (i % 2 == 0)
			hk_cancel(&s);
		(void)hk_join(&s);
		ck_assert_int_eq(alive, 0);
	}
	return 0;
}

START_TEST(cancellation_against_growing_trees)
{
	ck_assert_int_eq(hkt_run(_i, grow_trees, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/cancel");
	TCase *tc = hkt_case(suite, "cancel", 120);

	hkt_add_workers(tc, cancellation_against_a_post);
	hkt_add_workers(tc, a_time_limit_against_an_unlock);
	hkt_add_workers(tc, cancellation_against_a_byte);
	hkt_add_workers(tc, cancellation_against_growing_trees);
	return hkt_main(suite);
}
