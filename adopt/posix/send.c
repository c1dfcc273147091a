/* SPDX-License-Identifier: MIT */
/* send() and its kin: what fits is sent; the task waits for room for the rest. */
#include <stdlib.h>
#include <string.h>

#include "posix.h"

IN_KERNEL(kernel_send, ssize_t, real()->sendmsg(c->fd, c->message, c->flags), int fd;
	  const struct msghdr *message; int flags;)

/* Takes the first `done` bytes out of the message; what goes with its first byte has gone. */
static void advance(struct msghdr *message, size_t done)
{
	struct iovec *part = message->msg_iov;
	message->msg_control = NULL;
	message->msg_controllen = 0;
	while (message->msg_iovlen > 0 && done >= part->iov_len) {
		done -= part->iov_len;
		part++;
		message->msg_iovlen--;
	}
	message->msg_iov = part;
	if (message->msg_iovlen > 0) {
		part->iov_base = (char *)part->iov_base + done;
		part->iov_len -= done;
	}
}

static size_t length(const struct msghdr *message)
{
	size_t sum = 0;
	for (size_t i = 0; i < message->msg_iovlen; i++)
		sum += message->msg_iov[i].iov_len;
	return sum;
}

/* Sends the rest of a message, whose parts may be changed. */
static ssize_t send_rest(int fd, struct msghdr *message, int flags, int before)
{
	struct waiting waiting = { .fd = fd, .events = POLLOUT, .limit = SO_SNDTIMEO };
	size_t total = length(message);
	size_t done = 0;
	for (;;) {
		ssize_t sent = real()->sendmsg(fd, message, flags | MSG_DONTWAIT);
		int error = error_get();
		if (sent >= 0) {
			done += (size_t)sent;
			if (done >= total)
				return finish((ssize_t)done, 0, before);
			advance(message, (size_t)sent);
			waiting.contradictions = 0;
			continue;
		}
		enum waited waited = WAITED_STOP;
		if (error == EAGAIN)
			waited = waiting_next(&waiting, &error);
		if (waited == WAITED_UNSETTLED) {
			struct kernel_send call = { .fd = fd, .message = message, .flags = flags };
			sent = kernel_send_call(&call);
			if (sent > 0)
				done += (size_t)sent;
			return done > 0 ? (ssize_t)done : sent;
		}
		if (waited == WAITED_STOP)
			return done > 0 ? finish((ssize_t)done, 0, before) :
					  finish(-1, error, before);
	}
}

ssize_t send_waiting(int fd, const struct msghdr *message, int flags)
{
	enum { ON_STACK = 8 };
	struct iovec on_stack[ON_STACK];
	int before = error_get();
	/* The first attempt finds what is wrong with the message, if anything is. */
	ssize_t sent = real()->sendmsg(fd, message, flags | MSG_DONTWAIT);
	if (sent < 0 && error_get() != EAGAIN)
		return sent;
	size_t done = sent > 0 ? (size_t)sent : 0;
	if (sent >= 0 && done >= length(message))
		return sent;
	error_set(before);
	struct msghdr copy = *message;
	copy.msg_iov = on_stack;
	if (copy.msg_iovlen > ON_STACK)
		copy.msg_iov = calloc(copy.msg_iovlen, sizeof(*copy.msg_iov));
	if (copy.msg_iov == NULL) {
		struct kernel_send call = { .fd = fd, .message = message, .flags = flags };
		return sent > 0 ? sent : kernel_send_call(&call);
	}
	struct iovec *parts = copy.msg_iov;
	memcpy(parts, message->msg_iov, message->msg_iovlen * sizeof(*parts));
	if (done > 0)
		advance(&copy, done);
	ssize_t rest = send_rest(fd, &copy, flags, before);
	if (parts != on_stack)
		free(parts);
	return rest >= 0 ? (ssize_t)done + rest : done > 0 ? (ssize_t)done : -1;
}

static bool waits(int flags)
{
	return !(flags & MSG_DONTWAIT) && in_task();
}

static ssize_t send_one(int fd, const void *buf, size_t len, int flags,
	const struct sockaddr *address, socklen_t address_len)
{
	/* sendmsg() takes both without const but changes neither */
	struct iovec part = { (void *)(uintptr_t)buf, len };
	struct msghdr message = { .msg_name = (void *)(uintptr_t)address,
		.msg_namelen = address_len,
		.msg_iov = &part,
		.msg_iovlen = 1 };
	return send_waiting(fd, &message, flags);
}

HK_API ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	return waits(flags) ? send_one(fd, buf, len, flags, NULL, 0) :
			      real()->send(fd, buf, len, flags);
}

HK_API ssize_t sendto(int fd, const void *buf, size_t len, int flags, __CONST_SOCKADDR_ARG address,
	socklen_t address_len)
{
	return waits(flags) ? send_one(fd, buf, len, flags, address.__sockaddr__,
				      address.__sockaddr__ != NULL ? address_len : 0) :
			      real()->sendto(fd, buf, len, flags, address, address_len);
}

HK_API ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	return waits(flags) ? send_waiting(fd, message, flags) :
			      real()->sendmsg(fd, message, flags);
}
