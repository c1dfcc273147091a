/* SPDX-License-Identifier: MIT */
/* What the core asks of whatever watches descriptors (src/io implements it, src/run wires it). */
#ifndef CORE_POLLER_H
#define CORE_POLLER_H

#include <hocket/time.h>

struct runtime;
struct woken;

struct poller {
	/* Waits until descriptors are ready or the time has come (0: only looks), claims the tasks
	   that waited for them and adds them to the list. */
	void (*wait)(struct runtime *, hk_time until, struct woken *);
	/* Makes a wait (until > 0) that is under way, or the next one, return. From any thread. */
	void (*interrupt)(struct runtime *);
	int fd; /* becomes readable when there is something to wait() for */
	void *data;
};

#endif
