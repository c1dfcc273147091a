/* SPDX-License-Identifier: MIT */
/* bench/hocket/future.c with fibers::async; against a fiber that is joined (spawn.cc). */
#include "start.hh"

static bench_param params[] = { { "workers", 1 } };

static int64_t turns(long n)
{
	long done = 0;
	int64_t begin = bench_now();

	for (long i = 0; i < n; i++)
		done = async(params[0].value, [done] { return done + 1; }).get();
	int64_t took = bench_now() - begin;
	if (done != n)
		bench_fail("%ld fibers of %ld have run", done, n);
	return took;
}

static int64_t plain_turns(long n)
{
	long done = 0;
	int64_t begin = bench_now();

	for (long i = 0; i < n; i++)
		spawn(params[0].value, [&done] { done++; }).join();
	int64_t took = bench_now() - begin;
	if (done != n)
		bench_fail("%ld fibers of %ld have run", done, n);
	return took;
}

static void measure()
{
	double future = bench_turn_ns(turns);
	double plain = bench_turn_ns(plain_turns);

	bench_figure("future", future, "ns");
	bench_figure("future_cost", future / plain, "x");
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, 1);
	start(params[0].value, measure);
	return 0;
}
