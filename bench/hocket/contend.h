/* SPDX-License-Identifier: MIT */
/* Tasks that want the same thing at the same time, for so long. */
#ifndef BENCH_HOCKET_CONTEND_H
#define BENCH_HOCKET_CONTEND_H

#include <stdlib.h>

#include "start.h"

/* Turns between two looks at the clock. */
enum { CONTEND_BATCH = 64 };

struct contention {
	const char *name;
	long (*turns)(int64_t end); /* of one task, until then; returns how many */
	long tasks;
	int64_t ns;
	int64_t end;
	long *done; /* of each task */
	long all_done;
};

struct contender {
	struct contention *of;
	long index;
};

static inline int contend_task(void *arg)
{
	struct contender *self = arg;

	self->of->done[self->index] = self->of->turns(self->of->end);
	return 0;
}

/* Returns how long it took, which is somewhat more than `ns`. */
static inline int64_t contend_for(struct contention *all, int64_t ns)
{
	int64_t begin = bench_now();

	all->end = begin + ns;
	HK_SCOPE(s);
	for (long i = 0; i < all->tasks; i++) {
		struct contender one = { all, i };
		hk_spawn_copy(&s, contend_task, &one, sizeof one);
	}
	int err = hk_join(&s);
	if (err < 0)
		bench_fail("hk_join: %s", hk_strerror(err));
	int64_t took = bench_now() - begin;
	for (long i = 0; i < all->tasks; i++)
		all->all_done += all->done[i];
	return took;
}

static inline int contend_measure(void *arg)
{
	struct contention *all = arg;

	all->done = calloc((size_t)all->tasks, sizeof *all->done);
	if (!all->done)
		bench_fail("no memory for %ld tasks", all->tasks);
	contend_for(all, all->ns / 10);
	int64_t took = contend_for(all, all->ns);
	bench_shares(all->name, all->done, (size_t)all->tasks, took);
	free(all->done);
	return 0;
}

/* Prints NAME_rate and NAME_share; returns how many turns were made. */
static inline long contend(const char *name, int argc, char **argv, long (*turns)(int64_t end))
{
	enum { WORKERS, TASKS, MS, PARAMS };
	struct bench_param params[] = { { "workers", 2 }, { "tasks", 8 }, { "ms", 1000 } };

	bench_params(argc, argv, params, PARAMS);
	if (params[TASKS].value < 1)
		exit(BENCH_CANNOT);
	struct contention all = {
		.name = name,
		.turns = turns,
		.tasks = params[TASKS].value,
		.ns = params[MS].value * BENCH_MS,
	};
	start(params[WORKERS].value, 0, contend_measure, &all);
	return all.all_done;
}

#endif
