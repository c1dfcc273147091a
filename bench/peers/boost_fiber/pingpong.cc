/* SPDX-License-Identifier: MIT */
/* bench/hocket/pingpong.c with fibers; a semaphore made of their mutex and condition variable. */
#include "start.hh"

static bench_param params[] = { { "workers", 1 } };

class semaphore
{
	fibers::mutex mutex;
	fibers::condition_variable changed;
	long permits;

public:
	explicit semaphore(long n) : permits(n)
	{
	}

	void wait()
	{
		std::unique_lock<fibers::mutex> lock(mutex);
		while (permits == 0)
			changed.wait(lock);
		permits--;
	}

	void post()
	{
		std::unique_lock<fibers::mutex> lock(mutex);
		permits++;
		changed.notify_one();
	}
};

static int64_t turns(long n)
{
	semaphore left(1), right(0);
	long rounds = n / 2, hits = 0;
	auto hit = [&](semaphore &mine, semaphore &theirs) {
		for (long i = 0; i < rounds; i++) {
			mine.wait();
			hits++;
			theirs.post();
		}
	};
	int64_t begin = bench_now();
	fibers::fiber ping = spawn(params[0].value, [&] { hit(left, right); });
	fibers::fiber pong = spawn(params[0].value, [&] { hit(right, left); });
	ping.join();
	pong.join();
	int64_t took = bench_now() - begin;
	if (hits != 2 * rounds)
		bench_fail("%ld hits in %ld rounds", hits, rounds);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, 1);
	start(params[0].value, [] { bench_per_turn("pingpong", turns); });
	return 0;
}
