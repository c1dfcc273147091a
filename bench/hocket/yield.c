/* SPDX-License-Identifier: MIT */
/* Two tasks a worker, each yields to the other: ns a switch. */
#include "start.h"

enum { WORKERS, PARAMS };
enum { WORKERS_MAX = 64 };
static struct bench_param params[] = { { "workers", 1 } };

/* The yields that a task has left; a cache line each. */
struct yielder {
	_Alignas(64) long left;
};

static struct yielder yielders[2 * WORKERS_MAX];

static int yielder(void *arg)
{
	struct yielder *self = arg;

	while (self->left > 0) {
		hk_yield();
		self->left--;
	}
	return 0;
}

/* n: of each worker */
static int64_t turns(long n)
{
	long tasks = 2 * params[WORKERS].value;
	int64_t begin = bench_now();

	HK_SCOPE(s);
	for (long i = 0; i < tasks; i++) {
		yielders[i].left = n / 2;
		hk_spawn(&s, yielder, &yielders[i]);
	}
	int err = hk_join(&s);
	int64_t took = bench_now() - begin;
	for (long i = 0; i < tasks; i++)
		if (err < 0 || yielders[i].left != 0)
			bench_fail("task %ld has %ld yields left", i, yielders[i].left);
	return took;
}

static int measure(void *arg)
{
	(void)arg;
	bench_per_turn("yield", turns);
	return 0;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	if (params[WORKERS].value < 1 || params[WORKERS].value > WORKERS_MAX)
		return BENCH_CANNOT;
	start(params[WORKERS].value, 0, measure, NULL);
	return 0;
}
