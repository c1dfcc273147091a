/* SPDX-License-Identifier: MIT */
/* bench/hocket/mutex.c with pthread_mutex_t. */
#include "start.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *idle(void *arg)
{
	return arg;
}

static int64_t turns(long n)
{
	counter = 0;
	int64_t begin = bench_now();
	for (long i = 0; i < n; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	int64_t took = bench_now() - begin;
	if (counter != n)
		bench_fail("the counter is %ld after %ld turns", counter, n);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, NULL, 0);
	/* The C library leaves out atomic operations while there has never been a second thread. */
	join(spawn(idle, NULL));
	bench_per_turn("mutex", turns);
	return 0;
}
