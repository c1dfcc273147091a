/* SPDX-License-Identifier: MIT */
/*
 * Waiting for descriptors. These calls behave like read(2), write(2) and poll(2) on blocking
 * descriptors, but only the calling task waits. O_NONBLOCK is neither needed nor set: the
 * description may be shared with other processes. Outside a task they are the plain calls.
 *
 * Pipes, sockets, ttys, eventfds and whatever else epoll takes are waited for. A regular file is
 * always ready: reading or writing it takes place at once and may hold its worker for that time.
 * Close a descriptor only when no task waits for it.
 */
#ifndef HOCKET_IO_H
#define HOCKET_IO_H

#include <poll.h>
#include <sys/types.h>

#include <hocket/base.h>
#include <hocket/time.h>

HK_BEGIN_DECLS

/*
 * Reads up to len bytes, waiting until at least one is there.
 * From: task, thread. Parks: yes, a cancellation point.
 * Returns: the number of bytes; 0 at the end of the stream (or len 0); -ECANCELED (nothing was
 * read); or what read(2) gives: -EBADF, -EIO, -ECONNRESET ... Never -EINTR. -EAGAIN is never
 * returned inside a task, even for a descriptor with O_NONBLOCK. */
HK_API HK_MUST_USE ssize_t hk_read(int fd, void *buf, size_t len);

/*
 * Writes all len bytes, waiting for room as often as needed.
 * From: task, thread. Parks: yes, a cancellation point.
 * Returns: len; less when an error or cancellation came after some bytes (the next call tells
 * which); -ECANCELED (nothing was written); or what write(2) gives: -EPIPE (after SIGPIPE,
 * unless ignored), -EBADF, -ENOSPC ... Never -EINTR or, inside a task, -EAGAIN.
 */
HK_API HK_MUST_USE ssize_t hk_write(int fd, const void *buf, size_t len);

/*
 * Waits until one of the descriptors is ready or the deadline has come (HK_FOREVER: none).
 * Events and revents as in poll(2); negative descriptors are left out.
 * From: task, thread. Parks: yes, a cancellation point.
 * Returns: how many entries have revents set; 0 at the deadline; -ECANCELED; -ENOMEM; -EINVAL
 * when n is more than RLIMIT_NOFILE allows.
 */
HK_API HK_MUST_USE int hk_poll(struct pollfd *fds, nfds_t n, hk_time deadline);

/*
 * Calls fn(arg) on the calling task's own stack and kernel thread, and lends its worker to other
 * tasks meanwhile: for calls that are known to block (a database client, fsync, flock). A call
 * that blocks without this is noticed too, some hundred microseconds later. Outside a task, and
 * without interleaving, it is a plain call. fn may call the library: that waits for a worker.
 * From: task, thread. Parks: yes, for a worker after the call; not a cancellation point.
 * Returns: what fn returned.
 */
HK_API int hk_blocking(int (*fn)(void *), void *arg);

HK_END_DECLS

#endif
