/* SPDX-License-Identifier: MIT */
/*
 * The explorer itself: small programs whose possible results are known. It must find each of them
 * and no other (Alglave, Maranget, Tautschnig, Herding cats, 2014, for the names).
 */
#include <string.h>

#include "base/atomic.h"
#include "os/lock.h"

enum { RESULTS = 16 };

static uint32_t x, y, z, lock;
static unsigned r[4]; /* what was read: a bit each */
static bool seen[RESULTS];

static void setup(void)
{
	x = y = z = lock = 0;
	memset(r, 0, sizeof r);
}

static void note(void)
{
	seen[r[0] | r[1] << 1 | r[2] << 2 | r[3] << 3] = true;
}

/* The results that were seen are exactly these, a bit each. */
static void expect(unsigned results)
{
	for (unsigned i = 0; i < RESULTS; i++) {
		if (seen[i] != (results >> i & 1))
			explore_fail("result %u is %s", i, seen[i] ? "impossible" : "not found");
	}
	memset(seen, 0, sizeof seen);
}

static void expect_all(void)
{
	expect(0xf);
}

static void expect_not_0(void)
{
	expect(0xe);
}

static void expect_not_1(void)
{
	expect(0xd);
}

/* Store buffering. */
static void sb_x(void)
{
	st_rel(&x, 1);
	r[0] = ld_acq(&y);
}

static void sb_y(void)
{
	st_rel(&y, 1);
	r[1] = ld_acq(&x);
}

static void sb_x_fence(void)
{
	st_rel(&x, 1);
	fence_seq();
	r[0] = ld_acq(&y);
}

static void sb_y_fence(void)
{
	st_rel(&y, 1);
	fence_seq();
	r[1] = ld_acq(&x);
}

static void sb_y_barrier(void)
{
	st_rel(&y, 1);
	explore_barrier(EXPLORE_HERE);
	r[1] = ld_acq(&x);
}

/* The same with three. */
static void ring_x(void)
{
	st_rlx(&x, 1);
	r[0] = ld_rlx(&y);
}

static void ring_y(void)
{
	st_rlx(&y, 1);
	r[1] = ld_rlx(&z);
}

static void ring_z(void)
{
	st_rlx(&z, 1);
	r[2] = ld_rlx(&x);
}

static void ring_x_fence(void)
{
	st_rlx(&x, 1);
	fence_seq();
	r[0] = ld_rlx(&y);
}

static void ring_y_fence(void)
{
	st_rlx(&y, 1);
	fence_seq();
	r[1] = ld_rlx(&z);
}

static void ring_z_fence(void)
{
	st_rlx(&z, 1);
	fence_seq();
	r[2] = ld_rlx(&x);
}

static void expect_all_of_8(void)
{
	expect(0xff);
}

static void expect_not_0_of_8(void)
{
	expect(0xfe);
}

/* Message passing: result 1 is the flag without the message. */
static void mp_send(void)
{
	st_rlx(&x, 1);
	st_rel(&y, 1);
}

static void mp_send_relaxed(void)
{
	st_rlx(&x, 1);
	st_rlx(&y, 1);
}

static void mp_receive(void)
{
	r[0] = ld_acq(&y);
	r[1] = ld_rlx(&x);
}

/* A thread sees its own stores, in their order; another must not see them turned round. */
static void own_stores(void)
{
	st_rlx(&x, 1);
	r[2] = ld_rlx(&x);
	st_rlx(&x, 2);
	r[3] = ld_rlx(&x) == 2;
}

static void read_twice(void)
{
	uint32_t first = ld_rlx(&x);
	uint32_t second = ld_rlx(&x);
	r[0] = first > 0;
	r[1] = second > 0;
	explore_assert(second >= first);
}

static void expect_own(void)
{
	expect(1 << 12 | 1 << 14 | 1 << 15);
}

/* Three counts under a lock, and without one. */
static void count_locked(void)
{
	hki_lock(&lock);
	st_rlx(&x, ld_rlx(&x) + 1);
	hki_unlock(&lock);
}

static void count(void)
{
	st_rlx(&x, ld_rlx(&x) + 1);
}

static void note_count(void)
{
	r[0] = x & 1;
	r[1] = x >> 1;
	note();
}

static void expect_3(void)
{
	expect(1 << 3);
}

static void expect_1_to_3(void)
{
	expect(0xe);
}

/* Who is first takes it; the other waits for the end of that. */
static void take_first(void)
{
	uint32_t no = 0;
	if (cas_acq(&x, &no, 1 + explore_self())) {
		r[explore_self()] = 1;
		st_rel(&y, 1);
	} else {
		explore_wait_while(&y, 0, EXPLORE_HERE);
	}
	st_rlx(&z, 1);
}

static void expect_one_of_three(void)
{
	expect(1 << 1 | 1 << 2 | 1 << 4);
}

static void sleep_once(void)
{
	explore_sleep(&x, 0, EXPLORE_HERE);
	r[0] = ld_acq(&y);
}

static void wake_once(void)
{
	st_rlx(&y, 1);
	st_rel(&x, 1);
	explore_wake(&x, EXPLORE_HERE);
}

/* The value is changed without waking, so it may sleep on. */
static void change_once(void)
{
	st_rel(&x, 1);
}

static void expect_1(void)
{
	expect(1 << 1);
}

static void note_stuck(void)
{
	r[1] = 1;
	note();
}

static void expect_0_or_stuck(void)
{
	expect(1 << 0 | 1 << 2);
}

const struct explore_scenario explore_scenarios[] = {
	{ "store buffering", setup, { sb_x, sb_y }, .check = note, .finish = expect_all },
	{ "store buffering, fences", setup, { sb_x_fence, sb_y_fence }, .check = note,
		.finish = expect_not_0 },
	{ "store buffering, a fence", setup, { sb_x, sb_y_fence }, .check = note,
		.finish = expect_all },
	{ "store buffering, a barrier", setup, { sb_x, sb_y_barrier }, .check = note,
		.finish = expect_not_0 },
	{ "store buffering, three", setup, { ring_x, ring_y, ring_z }, .check = note,
		.finish = expect_all_of_8 },
	{ "store buffering, three, fences", setup, { ring_x_fence, ring_y_fence, ring_z_fence },
		.check = note, .finish = expect_not_0_of_8 },
	{ "store buffering, three, a fence less", setup, { ring_x, ring_y_fence, ring_z_fence },
		.check = note, .finish = expect_all_of_8 },
	{ "message", setup, { mp_send, mp_receive }, .check = note, .finish = expect_not_1 },
	{ "message, relaxed", setup, { mp_send_relaxed, mp_receive }, .check = note,
		.finish = expect_all },
	{ "own stores", setup, { own_stores, read_twice }, .check = note, .finish = expect_own },
	{ "lock", setup, { count_locked, count_locked, count_locked }, .check = note_count,
		.finish = expect_3 },
	{ "no lock", setup, { count, count, count }, .check = note_count, .finish = expect_1_to_3 },
	{ "the first of three", setup, { take_first, take_first, take_first }, .check = note,
		.finish = expect_one_of_three },
	{ "sleep and wake", setup, { sleep_once, wake_once }, .check = note, .finish = expect_1 },
	{ "sleep, nobody wakes", setup, { sleep_once, change_once }, .check = note,
		.stuck = note_stuck, .finish = expect_0_or_stuck },
	{ .name = NULL },
};
