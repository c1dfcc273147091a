/* SPDX-License-Identifier: MIT */
/* bench/hocket/spawn.c with threads. */
#include "start.h"

enum { WORKERS, PARAMS };
static struct bench_param params[] = { { "workers", 1 } };

static void *child(void *arg)
{
	long *done = arg;

	++*done;
	return NULL;
}

static int64_t turns(long n)
{
	long done = 0;
	int64_t begin = bench_now();

	for (long i = 0; i < n; i++)
		join(spawn(child, &done));
	int64_t took = bench_now() - begin;
	if (done != n)
		bench_fail("%ld threads of %ld have run", done, n);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	use_cpus(params[WORKERS].value);
	bench_per_turn("spawn", turns);
	return 0;
}
