/* SPDX-License-Identifier: MIT */
/* bench/hocket/spawn.c with tasks of oneTBB. */
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include "bench.h"

static bench_param params[] = { { "workers", 1 } };

static int64_t turns(long n)
{
	tbb::task_group group;
	long done = 0;
	int64_t begin = bench_now();

	for (long i = 0; i < n; i++) {
		group.run([&done] { done++; });
		group.wait();
	}
	int64_t took = bench_now() - begin;
	if (done != n)
		bench_fail("%ld tasks of %ld have run", done, n);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, 1);
	tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
		static_cast<std::size_t>(params[0].value));
	tbb::task_arena arena(static_cast<int>(params[0].value));
	arena.execute([] { bench_per_turn("spawn", turns); });
	return 0;
}
