/* SPDX-License-Identifier: MIT */
/* A scope of tasks that wait for an event is cancelled and joined: us a task. */
#include <errno.h>

#include "start.h"

enum { WORKERS, TASKS, PARAMS };
static struct bench_param params[] = { { "workers", 1 }, { "tasks", 100000 } };

enum { PARKED_NS = 20 * BENCH_MS }; /* who was about to wait does by then */

static struct hk_event never;
static long waiting, cancelled;

static int waiter(void *arg)
{
	(void)arg;
	__atomic_add_fetch(&waiting, 1, __ATOMIC_RELAXED);
	int err = hk_event_wait(&never);
	if (err == -ECANCELED)
		__atomic_add_fetch(&cancelled, 1, __ATOMIC_RELAXED);
	return err;
}

static int64_t cancel_all(long tasks)
{
	waiting = cancelled = 0;
	HK_SCOPE(s);
	for (long i = 0; i < tasks; i++)
		hk_spawn(&s, waiter, NULL);
	while (__atomic_load_n(&waiting, __ATOMIC_RELAXED) < tasks)
		hk_yield();
	if (hk_sleep(PARKED_NS) < 0)
		bench_fail("no sleep");
	int64_t begin = bench_now();
	hk_cancel(&s);
	int err = hk_join(&s);
	int64_t took = bench_now() - begin;
	if (err != -ECANCELED || cancelled != tasks)
		bench_fail("%ld of %ld tasks were cancelled: %s", cancelled, tasks,
			hk_strerror(err));
	return took;
}

/* The first time is the warm-up: then there is memory for all tasks. */
static int measure(void *arg)
{
	long tasks = params[TASKS].value;

	(void)arg;
	cancel_all(tasks);
	bench_figure("cancel", (double)cancel_all(tasks) / BENCH_US / (double)tasks, "us");
	return 0;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	if (params[TASKS].value < 1)
		return BENCH_CANNOT;
	start(params[WORKERS].value, 0, measure, NULL);
	return 0;
}
