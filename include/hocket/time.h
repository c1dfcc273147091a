/* SPDX-License-Identifier: MIT */
/*
 * Time: nanoseconds on the monotonic clock. Durations are given as they are, deadlines as points
 * in time.
 */
#ifndef HOCKET_TIME_H
#define HOCKET_TIME_H

#include <hocket/base.h>

HK_BEGIN_DECLS

typedef int64_t hk_time;

#define HK_US	   ((hk_time)1000)
#define HK_MS	   ((hk_time)1000000)
#define HK_S	   ((hk_time)1000000000)
/* A deadline that never comes. */
#define HK_FOREVER INT64_MAX

/*
 * The time now, in ns, on CLOCK_MONOTONIC.
 * From: task, thread, signal. Parks: never. Returns: a value > 0.
 */
HK_API hk_time hk_now(void);

/*
 * Waits for a duration of ns nanoseconds. Zero or less is hk_yield(). Outside a task it
 * blocks the calling thread.
 * From: task, thread. Parks: yes, a cancellation point.
 * Returns: 0, or -ECANCELED when the task was cancelled before the time was over.
 */
HK_API int hk_sleep(hk_time ns);

HK_END_DECLS

#endif
