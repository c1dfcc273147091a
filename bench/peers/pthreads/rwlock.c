/* SPDX-License-Identifier: MIT */
/* bench/hocket/rwlock.c with pthread_rwlock_t. */
#include "contend.h"

enum { WRITES_EVERY = 10 };

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long left, right; /* equal, but while somebody writes */

static void turn(long number)
{
	if (number % WRITES_EVERY == 0) {
		pthread_rwlock_wrlock(&rwlock);
		left++;
		right++;
	} else {
		pthread_rwlock_rdlock(&rwlock);
		if (left != right)
			bench_fail("a reader saw %ld and %ld", left, right);
	}
	pthread_rwlock_unlock(&rwlock);
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
