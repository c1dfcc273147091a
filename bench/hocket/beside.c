/* SPDX-License-Identifier: MIT */
/*
 * 100 quick tasks beside a slow one that computes for 50 ms, or is 50 ms in a blocking call that
 * the runtime was not told of, then sleeps 50 ms, again and again. Each quick task has an
 * appointment every 20 ms; its latency counts from then until it is done.
 */
#include <stdlib.h>
#include <time.h>

#include "start.h"

enum { WORKERS, SLICE_US, BLOCK, TASKS, MS, PARAMS };
static struct bench_param params[] = {
	{ "workers", 1 },
	{ "slice_us", 0 },
	{ "block", 0 },
	{ "tasks", 100 },
	{ "ms", 1000 },
};

enum { PERIOD_NS = 20 * BENCH_MS, SLOW_NS = 50 * BENCH_MS, QUICK_STEPS = 1000 };

struct quick {
	struct bench_samples samples;
	int64_t first;
	uint64_t result;
};

static int64_t begin, end;

static int quick(void *arg)
{
	struct quick *self = arg;

	for (int64_t due = self->first; due < end; due += PERIOD_NS) {
		int64_t now = bench_now();
		int err = now < due ? hk_sleep(due - now) : 0;
		if (err < 0)
			return err;
		self->result = bench_compute(self->first | 1, QUICK_STEPS);
		bench_record(&self->samples, bench_now() - due);
	}
	return 0;
}

static void block_until(int64_t until)
{
	struct timespec at = { until / BENCH_S, until % BENCH_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0)
		;
}

static int slow(void *arg)
{
	int err = 0;

	(void)arg;
	while (bench_now() < end && err == 0) {
		if (params[BLOCK].value)
			block_until(bench_now() + SLOW_NS);
		else
			bench_spin_until(bench_now() + SLOW_NS);
		err = hk_sleep(SLOW_NS);
	}
	return err;
}

static int measure(void *arg)
{
	struct quick *all = arg;
	HK_SCOPE(s);

	hk_spawn(&s, slow, NULL);
	for (long i = 0; i < params[TASKS].value; i++)
		hk_spawn(&s, quick, &all[i]);
	return hk_join(&s);
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	size_t tasks = (size_t)params[TASKS].value;
	size_t each = (size_t)(params[MS].value * BENCH_MS / PERIOD_NS) + 1;
	struct quick *all = calloc(tasks, sizeof *all);
	struct bench_samples samples;

	if (!all)
		bench_fail("no memory for %zu tasks", tasks);
	bench_samples_init(&samples, tasks * each);
	begin = bench_now() + 10 * BENCH_MS;
	end = begin + params[MS].value * BENCH_MS;
	for (size_t i = 0; i < tasks; i++) {
		all[i].first = begin + (int64_t)i * PERIOD_NS / (int64_t)tasks;
		bench_samples_init(&all[i].samples, each);
	}
	start(params[WORKERS].value, params[SLICE_US].value, measure, all);
	for (size_t i = 0; i < tasks; i++) {
		if (all[i].result != bench_compute(all[i].first | 1, QUICK_STEPS))
			bench_fail("quick task %zu computed something else", i);
		bench_gather(&samples, &all[i].samples);
	}
	bench_distribution(params[BLOCK].value ? "beside_block" : "beside_spin", &samples);
	free(all);
	return 0;
}
