/* SPDX-License-Identifier: MIT */
/*
 * What slices cost work that only computes, 8 tasks a worker: CPU time of the whole process, the
 * runtime's own threads included, and the time on the wall.
 */
#include "start.h"

enum { WORKERS, SLICE_US, TASKS, STEPS, PARAMS };
static struct bench_param params[] = {
	{ "workers", 1 },
	{ "slice_us", 0 },
	{ "tasks", 8 }, /* a worker */
	{ "steps", 40000000 },
};

struct hog {
	long steps;
	uint64_t expected;
};

static int hog(void *arg)
{
	struct hog *self = arg;

	return bench_compute(1, self->steps) == self->expected ? 0 : -1;
}

static int work(struct hog *what)
{
	HK_SCOPE(s);

	for (long i = 0; i < params[WORKERS].value * params[TASKS].value; i++)
		hk_spawn(&s, hog, what);
	return hk_join(&s);
}

static int measure(void *arg)
{
	struct hog warm = { .steps = params[STEPS].value / 10 };
	struct hog full = { .steps = params[STEPS].value };

	(void)arg;
	warm.expected = bench_compute(1, warm.steps);
	full.expected = bench_compute(1, full.steps);
	if (work(&warm) < 0)
		bench_fail("a task computed something else");
	int64_t cpu = bench_cpu(), wall = bench_now();
	if (work(&full) < 0)
		bench_fail("a task computed something else");
	wall = bench_now() - wall;
	cpu = bench_cpu() - cpu;
	bench_figure("slice_cost", (double)cpu / BENCH_MS, "ms");
	bench_figure("slice_cost_wall", (double)wall / BENCH_MS, "ms");
	return 0;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	start(params[WORKERS].value, params[SLICE_US].value, measure, NULL);
	return 0;
}
