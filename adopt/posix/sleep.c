/* SPDX-License-Identifier: MIT */
/* Sleeping. A cancelled task does not sleep on; it learns how much was left, as after a signal. */
#include "posix.h"

/* Sleeps to the deadline. Returns 0 or ECANCELED. */
static int sleep_until(hk_time deadline)
{
	int before = error_get();
	int error = 0;
	hk_time left = deadline - hk_now();
	if (left > 0)
		error = -hk_sleep(left);
	else
		hk_yield();
	error_set(before);
	return error;
}

static int sleep_for(const struct timespec *span, struct timespec *left)
{
	hk_time deadline = deadline_after(span_ns(span));
	int error = sleep_until(deadline);
	if (error != 0 && left != NULL)
		*left = time_left(deadline);
	return error;
}

/* 0, or -1 with errno. */
static int fail(int error)
{
	if (error == 0)
		return 0;
	error_set(error);
	return -1;
}

HK_API int nanosleep(const struct timespec *span, struct timespec *left)
{
	if (!in_task() || span == NULL || !span_valid(span))
		return real()->nanosleep(span, left);
	return fail(sleep_for(span, left));
}

HK_API int usleep(useconds_t us)
{
	if (!in_task())
		return real()->usleep(us);
	return fail(sleep_until(deadline_after(us * HK_US)));
}

/* Rounded up, what is left is not 0: that would say that all of it was slept. */
HK_API unsigned sleep(unsigned seconds)
{
	if (!in_task())
		return real()->sleep(seconds);
	hk_time deadline = deadline_after(seconds * HK_S);
	int error = sleep_until(deadline);
	if (error == 0)
		return 0;
	struct timespec left = time_left(deadline);
	error_set(error);
	return (unsigned)left.tv_sec + (left.tv_nsec > 0);
}

/* It returns the error, and leaves errno alone. */
IN_KERNEL(clock_sleep, int, real()->clock_nanosleep(c->clock, c->flags, c->time, c->left),
	  clockid_t clock;
	  int flags; const struct timespec *time; struct timespec * left;)

/* A clock that is set, or that counts CPU time, moves sleepers about: the kernel knows how. */
HK_API int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
	struct timespec *left)
{
	if (!in_task() || time == NULL || !span_valid(time))
		return real()->clock_nanosleep(clock, flags, time, left);
	if (flags == TIMER_ABSTIME && clock == CLOCK_MONOTONIC)
		return sleep_until(span_ns(time));
	if (flags == 0 && (clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME))
		return sleep_for(time, left);
	struct clock_sleep call = { .clock = clock, .flags = flags, .time = time, .left = left };
	return clock_sleep_call(&call);
}
