/* SPDX-License-Identifier: MIT */
/* poll() and epoll_wait(): a look first; then the task waits; then another look. */
#include "posix.h"

IN_KERNEL(kernel_poll, int, real()->ppoll(c->fds, c->n, c->span, c->mask), struct pollfd *fds;
	  nfds_t n; const struct timespec *span; const sigset_t *mask;)
IN_KERNEL(kernel_epoll, int,
	  real()->epoll_pwait(c->epoll, c->events, c->max, c->timeout_ms, c->mask), int epoll;
	  struct epoll_event * events; int max; int timeout_ms; const sigset_t *mask;)

/* Without a deadline and a descriptor only a signal can end the wait. */
static bool nothing_to_wait_for(const struct pollfd *fds, nfds_t n, hk_time deadline)
{
	if (deadline != HK_FOREVER)
		return false;
	for (nfds_t i = 0; i < n; i++)
		if (fds[i].fd >= 0)
			return false;
	return true;
}

int poll_until(struct pollfd *fds, nfds_t n, hk_time deadline)
{
	int before = error_get();
	int ready = real()->poll(fds, n, 0);
	if (ready != 0)
		return ready;
	ready = nothing_to_wait_for(fds, n, deadline) ? -EPERM : hk_poll(fds, n, deadline);
	if (ready >= 0 || ready == -ECANCELED)
		return (int)finish(ready < 0 ? -1 : ready, -ready, before);
	struct timespec left = time_left(deadline);
	struct kernel_poll call = { .fds = fds,
		.n = n,
		.span = deadline == HK_FOREVER ? NULL : &left };
	return kernel_poll_call(&call);
}

HK_API int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (timeout_ms == 0 || !in_task())
		return real()->poll(fds, n, timeout_ms);
	return poll_until(fds, n, timeout_ms < 0 ? HK_FOREVER : deadline_after(timeout_ms * HK_MS));
}

/* The mask of signals that holds during the wait belongs to the thread, so that has to wait. */
HK_API int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *span, const sigset_t *mask)
{
	bool waits = span == NULL || (span_valid(span) && span_ns(span) > 0);
	if (!waits || !in_task())
		return real()->ppoll(fds, n, span, mask);
	if (mask == NULL)
		return poll_until(fds, n,
			span == NULL ? HK_FOREVER : deadline_after(span_ns(span)));
	struct kernel_poll call = { .fds = fds, .n = n, .span = span, .mask = mask };
	return kernel_poll_call(&call);
}

/* The rest of the time in the kernel's milliseconds, rounded up: it must not end early. */
static int ms_left(hk_time deadline)
{
	struct timespec left = time_left(deadline);
	return deadline == HK_FOREVER ? -1 : (int)((span_ns(&left) + HK_MS - 1) / HK_MS);
}

static int epoll_until(int epoll, struct epoll_event *events, int max, hk_time deadline)
{
	int before = error_get();
	for (;;) {
		int found = real()->epoll_wait(epoll, events, max, 0);
		if (found != 0)
			return (int)finish(found, error_get(), before);
		struct pollfd look = { .fd = epoll, .events = POLLIN };
		int ready = hk_poll(&look, 1, deadline);
		if (ready == 0 || ready == -ECANCELED)
			return (int)finish(ready < 0 ? -1 : 0, -ready, before);
		if (ready < 0)
			break;
	}
	struct kernel_epoll call = { .epoll = epoll,
		.events = events,
		.max = max,
		.timeout_ms = ms_left(deadline) };
	return kernel_epoll_call(&call);
}

HK_API int epoll_wait(int epoll, struct epoll_event *events, int max, int timeout_ms)
{
	if (timeout_ms == 0 || !in_task())
		return real()->epoll_wait(epoll, events, max, timeout_ms);
	return epoll_until(epoll, events, max,
		timeout_ms < 0 ? HK_FOREVER : deadline_after(timeout_ms * HK_MS));
}

HK_API int epoll_pwait(int epoll, struct epoll_event *events, int max, int timeout_ms,
	const sigset_t *mask)
{
	if (timeout_ms == 0 || !in_task())
		return real()->epoll_pwait(epoll, events, max, timeout_ms, mask);
	if (mask == NULL)
		return epoll_wait(epoll, events, max, timeout_ms);
	struct kernel_epoll call = { .epoll = epoll,
		.events = events,
		.max = max,
		.timeout_ms = timeout_ms,
		.mask = mask };
	return kernel_epoll_call(&call);
}
