/* SPDX-License-Identifier: MIT */
/*
 * A scope with one child as a future: begun, awaited, its result read: ns; and against a spawn and
 * join in a scope that stays (bench/hocket/spawn.c).
 */
#include "start.h"

enum { WORKERS, PARAMS };
static struct bench_param params[] = { { "workers", 1 } };

static int child(void *arg)
{
	long *result = arg;

	++*result;
	return 0;
}

static long await(long argument)
{
	long result = argument;

	HK_SCOPE(future);
	hk_spawn(&future, child, &result);
	return hk_join(&future) == 0 ? result : -1;
}

static int64_t turns(long n)
{
	long done = 0;
	int64_t begin = bench_now();

	for (long i = 0; i < n; i++)
		done = await(done);
	int64_t took = bench_now() - begin;
	if (done != n)
		bench_fail("%ld tasks of %ld have run", done, n);
	return took;
}

static int64_t plain_turns(long n)
{
	long done = 0;
	int err = 0;
	int64_t begin = bench_now();

	HK_SCOPE(s);
	for (long i = 0; i < n && err == 0; i++) {
		hk_spawn(&s, child, &done);
		err = hk_join(&s);
	}
	int64_t took = bench_now() - begin;
	if (err < 0 || done != n)
		bench_fail("%ld tasks of %ld have run: %s", done, n, hk_strerror(err));
	return took;
}

static int measure(void *arg)
{
	double future = bench_turn_ns(turns);
	double plain = bench_turn_ns(plain_turns);

	(void)arg;
	bench_figure("future", future, "ns");
	bench_figure("future_cost", future / plain, "x");
	return 0;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	start(params[WORKERS].value, 0, measure, NULL);
	return 0;
}
