/* SPDX-License-Identifier: MIT */
/* How long, and for which descriptor, a call waits. */
#include <fcntl.h>
#include <sys/time.h>

#include "posix.h"

enum { CONTRADICTIONS_MAX = 3 };

bool span_valid(const struct timespec *span)
{
	return span->tv_sec >= 0 && span->tv_nsec >= 0 && span->tv_nsec < HK_S;
}

hk_time span_ns(const struct timespec *span)
{
	if (span->tv_sec >= HK_FOREVER / HK_S)
		return HK_FOREVER - 1;
	return span->tv_sec * HK_S + span->tv_nsec;
}

hk_time deadline_after(hk_time ns)
{
	hk_time now = hk_now();
	return ns < HK_FOREVER - 1 - now ? now + ns : HK_FOREVER - 1;
}

struct timespec time_left(hk_time deadline)
{
	hk_time left = deadline - hk_now();
	if (left < 0)
		left = 0;
	return (struct timespec){ left / HK_S, left % HK_S };
}

/* A socket has a time limit of its own for each direction; other descriptors have none. */
static hk_time deadline_of(int fd, int option)
{
	struct timeval limit;
	socklen_t size = sizeof(limit);
	if (getsockopt(fd, SOL_SOCKET, option, &limit, &size) != 0 ||
		(limit.tv_sec == 0 && limit.tv_usec == 0))
		return HK_FOREVER;
	struct timespec span = { limit.tv_sec, limit.tv_usec * 1000 };
	return deadline_after(span_ns(&span));
}

static enum waited stop(int *error, int why)
{
	*error = why;
	return WAITED_STOP;
}

/*
 * poll() may say ready for ever where an attempt fails for ever (a datagram to a full socket that
 * is not connected): that would be a loop without a pause, so the kernel has to wait then.
 */
enum waited waiting_next(struct waiting *waiting, int *error)
{
	if (!waiting->begun) {
		int flags = fcntl(waiting->fd, F_GETFL);
		if (flags < 0)
			return stop(error, error_get());
		if (flags & O_NONBLOCK)
			return stop(error, EAGAIN);
		waiting->deadline = deadline_of(waiting->fd, waiting->limit);
		waiting->begun = true;
	}
	struct pollfd look = { .fd = waiting->fd, .events = waiting->events };
	if (real()->poll(&look, 1, 0) != 0)
		return ++waiting->contradictions < CONTRADICTIONS_MAX ? WAITED_READY :
									WAITED_UNSETTLED;
	int ready = hk_poll(&look, 1, waiting->deadline);
	if (ready > 0)
		return WAITED_READY;
	if (ready == 0)
		return stop(error, EAGAIN);
	return ready == -ECANCELED ? stop(error, ECANCELED) : WAITED_UNSETTLED;
}
