/* SPDX-License-Identifier: MIT */
/* bench/hocket/spawn.c with tasks of OpenMP. */
#include <omp.h>

#include "bench.h"

enum { WORKERS, PARAMS };
static struct bench_param params[] = { { "workers", 1 } };

static int64_t turns(long n)
{
	long done = 0;
	int64_t begin = bench_now();

	for (long i = 0; i < n; i++) {
#pragma omp task shared(done)
		done++;
#pragma omp taskwait
	}
	int64_t took = bench_now() - begin;
	if (done != n)
		bench_fail("%ld tasks of %ld have run", done, n);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	omp_set_num_threads((int)params[WORKERS].value);
#pragma omp parallel
#pragma omp single
	bench_per_turn("spawn", turns);
	return 0;
}
