/* SPDX-License-Identifier: MIT */
/* bench/hocket/future.c with threads, which return their result. */
#include "start.h"

enum { WORKERS, PARAMS };
static struct bench_param params[] = { { "workers", 1 } };

static void *child(void *arg)
{
	return (void *)((intptr_t)arg + 1);
}

static int64_t turns(long n)
{
	void *done = NULL;
	int64_t begin = bench_now();

	for (long i = 0; i < n; i++)
		if (pthread_join(spawn(child, done), &done) != 0)
			bench_fail("pthread_join failed");
	int64_t took = bench_now() - begin;
	if ((intptr_t)done != n)
		bench_fail("%ld threads of %ld have run", (long)(intptr_t)done, n);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	use_cpus(params[WORKERS].value);
	bench_per_turn("future", turns);
	return 0;
}
