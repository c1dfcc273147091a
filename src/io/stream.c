/* SPDX-License-Identifier: MIT */
/* Reading and writing: try first, wait when there is nothing to get. */
#include <errno.h>

#include "io/descriptor.h"

int hki_descriptor_wait(struct carrier **carrier, int fd, short events, enum hk_cause cause)
{
	struct fd_waiter waiter = { .task = (*carrier)->current, .fd = fd, .events = events };
	struct runtime *rt = (*carrier)->rt;
	struct wait wait = {
		.cause = cause,
		.object = (const void *)(intptr_t)fd,
		.deadline = HK_FOREVER,
		.outside = true,
	};
	enum hk_outcome outcome;
	if (!hki_park_begin(*carrier, &wait))
		return -ECANCELED;
	int error = hki_epoll_watch(rt, &waiter);
	if (error && hki_park_withdraw(*carrier))
		return error;
	*carrier = hki_park(*carrier, &outcome);
	if (error)
		return error;
	hki_epoll_forget(rt, &waiter);
	return outcome == HK_OUTCOME_CANCEL ? -ECANCELED : 0;
}

/* Waits for events on fd, from a task's code. */
static int wait_ready(int fd, short events, enum hk_cause cause)
{
	struct carrier *carrier = hki_enter();
	int result = hki_descriptor_wait(&carrier, fd, events, cause);
	hki_leave(carrier);
	return result;
}

ssize_t hk_read(int fd, void *buf, size_t len)
{
	if (!buf && len > 0)
		hki_panic("hk_read: the buffer is NULL but has %zu bytes", len);
	const struct carrier *carrier = hki_carrier_self();
	if (!carrier || len == 0)
		return hki_os_read(fd, buf, len);
	if (hki_self_cancelled())
		return -ECANCELED;
	hki_park_from(carrier->current);
	for (;;) {
		ssize_t n = hki_os_try_read(fd, buf, len);
		if (n != -EAGAIN)
			return n;
		int error = wait_ready(fd, POLLIN, HK_CAUSE_READ);
		if (error == -EPERM)
			return hki_os_read(fd, buf, len);
		if (error)
			return error;
	}
}

/* Writes something; the result of the try, or why it could not wait. */
static ssize_t write_some(int fd, const void *buf, size_t len)
{
	for (;;) {
		ssize_t n = hki_os_try_write(fd, buf, len);
		if (n != -EAGAIN)
			return n;
		int error = wait_ready(fd, POLLOUT, HK_CAUSE_WRITE);
		if (error == -EPERM)
			return hki_os_write(fd, buf, len);
		if (error)
			return error;
	}
}

ssize_t hk_write(int fd, const void *buf, size_t len)
{
	const char *at = buf;
	size_t done = 0;
	if (!buf && len > 0)
		hki_panic("hk_write: the buffer is NULL but has %zu bytes", len);
	const struct carrier *task = hki_carrier_self();
	if (task && hki_self_cancelled())
		return -ECANCELED;
	if (task)
		hki_park_from(task->current);
	do {
		ssize_t n = task ? write_some(fd, at + done, len - done) :
				   hki_os_write(fd, at + done, len - done);
		if (n < 0)
			return done ? (ssize_t)done : n;
		done += (size_t)n;
		if (n == 0 && len > 0)
			return (ssize_t)done;
	} while (done < len);
	return (ssize_t)done;
}
