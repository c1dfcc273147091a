/* SPDX-License-Identifier: MIT */
/* bench/hocket/cancel.c with State Threads: each is interrupted, and joined. */
#include <errno.h>
#include <stdlib.h>

#include "start.h"

enum { WORKERS, TASKS, PARAMS };
static struct bench_param params[] = { { "workers", 1 }, { "tasks", 100000 } };

/* Enough for a thread that waits, and better than the default: they are closer together. */
enum { STACK_SIZE = 16 * 1024 };

static st_cond_t never;
static long waiting, cancelled;

static void *waiter(void *arg)
{
	waiting++;
	if (st_cond_wait(never) != 0 && errno == EINTR)
		cancelled++;
	return arg;
}

static int64_t cancel_all(st_thread_t *threads, long tasks)
{
	waiting = cancelled = 0;
	for (long i = 0; i < tasks; i++) {
		threads[i] = st_thread_create(waiter, NULL, 1, STACK_SIZE);
		if (!threads[i])
			bench_fail("st_thread_create failed at thread %ld", i);
	}
	while (waiting < tasks)
		st_usleep(0);
	int64_t begin = bench_now();
	for (long i = 0; i < tasks; i++)
		st_thread_interrupt(threads[i]);
	for (long i = 0; i < tasks; i++)
		join(threads[i]);
	int64_t took = bench_now() - begin;
	if (cancelled != tasks)
		bench_fail("%ld of %ld threads were interrupted", cancelled, tasks);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	if (params[WORKERS].value != 1 || params[TASKS].value < 1)
		return BENCH_CANNOT;
	long tasks = params[TASKS].value;
	st_thread_t *threads = calloc((size_t)tasks, sizeof *threads);
	if (!threads)
		bench_fail("no memory for %ld threads", tasks);
	start();
	never = st_cond_new();
	cancel_all(threads, tasks);
	bench_figure("cancel", (double)cancel_all(threads, tasks) / BENCH_US / (double)tasks, "us");
	free(threads);
	return 0;
}
