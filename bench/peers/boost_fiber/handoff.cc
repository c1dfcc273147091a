/* SPDX-License-Identifier: MIT */
/* bench/hocket/handoff.c with fibers' channel. */
#include "start.hh"

static bench_param params[] = { { "workers", 1 } };

static fibers::unbuffered_channel<std::uint64_t> channel;

static int64_t turns(long n)
{
	std::uint64_t items = static_cast<std::uint64_t>(n), sum = 0;
	int64_t begin = bench_now();

	fibers::fiber sender = spawn(params[0].value, [items] {
		for (std::uint64_t item = 1; item <= items; item++)
			channel.push(item);
	});
	fibers::fiber receiver = spawn(params[0].value, [items, &sum] {
		for (std::uint64_t left = items; left > 0; left--)
			sum += channel.value_pop();
	});
	sender.join();
	receiver.join();
	int64_t took = bench_now() - begin;
	if (sum != items * (items + 1) / 2)
		bench_fail("the items received are not those sent");
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, 1);
	start(params[0].value, [] { bench_per_turn("handoff", turns); });
	return 0;
}
