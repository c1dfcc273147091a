/* SPDX-License-Identifier: MIT */
/* Threads of the C library in the place of tasks. */
#ifndef BENCH_PTHREADS_START_H
#define BENCH_PTHREADS_START_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "bench.h"

/*
 * Threads have no workers: "one worker" means that the whole process may use one CPU only. Called
 * before threads are started, which inherit it.
 */
static inline void use_cpus(long workers)
{
	cpu_set_t allowed, chosen;
	long left = workers;

	CPU_ZERO(&chosen);
	if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
		bench_fail("sched_getaffinity: errno %d", errno);
	for (int cpu = 0; cpu < CPU_SETSIZE && left > 0; cpu++) {
		if (CPU_ISSET(cpu, &allowed)) {
			CPU_SET(cpu, &chosen);
			left--;
		}
	}
	if (sched_setaffinity(0, sizeof chosen, &chosen) != 0)
		bench_fail("sched_setaffinity: errno %d", errno);
}

static inline pthread_t spawn(void *(*fn)(void *), void *arg)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, fn, arg);

	if (err)
		bench_fail("pthread_create: errno %d", err);
	return thread;
}

static inline void join(pthread_t thread)
{
	int err = pthread_join(thread, NULL);

	if (err)
		bench_fail("pthread_join: errno %d", err);
}

/* Sleeps until the time has come, whatever signals say. */
static inline void sleep_until(int64_t until)
{
	struct timespec at = { until / BENCH_S, until % BENCH_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0)
		;
}

#endif
