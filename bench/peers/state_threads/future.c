/* SPDX-License-Identifier: MIT */
/* bench/hocket/future.c with State Threads, which return their result. */
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
		if (st_thread_join(spawn(child, done), &done) != 0)
			bench_fail("st_thread_join failed");
	int64_t took = bench_now() - begin;
	if ((intptr_t)done != n)
		bench_fail("%ld threads of %ld have run", (long)(intptr_t)done, n);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	if (params[WORKERS].value != 1)
		return BENCH_CANNOT;
	start();
	bench_per_turn("future", turns);
	return 0;
}
