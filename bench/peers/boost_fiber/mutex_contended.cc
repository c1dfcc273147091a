/* SPDX-License-Identifier: MIT */
/* bench/hocket/mutex_contended.c with fibers' mutex. */
#include "start.hh"

enum { WORKERS, TASKS, MS, PARAMS };
static bench_param params[] = { { "workers", 2 }, { "tasks", 8 }, { "ms", 1000 } };

enum { BATCH = 64 };

static fibers::mutex mutex;
static long counter;

static long turns(int64_t end)
{
	long done = 0;

	while (bench_now() < end) {
		for (int i = 0; i < BATCH; i++) {
			mutex.lock();
			counter++;
			mutex.unlock();
		}
		done += BATCH;
	}
	return done;
}

static int64_t contend_for(std::vector<long> &done, int64_t ns)
{
	std::vector<fibers::fiber> all;
	int64_t begin = bench_now();

	for (auto &mine : done)
		all.push_back(spawn(params[WORKERS].value,
			[&mine, begin, ns] { mine = turns(begin + ns); }));
	for (auto &fiber : all)
		fiber.join();
	return bench_now() - begin;
}

static void measure()
{
	std::vector<long> done(static_cast<std::size_t>(params[TASKS].value));
	long made = 0;

	contend_for(done, params[MS].value * BENCH_MS / 10);
	for (long mine : done)
		made += mine;
	int64_t took = contend_for(done, params[MS].value * BENCH_MS);
	for (long mine : done)
		made += mine;
	if (counter != made)
		bench_fail("the counter is %ld after %ld turns", counter, made);
	bench_shares("mutex", done.data(), done.size(), took);
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	if (params[TASKS].value < 1)
		return BENCH_CANNOT;
	start(params[WORKERS].value, measure);
	return 0;
}
