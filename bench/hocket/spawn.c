/* SPDX-License-Identifier: MIT */
/* A task that does next to nothing is spawned and joined, one at a time: ns for both. */
#include "start.h"

enum { WORKERS, PARAMS };
static struct bench_param params[] = { { "workers", 1 } };

static int child(void *arg)
{
	long *done = arg;

	++*done;
	return 0;
}

static int64_t turns(long n)
{
	long done = 0;
	int err = 0;
	int64_t begin = bench_now();

	HK_SCOPE(s);
	for (long i = 0; i < n && err == 0; i++) {
		hk_spawn(&s, child, &done);
		err = hk_join(&s);
	}
	int64_t took = bench_now() - begin;
	if (err < 0 || done != n)
		bench_fail("%ld tasks of %ld have run: %s", done, n, hk_strerror(err));
	return took;
}

static int measure(void *arg)
{
	(void)arg;
	bench_per_turn("spawn", turns);
	return 0;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	start(params[WORKERS].value, 0, measure, NULL);
	return 0;
}
