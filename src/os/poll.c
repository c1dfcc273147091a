/* SPDX-License-Identifier: MIT */
#include "os/os.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

enum { EVENTS_MAX = 64 };

int hki_os_epoll_open(void)
{
	return hki_os_keep_clear(epoll_create1(EPOLL_CLOEXEC));
}

/*
 * One shot: armed anew at each wait. Registering once for good (edge-triggered) would save this
 * call but go wrong when a descriptor is closed and its number used again.
 */
int hki_os_epoll_arm(int epoll, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = { .events = events | EPOLLONESHOT, .data = { .u64 = data } };
	if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0)
		return 0;
	if (errno != ENOENT)
		return -errno;
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int add(int epoll, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = { .events = events, .data = { .u64 = data } };
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int hki_os_epoll_add(int epoll, int fd, uint64_t data)
{
	return add(epoll, fd, EPOLLIN, data);
}

int hki_os_epoll_add_edge(int epoll, int fd, uint64_t data)
{
	return add(epoll, fd, EPOLLIN | EPOLLET, data);
}

/* epoll_pwait2() has nanoseconds (Linux 5.11); the older call rounds up to milliseconds. */
static int wait_events(int epoll, struct epoll_event *found, int max, int64_t timeout_ns)
{
	if (timeout_ns > 0) {
		struct timespec limit = { .tv_sec = (time_t)(timeout_ns / 1000000000),
			.tv_nsec = (long)(timeout_ns % 1000000000) };
		int n = (int)syscall(SYS_epoll_pwait2, epoll, found, max, &limit, NULL, 0);
		if (n >= 0 || errno != ENOSYS)
			return n;
	}
	int64_t ms = timeout_ns <= 0 ? timeout_ns : (timeout_ns - 1) / 1000000 + 1;
	return epoll_wait(epoll, found, max, ms > INT_MAX ? INT_MAX : ms < 0 ? -1 : (int)ms);
}

int hki_os_epoll_wait(int epoll, struct os_event *events, int max, int64_t timeout_ns)
{
	struct epoll_event found[EVENTS_MAX];
	int n = wait_events(epoll, found, max < EVENTS_MAX ? max : EVENTS_MAX, timeout_ns);
	for (int i = 0; i < n; i++)
		events[i] = (struct os_event){ found[i].data.u64, found[i].events };
	return n >= 0 ? n : errno == EINTR ? 0 : -errno;
}

int hki_os_epoll_wait_exactly(int epoll, struct os_event *events, int max, int64_t timeout_ns)
{
	/* Not for the thread's life: children of the program would inherit it. */
	if (timeout_ns > 0)
		prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
	int count = hki_os_epoll_wait(epoll, events, max, timeout_ns);
	if (timeout_ns > 0)
		prctl(PR_SET_TIMERSLACK, 0UL, 0, 0, 0);
	return count;
}

int hki_os_eventfd_open(void)
{
	return hki_os_keep_clear(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

int hki_os_eventfd_post(int fd)
{
	uint64_t one = 1;
	ssize_t n;
	do {
		n = write(fd, &one, sizeof one);
	} while (n < 0 && errno == EINTR);
	/* Full: it has been posted already. */
	return n >= 0 || errno == EAGAIN ? 0 : -errno;
}

void hki_os_eventfd_drain(int fd)
{
	uint64_t count;
	ssize_t n;
	do {
		n = read(fd, &count, sizeof count);
	} while (n < 0 && errno == EINTR);
}

int hki_os_poll(struct pollfd *fds, nfds_t n, int64_t timeout_ns)
{
	struct timespec limit = { .tv_sec = (time_t)(timeout_ns / 1000000000),
		.tv_nsec = (long)(timeout_ns % 1000000000) };
	int ready = ppoll(fds, n, timeout_ns < 0 ? NULL : &limit, NULL);
	return ready < 0 ? -errno : ready;
}
