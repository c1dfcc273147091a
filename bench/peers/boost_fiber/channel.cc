/* SPDX-License-Identifier: MIT */
/* bench/hocket/channel.c with fibers' channel. */
#include "start.hh"

static bench_param params[] = { { "workers", 1 }, { "pairs", 1 } };

static fibers::buffered_channel<std::uint64_t> channel(128);

/* n: items of all together */
static int64_t turns(long n)
{
	long workers = params[0].value, pairs = params[1].value;
	std::uint64_t items = static_cast<std::uint64_t>((n + pairs - 1) / pairs), all = 0;
	std::vector<fibers::fiber> fibers_;
	std::vector<std::uint64_t> sums(static_cast<std::size_t>(pairs));
	int64_t begin = bench_now();

	for (auto &mine : sums) {
		fibers_.push_back(spawn(workers, [items] {
			for (std::uint64_t item = 1; item <= items; item++)
				channel.push(item);
		}));
		fibers_.push_back(spawn(workers, [&mine, items] {
			std::uint64_t sum = 0;
			for (std::uint64_t left = items; left > 0; left--)
				sum += channel.value_pop();
			mine = sum;
		}));
	}
	for (auto &fiber : fibers_)
		fiber.join();
	int64_t took = bench_now() - begin;
	for (auto sum : sums)
		all += sum;
	if (all != static_cast<std::uint64_t>(pairs) * (items * (items + 1) / 2))
		bench_fail("the items received are not those sent");
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, 2);
	start(params[0].value, [] { bench_per_turn("channel", turns); });
	return 0;
}
