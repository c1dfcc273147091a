/* SPDX-License-Identifier: MIT */
/* bench/hocket/spawn.c with fibers. */
#include "start.hh"

static bench_param params[] = { { "workers", 1 } };

static int64_t turns(long n)
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

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, 1);
	start(params[0].value, [] { bench_per_turn("spawn", turns); });
	return 0;
}
