/* SPDX-License-Identifier: MIT */
/* A mutex that nobody else wants, locked and unlocked: ns for both. */
#include "start.h"

static struct hk_mutex mutex;
static long counter;

static int64_t turns(long n)
{
	counter = 0;
	int64_t begin = bench_now();
	for (long i = 0; i < n; i++) {
		hk_mutex_lock(&mutex);
		counter++;
		hk_mutex_unlock(&mutex);
	}
	int64_t took = bench_now() - begin;
	if (counter != n)
		bench_fail("the counter is %ld after %ld turns", counter, n);
	return took;
}

static int measure(void *arg)
{
	(void)arg;
	bench_per_turn("mutex", turns);
	return 0;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, NULL, 0);
	start(1, 0, measure, NULL);
	return 0;
}
