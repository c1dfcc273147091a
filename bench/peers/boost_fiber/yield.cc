/* SPDX-License-Identifier: MIT */
/* bench/hocket/yield.c with fibers. */
#include "start.hh"

static bench_param params[] = { { "workers", 1 } };

/* n: of each worker */
static int64_t turns(long n)
{
	long workers = params[0].value;
	std::vector<fibers::fiber> all;
	std::vector<long> done(static_cast<std::size_t>(2 * workers));
	int64_t begin = bench_now();

	for (auto &mine : done)
		all.push_back(spawn(workers, [&mine, n] {
			long yields = 0;
			for (; yields < n / 2; yields++)
				boost::this_fiber::yield();
			mine = yields;
		}));
	for (auto &fiber : all)
		fiber.join();
	int64_t took = bench_now() - begin;
	for (long yields : done)
		if (yields != n / 2)
			bench_fail("%ld yields of %ld", yields, n / 2);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, 1);
	start(params[0].value, [] { bench_per_turn("yield", turns); });
	return 0;
}
