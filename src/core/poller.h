/* SPDX-License-Identifier: MIT */
/* What the core asks of whatever watches descriptors (src/io implements it, src/run wires it). */
#ifndef CORE_POLLER_H
#define CORE_POLLER_H

#include <stdbool.h>

#include <hocket/time.h>

struct hk_task;
struct runtime;
struct woken;

/* One task waiting for one descriptor; on the task's stack, or in memory of its own. */
struct __attribute__((may_alias)) fd_waiter {
	struct fd_waiter *next;
	struct fd_waiter *prev;
	struct hk_task *task;
	int fd;
	short events; /* POLLIN, POLLOUT, POLLPRI */
	bool queued;
};

struct poller {
	/* Waits until descriptors are ready or the time has come (0: only looks), claims the tasks
	   that waited for them and adds them to the list. */
	void (*wait)(struct runtime *, hk_time until, struct woken *);
	/* Makes a wait (until > 0) that is under way, or the next one, return. From any thread. */
	void (*interrupt)(struct runtime *);
	/* Has the waiter's task claimed when its descriptor is ready; the task is PARKING. Returns
	   0, -EPERM when such a file is always ready, or a negative errno; then the waiter is not
	   queued. */
	int (*watch)(struct runtime *, struct fd_waiter *);
	void (*forget)(struct runtime *, struct fd_waiter *);
	int fd; /* becomes readable when there is something to wait() for */
	void *data;
};

#endif
