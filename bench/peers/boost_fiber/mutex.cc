/* SPDX-License-Identifier: MIT */
/* bench/hocket/mutex.c with fibers' mutex. */
#include "start.hh"

static fibers::mutex mutex;
static long counter;

static int64_t turns(long n)
{
	counter = 0;
	int64_t begin = bench_now();
	for (long i = 0; i < n; i++) {
		mutex.lock();
		counter++;
		mutex.unlock();
	}
	int64_t took = bench_now() - begin;
	if (counter != n)
		bench_fail("the counter is %ld after %ld turns", counter, n);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, nullptr, 0);
	bench_per_turn("mutex", turns);
	return 0;
}
