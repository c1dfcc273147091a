/* SPDX-License-Identifier: MIT */
/* bench/hocket/yield.c with State Threads, whose only yield is a sleep of no time. */
#include "start.h"

enum { WORKERS, PARAMS };
static struct bench_param params[] = { { "workers", 1 } };

static void *yielder(void *arg)
{
	long *left = arg;

	while (*left > 0) {
		st_usleep(0);
		--*left;
	}
	return NULL;
}

static int64_t turns(long n)
{
	long left[2] = { n / 2, n / 2 };
	int64_t begin = bench_now();
	st_thread_t first = spawn(yielder, &left[0]);
	st_thread_t second = spawn(yielder, &left[1]);

	join(first);
	join(second);
	int64_t took = bench_now() - begin;
	if (left[0] != 0 || left[1] != 0)
		bench_fail("%ld and %ld yields are left", left[0], left[1]);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	if (params[WORKERS].value != 1)
		return BENCH_CANNOT;
	start();
	bench_per_turn("yield", turns);
	return 0;
}
