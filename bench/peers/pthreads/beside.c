/* SPDX-License-Identifier: MIT */
/* bench/hocket/beside.c with threads. */
#include <stdlib.h>

#include "start.h"

enum { WORKERS, BLOCK, TASKS, MS, PARAMS };
static struct bench_param params[] = {
	{ "workers", 1 },
	{ "block", 0 },
	{ "tasks", 100 },
	{ "ms", 1000 },
};

enum { PERIOD_NS = 20 * BENCH_MS, SLOW_NS = 50 * BENCH_MS, QUICK_STEPS = 1000 };

struct quick {
	struct bench_samples samples;
	int64_t first;
	uint64_t result;
	pthread_t thread;
};

static int64_t end;

static void *quick(void *arg)
{
	struct quick *self = arg;

	for (int64_t due = self->first; due < end; due += PERIOD_NS) {
		sleep_until(due);
		self->result = bench_compute(self->first | 1, QUICK_STEPS);
		bench_record(&self->samples, bench_now() - due);
	}
	return NULL;
}

static void *slow(void *arg)
{
	while (bench_now() < end) {
		if (params[BLOCK].value)
			sleep_until(bench_now() + SLOW_NS);
		else
			bench_spin_until(bench_now() + SLOW_NS);
		sleep_until(bench_now() + SLOW_NS);
	}
	return arg;
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
	use_cpus(params[WORKERS].value);
	bench_samples_init(&samples, tasks * each);
	int64_t begin = bench_now() + 10 * BENCH_MS;
	end = begin + params[MS].value * BENCH_MS;
	for (size_t i = 0; i < tasks; i++) {
		all[i].first = begin + (int64_t)i * PERIOD_NS / (int64_t)tasks;
		bench_samples_init(&all[i].samples, each);
	}
	pthread_t slow_one = spawn(slow, NULL);
	for (size_t i = 0; i < tasks; i++)
		all[i].thread = spawn(quick, &all[i]);
	join(slow_one);
	for (size_t i = 0; i < tasks; i++) {
		join(all[i].thread);
		if (all[i].result != bench_compute(all[i].first | 1, QUICK_STEPS))
			bench_fail("quick task %zu computed something else", i);
		bench_gather(&samples, &all[i].samples);
	}
	bench_distribution(params[BLOCK].value ? "beside_block" : "beside_spin", &samples);
	free(all);
	return 0;
}
