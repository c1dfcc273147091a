/* SPDX-License-Identifier: MIT */
/* How a bench program of Hocket begins. */
#ifndef BENCH_HOCKET_START_H
#define BENCH_HOCKET_START_H

#include <hocket.h>

#include "bench.h"

/* Runs fn as the first task, with so many workers; slice 0: the default, negative: none. */
static inline void start(long workers, long slice_us, int (*fn)(void *), void *arg)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.workers = (unsigned)workers;
	options.slice_ns = slice_us < 0 ? -1 : slice_us * HK_US;
	int err = hk_run(&options, fn, arg);
	if (err < 0)
		bench_fail("hk_run: %s", hk_strerror(err));
}

#endif
