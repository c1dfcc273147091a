/* SPDX-License-Identifier: MIT */
/* State Threads: one kernel thread for all. */
#ifndef BENCH_STATE_THREADS_START_H
#define BENCH_STATE_THREADS_START_H

#include <st.h>

#include "bench.h"

static inline void start(void)
{
	if (st_init() != 0)
		bench_fail("st_init failed");
}

static inline st_thread_t spawn(void *(*fn)(void *), void *arg)
{
	st_thread_t thread = st_thread_create(fn, arg, 1, 0);

	if (!thread)
		bench_fail("st_thread_create failed");
	return thread;
}

static inline void join(st_thread_t thread)
{
	if (st_thread_join(thread, NULL) != 0)
		bench_fail("st_thread_join failed");
}

#endif
