/* SPDX-License-Identifier: MIT */
/*
 * A readers-writer lock that many tasks want all the time, each 9 times in 10 for reading: how
 * often they get it, and how evenly.
 */
#include "contend.h"

enum { WRITES_EVERY = 10 };

static struct hk_rwlock rwlock;
static long left, right; /* equal, but while somebody writes */

static void turn(long number)
{
	if (number % WRITES_EVERY == 0) {
		hk_rwlock_wrlock(&rwlock);
		left++;
		right++;
	} else {
		hk_rwlock_rdlock(&rwlock);
		if (left != right)
			bench_fail("a reader saw %ld and %ld", left, right);
	}
	hk_rwlock_unlock(&rwlock);
}

static long turns(int64_t end)
{
	long done = 0;

	while (bench_now() < end)
		for (int i = 0; i < CONTEND_BATCH; i++)
			turn(done++);
	return done;
}

int main(int argc, char **argv)
{
	long all = contend("rwlock", argc, argv, turns);

	if (left != right || left < all / WRITES_EVERY)
		bench_fail("%ld and %ld writes in %ld turns", left, right, all);
	return 0;
}
