/* SPDX-License-Identifier: MIT */
/*
 * Random programs. Each task draws its next step (sleep, yield, lock, permit, byte, spawn,
 * compute) from a generator; sums over all of them must come out exactly. The seed is printed
 * when a test fails.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <unistd.h>

enum { LOCKS = 4, STEPS = 400, ROOTS = 12 };

static struct {
	struct hk_mutex m;
	long count;
} shelves[LOCKS];
static struct hk_sem tokens = HK_SEM_INIT(5);
static int ends[2];
static _Atomic long locked, started, ended;

struct cook {
	struct hkt_random random;
	int depth;
};

static int live(void *arg);

static int lock_shelf(struct hkt_random *r)
{
	uint32_t which = hkt_random_below(r, LOCKS);
	int got = 0;

	if (hkt_random_below(r, 2) == 0)
		hk_mutex_lock(&shelves[which].m);
	else
		got = hk_mutex_lock_until(&shelves[which].m, hk_now() + 20 * HK_US);
	if (got == -ETIMEDOUT)
		return 0;
	if (got != 0)
		return got;
	long before = shelves[which].count;
	if (hkt_random_below(r, 4) == 0)
		hk_yield();
	shelves[which].count = before + 1;
	locked++;
	hk_mutex_unlock(&shelves[which].m);
	return 0;
}

static int borrow_token(struct hkt_random *r)
{
	int got = hkt_random_below(r, 2) == 0 ?
		hk_sem_wait(&tokens) :
		hk_sem_wait_until(&tokens, hk_now() + hkt_random_below(r, 30000));

	if (got == -ETIMEDOUT)
		return 0;
	if (got != 0)
		return got;
	hk_yield();
	hk_sem_post(&tokens);
	return 0;
}

static int pass_byte(void)
{
	char c = 'm';

	if (hk_write(ends[1], &c, 1) != 1 || hk_read(ends[0], &c, 1) != 1)
		return -EIO;
	return c == 'm' ? 0 : -EILSEQ;
}

static int spawn_some(struct cook *cook)
{
	struct cook below[3];
	uint32_t n = 1 + hkt_random_below(&cook->random, 3);

	if (cook->depth == 0)
		return 0;
	HK_SCOPE(s);
	for (uint32_t i = 0; i < n; i++) {
		below[i].depth = cook->depth - 1;
		below[i].random = hkt_random(cook->random.state ^ (i << 8));
		hk_spawn(&s, live, &below[i]);
	}
	return hk_join(&s);
}

static int step(struct cook *cook)
{
	switch (hkt_random_below(&cook->random, 40)) {
	case 0:
		return spawn_some(cook);
	case 1:
	case 2:
	case 3:
		return hk_sleep(hkt_random_below(&cook->random, 20000));
	case 4:
	case 5:
	case 6:
		return pass_byte();
	case 7:
	case 8:
	case 9:
		hk_yield();
		return 0;
	case 10:
		return hk_poll(NULL, 0, hk_now() + 10 * HK_US);
	case 11:
	case 12:
	case 13:
		return borrow_token(&cook->random);
	default:
		return lock_shelf(&cook->random);
	}
}

static int live(void *arg)
{
	struct cook *cook = arg;
	int steps = cook->depth == 2 ? STEPS : STEPS / 20;

	started++;
	for (long i = 0; i < hkt_times(steps); i++) {
		int got = step(cook);

		if (got != 0)
			return got;
	}
	ended++;
	return 0;
}

static int start_all(void *arg)
{
	struct cook cooks[ROOTS];
	long sum = 0;
	int left = 0;

	HK_SCOPE(s);
	for (uint64_t i = 0; i < ROOTS; i++) {
		cooks[i].depth = 2;
		cooks[i].random = hkt_random(i + 100 * *(uint64_t *)arg);
		hk_spawn(&s, live, &cooks[i]);
	}
	ck_assert_int_eq(hk_join(&s), 0);
	for (int i = 0; i < LOCKS; i++)
		sum += shelves[i].count;
	ck_assert_int_eq(sum, locked);
	ck_assert_int_eq(started, ended);
	while (hk_sem_trywait(&tokens))
		left++;
	ck_assert_int_eq(left, 5);
	while (left-- > 0)
		hk_sem_post(&tokens);
	return 0;
}

/* Goal: nothing is lost in a random program. Method: 10 programs, sums of all that was done. */
START_TEST(random_programs_lose_nothing)
{
	hkt_pipe(ends);
	for (uint64_t round = 0; round < 10; round++)
		ck_assert_int_eq(hkt_run(_i, start_all, &round), 0);
}
END_TEST

/*
 * Goal: no correct program is taken for a deadlock, whatever is nested, called or joined while
 * locks are held. Method: random trees whose tasks lock only below what their ancestors hold.
 */
enum { LEVELS = 5, WIDTH = 3 };
static struct hk_mutex levels[LEVELS][WIDTH];

struct node {
	struct hkt_random random;
	int level;
};

/* One of the level's mutexes, or none. */
static struct hk_mutex *lock_some(struct node *node)
{
	struct hk_mutex *chosen = &levels[node->level][hkt_random_below(&node->random, WIDTH)];
	hk_time patience = hkt_random_below(&node->random, 100) * HK_US;

	switch (hkt_random_below(&node->random, 5)) {
	case 0:
		return NULL;
	case 1:
		return hk_mutex_lock_until(chosen, hk_now() + patience) == 0 ? chosen : NULL;
	case 2:
		return hk_mutex_lock_until(chosen, HK_FOREVER) == 0 ? chosen : NULL;
	default:
		hk_mutex_lock(chosen);
		return chosen;
	}
}

static int descend(void *arg)
{
	struct node *node = arg;
	struct hk_mutex *held;

	HK_SCOPE(joined);
	HK_SCOPE(other);
	held = lock_some(node);
	if (hkt_random_below(&node->random, 8) == 0)
		(void)hk_sleep(hkt_random_below(&node->random, 50000));
	for (uint32_t i = hkt_random_below(&node->random, 3); i > 0 && node->level < LEVELS - 1;
		i--) {
		struct node below = { hkt_random(node->random.state + i), node->level + 1 };
		bool here = hkt_random_below(&node->random, 2) == 0;

		below.level +=
			(int)hkt_random_below(&node->random, (uint32_t)(LEVELS - below.level));
		hk_spawn_copy(here ? &joined : &other, descend, &below, sizeof(below));
	}
	if (hkt_random_below(&node->random, 2) == 0)
		(void)hk_join(&joined);
	if (held != NULL)
		hk_mutex_unlock(held);
	(void)hk_join(&joined);
	return hk_join(&other);
}

static int descend_often(void *arg)
{
	uint64_t me = *(uint64_t *)arg;

	for (long i = 0; i < hkt_times(500); i++) {
		struct node root = { hkt_random(me + 10 * (uint64_t)i), 0 };

		HK_SCOPE(s);
		hk_spawn(&s, descend, &root);
		ck_assert_int_eq(hk_join(&s), 0);
	}
	return 0;
}

static int spawn_trees(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (uint64_t i = 0; i < 6; i++)
		hk_spawn_copy(&s, descend_often, &i, sizeof(i));
	return hk_join(&s);
}

START_TEST(locks_in_order_are_no_deadlock)
{
	ck_assert_int_eq(hkt_run(_i, spawn_trees, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/mix");
	TCase *tc = hkt_case(suite, "mix", 120);

	hkt_add_every(tc, random_programs_lose_nothing);
	hkt_add_every(tc, locks_in_order_are_no_deadlock);
	return hkt_main(suite);
}
