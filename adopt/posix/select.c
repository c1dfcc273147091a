/* SPDX-License-Identifier: MIT */
/*
 * select(): looks with select() itself, so that its answers are the kernel's; in between the task
 * waits for the same descriptors as hk_poll() does. Where the two disagree (a hang-up wakes poll()
 * but not one that selects for exceptions only), the kernel waits the rest of the time.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "posix.h"

enum { ON_STACK = 16 };

/* The sets of one call; those that were not given are NULL. */
struct sets {
	int n;
	fd_set *of[3]; /* to read, to write, exceptions */
};

static const short events_of[3] = { POLLIN | POLLRDNORM | POLLRDBAND,
	POLLOUT | POLLWRNORM | POLLWRBAND, POLLPRI };

IN_KERNEL(kernel_select, int,
	  real()->pselect(c->sets.n, c->sets.of[0], c->sets.of[1], c->sets.of[2], c->span, c->mask),
	  struct sets sets;
	  const struct timespec *span; const sigset_t *mask;)

static short wanted(const struct sets *sets, int fd)
{
	short events = 0;
	for (int i = 0; i < 3; i++)
		if (sets->of[i] != NULL && FD_ISSET(fd, sets->of[i]))
			events |= events_of[i];
	return events;
}

/* How many descriptors are in the sets; lists them when it is told where. */
static nfds_t list(const struct sets *sets, struct pollfd *fds)
{
	nfds_t count = 0;
	for (int fd = 0; fd < sets->n; fd++) {
		short events = wanted(sets, fd);
		if (events != 0 && fds != NULL)
			fds[count] = (struct pollfd){ .fd = fd, .events = events };
		count += events != 0;
	}
	return count;
}

/* The kernel reads and writes no more of a set than n asks for; nor may we: it may end there. */
static size_t used_bytes(const struct sets *sets)
{
	return ((size_t)sets->n + NFDBITS - 1) / NFDBITS * sizeof(fd_mask);
}

/* Whether anything is ready now: only then the sets are changed. */
static int look(const struct sets *sets)
{
	fd_set copies[3];
	fd_set *given[3];
	for (int i = 0; i < 3; i++) {
		given[i] = sets->of[i] != NULL ? &copies[i] : NULL;
		if (given[i] != NULL)
			memcpy(given[i], sets->of[i], used_bytes(sets));
	}
	struct timespec now = { 0, 0 };
	int ready = real()->pselect(sets->n, given[0], given[1], given[2], &now, NULL);
	for (int i = 0; i < 3 && ready > 0; i++)
		if (given[i] != NULL)
			memcpy(sets->of[i], given[i], used_bytes(sets));
	return ready;
}

/* As hk_poll() for the same descriptors; another error than -ECANCELED: they cannot be watched. */
static int park(const struct sets *sets, hk_time deadline)
{
	struct pollfd on_stack[ON_STACK];
	struct pollfd *fds = on_stack;
	nfds_t count = list(sets, NULL);
	if (count == 0 && deadline == HK_FOREVER)
		return -EPERM; /* only a signal can end it */
	if (count > ON_STACK && (fds = calloc(count, sizeof(*fds))) == NULL)
		return -ENOMEM;
	list(sets, fds);
	int ready = hk_poll(fds, count, deadline);
	if (fds != on_stack)
		free(fds);
	return ready;
}

static int select_until(const struct sets *sets, hk_time deadline)
{
	int before = error_get();
	int ready = look(sets);
	if (ready != 0)
		return ready;
	int parked = park(sets, deadline);
	if (parked == -ECANCELED)
		return (int)finish(-1, ECANCELED, before);
	if (parked >= 0) {
		ready = look(sets);
		if (ready != 0)
			return (int)finish(ready, error_get(), before);
	}
	if (parked == 0) {
		for (int i = 0; i < 3; i++)
			if (sets->of[i] != NULL)
				memset(sets->of[i], 0, used_bytes(sets));
		return (int)finish(0, 0, before);
	}
	struct timespec left = time_left(deadline);
	struct kernel_select call = { .sets = *sets,
		.span = deadline == HK_FOREVER ? NULL : &left };
	return kernel_select_call(&call);
}

/*
 * Without a mask: the mask of signals that holds during the wait belongs to the thread. With an n
 * beyond FD_SETSIZE only the kernel knows how long the sets are.
 */
static int select_in_task(const struct sets *sets, const struct timespec *span,
	const sigset_t *mask)
{
	if (mask == NULL && sets->n <= FD_SETSIZE)
		return select_until(sets,
			span == NULL ? HK_FOREVER : deadline_after(span_ns(span)));
	struct kernel_select call = { .sets = *sets, .span = span, .mask = mask };
	return kernel_select_call(&call);
}

/* More than a second of microseconds is taken, as libc does. */
static struct timespec span_of(const struct timeval *timeout)
{
	if (timeout->tv_sec >= HK_FOREVER / HK_S - timeout->tv_usec / 1000000)
		return (struct timespec){ HK_FOREVER / HK_S, 0 };
	return (struct timespec){ timeout->tv_sec + timeout->tv_usec / 1000000,
		timeout->tv_usec % 1000000 * 1000 };
}

/* Linux says in *timeout how much was left, and so does this. */
HK_API int select(int n, fd_set *reads, fd_set *writes, fd_set *exceptions, struct timeval *timeout)
{
	bool valid = n >= 0 && (timeout == NULL || (timeout->tv_sec >= 0 && timeout->tv_usec >= 0));
	bool waits = timeout == NULL || timeout->tv_sec > 0 || timeout->tv_usec > 0;
	if (!valid || !waits || !in_task())
		return real()->select(n, reads, writes, exceptions, timeout);
	struct sets sets = { n, { reads, writes, exceptions } };
	if (timeout == NULL)
		return select_in_task(&sets, NULL, NULL);
	struct timespec span = span_of(timeout);
	hk_time deadline = deadline_after(span_ns(&span));
	int ready = select_in_task(&sets, &span, NULL);
	struct timespec left = time_left(deadline);
	*timeout = (struct timeval){ left.tv_sec, left.tv_nsec / 1000 };
	return ready;
}

HK_API int pselect(int n, fd_set *reads, fd_set *writes, fd_set *exceptions,
	const struct timespec *span, const sigset_t *mask)
{
	bool waits = span == NULL || (span_valid(span) && span_ns(span) > 0);
	if (n < 0 || !waits || !in_task())
		return real()->pselect(n, reads, writes, exceptions, span, mask);
	struct sets sets = { n, { reads, writes, exceptions } };
	return select_in_task(&sets, span, mask);
}
