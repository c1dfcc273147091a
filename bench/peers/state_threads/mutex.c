/* SPDX-License-Identifier: MIT */
/* bench/hocket/mutex.c with State Threads. */
#include "start.h"

static st_mutex_t mutex;
static long counter;

static int64_t turns(long n)
{
	counter = 0;
	int64_t begin = bench_now();
	for (long i = 0; i < n; i++) {
		st_mutex_lock(mutex);
		counter++;
		st_mutex_unlock(mutex);
	}
	int64_t took = bench_now() - begin;
	if (counter != n)
		bench_fail("the counter is %ld after %ld turns", counter, n);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, NULL, 0);
	start();
	mutex = st_mutex_new();
	bench_per_turn("mutex", turns);
	return 0;
}
