/* SPDX-License-Identifier: MIT */
/* Waiting until a descriptor is ready, whatever watches it. */
#ifndef IO_DESCRIPTOR_H
#define IO_DESCRIPTOR_H

#include <poll.h>

#include "core/park.h"
#include "core/runtime.h"

/* One task waiting for one descriptor; on the task's stack, or in memory of its own. */
struct fd_waiter {
	struct fd_waiter *next;
	struct fd_waiter *prev;
	struct hk_task *task;
	int fd;
	short events; /* POLLIN, POLLOUT, POLLPRI */
	bool queued;
};

/* Opens and closes the runtime's poller. */
int hki_epoll_open(struct runtime *rt);
void hki_epoll_close(struct runtime *rt);

/*
 * Has the waiter's task woken when its descriptor is ready; the task is PARKING. Returns 0, -EPERM
 * when such a file is always ready, or a negative errno; then the waiter is not queued.
 */
int hki_epoll_watch(struct runtime *rt, struct fd_waiter *waiter);
void hki_epoll_forget(struct runtime *rt, struct fd_waiter *waiter);

/*
 * Waits until fd is ready for events. Returns 0 (it may be ready), -ETIMEDOUT, -ECANCELED, -EPERM
 * (always ready) or another negative errno. *carrier is updated.
 */
int hki_descriptor_wait(struct carrier **carrier, int fd, short events, enum hk_cause cause);

#endif
