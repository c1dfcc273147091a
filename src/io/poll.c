/* SPDX-License-Identifier: MIT */
/* hk_poll(): poll(2) for a task. Looks first; then waits for all descriptors; then looks again. */
#include <errno.h>
#include <stdlib.h>

#include "io/descriptor.h"

enum { WAITERS_ON_STACK = 16 };

/* Queues a waiter for each descriptor. Returns 0 or a negative errno. */
static int watch_all(struct runtime *rt, const struct pollfd *fds, nfds_t n,
	struct fd_waiter *waiters, struct hk_task *task)
{
	for (nfds_t i = 0; i < n; i++)
		waiters[i] = (struct fd_waiter){ .task = task,
			.fd = fds[i].fd,
			.events = fds[i].events };
	for (nfds_t i = 0; i < n; i++) {
		if (fds[i].fd < 0)
			continue;
		int error = hki_epoll_watch(rt, &waiters[i]);
		/* -EPERM: a regular file of which no event is asked for, else it were ready. */
		if (error && error != -EPERM)
			return error;
	}
	return 0;
}

static void forget_all(struct runtime *rt, struct fd_waiter *waiters, nfds_t n)
{
	for (nfds_t i = 0; i < n; i++)
		hki_epoll_forget(rt, &waiters[i]);
}

/* Waits until one of them may be ready. Returns 0, -ETIMEDOUT, -ECANCELED or another errno. */
static int wait_any(struct pollfd *fds, nfds_t n, struct fd_waiter *waiters, hk_time deadline)
{
	struct wait wait = {
		.cause = HK_CAUSE_POLL,
		.object = (const void *)(intptr_t)(n ? fds[0].fd : -1),
		.deadline = deadline,
		.outside = n > 0,
	};
	struct carrier *carrier = hki_enter();
	struct runtime *rt = carrier->rt;
	enum hk_outcome outcome = HK_OUTCOME_NONE;
	if (!hki_park_begin(carrier, &wait)) {
		hki_leave(carrier);
		return -ECANCELED;
	}
	int error = watch_all(rt, fds, n, waiters, carrier->current);
	if (!error || !hki_park_withdraw(carrier))
		carrier = hki_park(carrier, &outcome);
	forget_all(rt, waiters, n);
	hki_leave(carrier);
	if (error)
		return error;
	return outcome == HK_OUTCOME_CANCEL   ? -ECANCELED :
		outcome == HK_OUTCOME_TIMEOUT ? -ETIMEDOUT :
						0;
}

static int poll_waiting(struct pollfd *fds, nfds_t n, struct fd_waiter *waiters, hk_time deadline)
{
	for (;;) {
		int ready = hki_os_poll(fds, n, 0);
		if (ready != 0 && ready != -EINTR)
			return ready;
		if (deadline != HK_FOREVER && deadline <= hki_os_now())
			return 0;
		int error = wait_any(fds, n, waiters, deadline);
		/* -EBADF: the next look says which. */
		if (error && error != -ETIMEDOUT && error != -EBADF)
			return error;
	}
}

/* poll(2) for a thread: goes on after a signal, to the same deadline. */
static int poll_blocking(struct pollfd *fds, nfds_t n, hk_time deadline)
{
	int ready;
	do {
		hk_time left = deadline == HK_FOREVER ? -1 : deadline - hki_os_now();
		if (deadline != HK_FOREVER && left < 0)
			left = 0;
		ready = hki_os_poll(fds, n, left);
	} while (ready == -EINTR);
	return ready;
}

int hk_poll(struct pollfd *fds, nfds_t n, hk_time deadline)
{
	struct fd_waiter on_stack[WAITERS_ON_STACK];
	struct fd_waiter *waiters = on_stack;
	if (!fds && n > 0)
		hki_panic("hk_poll: the array is NULL but has %llu entries", (unsigned long long)n);
	const struct carrier *carrier = hki_carrier_self();
	if (!carrier)
		return poll_blocking(fds, n, deadline);
	if (hki_self_cancelled())
		return -ECANCELED;
	if (n > hki_os_fd_limit())
		return -EINVAL;
	if (n > WAITERS_ON_STACK && !(waiters = calloc(n, sizeof *waiters)))
		return -ENOMEM;
	hki_park_from(carrier->current);
	int result = poll_waiting(fds, n, waiters, deadline);
	if (waiters != on_stack)
		free(waiters);
	return result;
}
