/* SPDX-License-Identifier: MIT */
/* Waiting until a descriptor is ready, whatever watches it. */
#ifndef IO_DESCRIPTOR_H
#define IO_DESCRIPTOR_H

#include <poll.h>

#include "core/park.h"
#include "core/runtime.h"

/* Opens and closes the runtime's poller. */
int hki_epoll_open(struct runtime *rt);
void hki_epoll_close(struct runtime *rt);

/* The poller's watch() and forget(). */
int hki_epoll_watch(struct runtime *rt, struct fd_waiter *waiter);
void hki_epoll_forget(struct runtime *rt, struct fd_waiter *waiter);

/*
 * Waits until fd is ready for events. Returns 0 (it may be ready), -ETIMEDOUT, -ECANCELED, -EPERM
 * (always ready) or another negative errno. *carrier is updated.
 */
int hki_descriptor_wait(struct carrier **carrier, int fd, short events, enum hk_cause cause);

#endif
