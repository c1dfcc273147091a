/* SPDX-License-Identifier: MIT */
/* Threads that want the same thing at the same time, for so long; as bench/hocket/contend.h. */
#ifndef BENCH_PTHREADS_CONTEND_H
#define BENCH_PTHREADS_CONTEND_H

#include <stdlib.h>

#include "start.h"

/* Turns between two looks at the clock. */
enum { CONTEND_BATCH = 64 };

struct contender {
	pthread_t thread;
	long (*turns)(int64_t end); /* until then; returns how many */
	int64_t end;
	long done;
};

static inline void *contend_thread(void *arg)
{
	struct contender *self = arg;

	self->done = self->turns(self->end);
	return NULL;
}

/* Returns how long it took, which is somewhat more than `ns`. */
static inline int64_t contend_for(struct contender *all, long n, long (*turns)(int64_t), int64_t ns)
{
	int64_t begin = bench_now();

	for (long i = 0; i < n; i++) {
		all[i] = (struct contender){ .turns = turns, .end = begin + ns };
		all[i].thread = spawn(contend_thread, &all[i]);
	}
	for (long i = 0; i < n; i++)
		join(all[i].thread);
	return bench_now() - begin;
}

/* Prints NAME_rate and NAME_share; returns how many turns were made. */
static inline long contend(const char *name, int argc, char **argv, long (*turns)(int64_t end))
{
	enum { WORKERS, TASKS, MS, PARAMS };
	struct bench_param params[] = { { "workers", 2 }, { "tasks", 8 }, { "ms", 1000 } };

	bench_params(argc, argv, params, PARAMS);
	long n = params[TASKS].value, all_done = 0;
	if (n < 1)
		exit(BENCH_CANNOT);
	use_cpus(params[WORKERS].value);
	struct contender *all = calloc((size_t)n, sizeof *all);
	long *done = calloc((size_t)n, sizeof *done);
	if (!all || !done)
		bench_fail("no memory for %ld threads", n);
	contend_for(all, n, turns, params[MS].value * BENCH_MS / 10);
	for (long i = 0; i < n; i++)
		all_done += all[i].done;
	int64_t took = contend_for(all, n, turns, params[MS].value * BENCH_MS);
	for (long i = 0; i < n; i++)
		all_done += done[i] = all[i].done;
	bench_shares(name, done, (size_t)n, took);
	free(all);
	free(done);
	return all_done;
}

#endif
