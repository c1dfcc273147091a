/* SPDX-License-Identifier: MIT */
/*
 * read() and write(). Pipes and the kernel's own objects (eventfd and others) are asked not to wait
 * by RWF_NOWAIT, sockets by MSG_DONTWAIT. Files, terminals and what does not know either are left
 * to the kernel: at once when they are ready, else with the worker lent to others.
 */
#include <limits.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "posix.h"

enum kind { KIND_OTHER, KIND_NOWAIT, KIND_SOCKET };

IN_KERNEL(kernel_read, ssize_t, real()->read(c->fd, c->buf, c->len), int fd; void *buf; size_t len;)
IN_KERNEL(kernel_write, ssize_t, real()->write(c->fd, c->buf, c->len), int fd; const void *buf;
	  size_t len;)

/* The kernel's own objects have no type. */
static enum kind kind_of(int fd)
{
	struct stat status;
	if (fstat(fd, &status) != 0)
		return KIND_OTHER;
	if (S_ISSOCK(status.st_mode))
		return KIND_SOCKET;
	return S_ISFIFO(status.st_mode) || (status.st_mode & S_IFMT) == 0 ? KIND_NOWAIT :
									    KIND_OTHER;
}

static bool ready_now(int fd, short events)
{
	struct pollfd look = { .fd = fd, .events = events };
	return real()->poll(&look, 1, 0) != 0;
}

static ssize_t read_plain(int fd, void *buf, size_t len)
{
	if (ready_now(fd, POLLIN))
		return real()->read(fd, buf, len);
	struct kernel_read call = { .fd = fd, .buf = buf, .len = len };
	return kernel_read_call(&call);
}

static ssize_t read_nowait(int fd, void *buf, size_t len)
{
	struct waiting waiting = { .fd = fd, .events = POLLIN, .limit = SO_RCVTIMEO };
	struct iovec part = { buf, len };
	int before = error_get();
	for (;;) {
		ssize_t got = preadv2(fd, &part, 1, -1, RWF_NOWAIT);
		int error = error_get();
		if (got >= 0)
			return finish(got, 0, before);
		enum waited waited =
			error == EAGAIN ? waiting_next(&waiting, &error) : WAITED_UNSETTLED;
		if (waited == WAITED_STOP)
			return finish(-1, error, before);
		if (waited == WAITED_UNSETTLED)
			return read_plain(fd, buf, len);
	}
}

HK_API ssize_t read(int fd, void *buf, size_t len)
{
	if (len == 0 || len > SSIZE_MAX || !in_task())
		return real()->read(fd, buf, len);
	switch (kind_of(fd)) {
	case KIND_NOWAIT:
		return read_nowait(fd, buf, len);
	case KIND_SOCKET:
		return receive_waiting(fd, buf, len);
	case KIND_OTHER:
	default:
		return read_plain(fd, buf, len);
	}
}

static ssize_t write_plain(int fd, const void *buf, size_t len)
{
	if (ready_now(fd, POLLOUT))
		return real()->write(fd, buf, len);
	struct kernel_write call = { .fd = fd, .buf = buf, .len = len };
	return kernel_write_call(&call);
}

static ssize_t write_nowait(int fd, const void *buf, size_t len)
{
	struct waiting waiting = { .fd = fd, .events = POLLOUT, .limit = SO_SNDTIMEO };
	int before = error_get();
	size_t done = 0;
	while (done < len) {
		/* pwritev2() takes it without const but does not change it */
		struct iovec part = { (char *)(uintptr_t)buf + done, len - done };
		ssize_t wrote = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
		int error = error_get();
		if (wrote > 0) {
			done += (size_t)wrote;
			waiting.contradictions = 0;
			continue;
		}
		enum waited waited = wrote < 0 && error == EAGAIN ? waiting_next(&waiting, &error) :
								    WAITED_UNSETTLED;
		if (waited == WAITED_READY)
			continue;
		ssize_t rest = waited == WAITED_STOP ? finish(-1, error, before) :
						       write_plain(fd, part.iov_base, part.iov_len);
		if (done == 0)
			return rest;
		done += rest > 0 ? (size_t)rest : 0;
		break; /* the next call tells what was wrong */
	}
	return finish((ssize_t)done, 0, before);
}

HK_API ssize_t write(int fd, const void *buf, size_t len)
{
	if (len == 0 || len > SSIZE_MAX || !in_task())
		return real()->write(fd, buf, len);
	struct iovec part = { (void *)(uintptr_t)buf, len };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	switch (kind_of(fd)) {
	case KIND_NOWAIT:
		return write_nowait(fd, buf, len);
	case KIND_SOCKET:
		return send_waiting(fd, &message, 0);
	case KIND_OTHER:
	default:
		return write_plain(fd, buf, len);
	}
}
