/* SPDX-License-Identifier: MIT */
/* bench/hocket/beside.c with an event loop: callbacks of timers in the place of tasks. */
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#include "bench.h"

enum { WORKERS, BLOCK, TASKS, MS, PARAMS };
static struct bench_param params[] = {
	{ "workers", 1 },
	{ "block", 0 },
	{ "tasks", 100 },
	{ "ms", 1000 },
};

enum { PERIOD_NS = 20 * BENCH_MS, SLOW_MS = 50, QUICK_STEPS = 1000 };

struct quick {
	uv_timer_t timer;
	int64_t first, due;
	uint64_t expected;
};

static struct bench_samples samples;
static int64_t end;

/* Timers count in ms: the next that is not before the point in time. */
static void arm(uv_timer_t *timer, uv_timer_cb callback, int64_t due)
{
	int64_t left;

	uv_update_time(timer->loop);
	left = due - bench_now();
	if (uv_timer_start(timer, callback,
		    left > 0 ? (uint64_t)(left + BENCH_MS - 1) / BENCH_MS : 0, 0) != 0)
		bench_fail("uv_timer_start failed");
}

static void quick(uv_timer_t *timer)
{
	struct quick *self = timer->data;

	if (bench_compute((uint64_t)self->first | 1, QUICK_STEPS) != self->expected)
		bench_fail("a quick task computed something else");
	bench_record(&samples, bench_now() - self->due);
	self->due += PERIOD_NS;
	if (self->due < end)
		arm(timer, quick, self->due);
}

static void slow(uv_timer_t *timer)
{
	int64_t until = bench_now() + SLOW_MS * BENCH_MS;
	struct timespec at = { until / BENCH_S, until % BENCH_S };

	if (bench_now() >= end)
		return;
	if (params[BLOCK].value)
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0)
			;
	else
		bench_spin_until(until);
	arm(timer, slow, bench_now() + SLOW_MS * BENCH_MS);
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	if (params[WORKERS].value != 1)
		return BENCH_CANNOT;
	size_t tasks = (size_t)params[TASKS].value;
	struct quick *all = calloc(tasks, sizeof *all);
	uv_loop_t *loop = uv_default_loop();
	uv_timer_t slow_one;

	if (!all || !loop)
		bench_fail("no memory for %zu tasks", tasks);
	bench_samples_init(&samples,
		tasks * ((size_t)(params[MS].value * BENCH_MS / PERIOD_NS) + 1));
	int64_t begin = bench_now() + 10 * BENCH_MS;
	end = begin + params[MS].value * BENCH_MS;
	uv_timer_init(loop, &slow_one);
	arm(&slow_one, slow, begin);
	for (size_t i = 0; i < tasks; i++) {
		all[i].first = all[i].due = begin + (int64_t)i * PERIOD_NS / (int64_t)tasks;
		all[i].expected = bench_compute((uint64_t)all[i].first | 1, QUICK_STEPS);
		uv_timer_init(loop, &all[i].timer);
		all[i].timer.data = &all[i];
		arm(&all[i].timer, quick, all[i].first);
	}
	if (uv_run(loop, UV_RUN_DEFAULT) != 0)
		bench_fail("uv_run: something is left in the loop");
	bench_distribution(params[BLOCK].value ? "beside_block" : "beside_spin", &samples);
	free(all);
	return 0;
}
