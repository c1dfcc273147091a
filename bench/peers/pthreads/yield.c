/* SPDX-License-Identifier: MIT */
/* bench/hocket/yield.c with threads and sched_yield(). */
#include "start.h"

enum { WORKERS, PARAMS };
static struct bench_param params[] = { { "workers", 1 } };

enum { WORKERS_MAX = 64 };

/* The yields that a thread has left; a cache line each. */
struct yielder {
	_Alignas(64) long left;
	pthread_t thread;
};

static struct yielder yielders[2 * WORKERS_MAX];

static void *yielder(void *arg)
{
	struct yielder *self = arg;

	while (self->left > 0) {
		sched_yield();
		self->left--;
	}
	return NULL;
}

/* n: of each CPU */
static int64_t turns(long n)
{
	long threads = 2 * params[WORKERS].value;
	int64_t begin = bench_now();

	for (long i = 0; i < threads; i++) {
		yielders[i].left = n / 2;
		yielders[i].thread = spawn(yielder, &yielders[i]);
	}
	for (long i = 0; i < threads; i++)
		join(yielders[i].thread);
	int64_t took = bench_now() - begin;
	for (long i = 0; i < threads; i++)
		if (yielders[i].left != 0)
			bench_fail("thread %ld has %ld yields left", i, yielders[i].left);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	if (params[WORKERS].value < 1 || params[WORKERS].value > WORKERS_MAX)
		return BENCH_CANNOT;
	use_cpus(params[WORKERS].value);
	bench_per_turn("yield", turns);
	return 0;
}
