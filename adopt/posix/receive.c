/* SPDX-License-Identifier: MIT */
/* recv() and its kin, and accept(): each is tried without waiting until it has something to say. */
#include "posix.h"

struct receive {
	ssize_t (*attempt)(const struct receive *, int flags);
	int fd;
	int flags;
	void *buf;
	size_t len;
	__SOCKADDR_ARG address;
	socklen_t *address_len;
	struct msghdr *message;
};

IN_KERNEL(kernel_receive, ssize_t, c->receive->attempt(c->receive, 0),
	  const struct receive *receive;)

static ssize_t receive_in_task(const struct receive *receive)
{
	struct waiting waiting = { .fd = receive->fd, .events = POLLIN, .limit = SO_RCVTIMEO };
	enum waited waited = WAITED_READY;
	int before = error_get();
	/* With MSG_WAITALL a part is taken and the call goes on: only the kernel can do that. */
	if (receive->flags & MSG_WAITALL)
		waited = WAITED_UNSETTLED;
	while (waited == WAITED_READY) {
		ssize_t result = receive->attempt(receive, MSG_DONTWAIT);
		int error = error_get();
		if (result >= 0 || error != EAGAIN)
			return finish(result, error, before);
		waited = waiting_next(&waiting, &error);
		if (waited == WAITED_STOP)
			return finish(-1, error, before);
	}
	struct kernel_receive call = { .receive = receive };
	return kernel_receive_call(&call);
}

/* The queue of errors and urgent data are never waited for. */
static ssize_t receive(const struct receive *receive)
{
	if ((receive->flags & (MSG_DONTWAIT | MSG_ERRQUEUE | MSG_OOB)) || !in_task())
		return receive->attempt(receive, 0);
	return receive_in_task(receive);
}

static ssize_t try_recv(const struct receive *r, int flags)
{
	return real()->recv(r->fd, r->buf, r->len, r->flags | flags);
}

static ssize_t try_recvfrom(const struct receive *r, int flags)
{
	return real()->recvfrom(r->fd, r->buf, r->len, r->flags | flags, r->address,
		r->address_len);
}

static ssize_t try_recvmsg(const struct receive *r, int flags)
{
	return real()->recvmsg(r->fd, r->message, r->flags | flags);
}

HK_API ssize_t recv(int fd, void *buf, size_t len, int flags)
{
	struct receive call = { .attempt = try_recv,
		.fd = fd,
		.flags = flags,
		.buf = buf,
		.len = len };
	return receive(&call);
}

ssize_t receive_waiting(int fd, void *buf, size_t len)
{
	struct receive call = { .attempt = try_recv, .fd = fd, .buf = buf, .len = len };
	return receive_in_task(&call);
}

HK_API ssize_t recvfrom(int fd, void *restrict buf, size_t len, int flags, __SOCKADDR_ARG address,
	socklen_t *restrict address_len)
{
	struct receive call = { .attempt = try_recvfrom,
		.fd = fd,
		.flags = flags,
		.buf = buf,
		.len = len,
		.address = address,
		.address_len = address_len };
	return receive(&call);
}

HK_API ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	struct receive call = { .attempt = try_recvmsg,
		.fd = fd,
		.flags = flags,
		.message = message };
	return receive(&call);
}

static bool listens(int fd)
{
	int value = 0;
	socklen_t size = sizeof(value);
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0;
}

/*
 * accept() has no MSG_DONTWAIT: it is made when somebody is there, or when it fails anyway. Should
 * another be faster after the look, it waits as a call that blocks; the runtime notices.
 */
static ssize_t try_accept(const struct receive *r, int flags)
{
	struct pollfd look = { .fd = r->fd, .events = POLLIN };
	bool valid = (r->flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) == 0;
	if ((flags & MSG_DONTWAIT) && valid && real()->poll(&look, 1, 0) == 0 && listens(r->fd)) {
		error_set(EAGAIN);
		return -1;
	}
	return real()->accept4(r->fd, r->address, r->address_len, r->flags);
}

HK_API int accept4(int fd, __SOCKADDR_ARG address, socklen_t *restrict address_len, int flags)
{
	if (!in_task())
		return real()->accept4(fd, address, address_len, flags);
	struct receive call = { .attempt = try_accept,
		.fd = fd,
		.flags = flags,
		.address = address,
		.address_len = address_len };
	return (int)receive_in_task(&call);
}

HK_API int accept(int fd, __SOCKADDR_ARG address, socklen_t *restrict address_len)
{
	if (!in_task())
		return real()->accept(fd, address, address_len);
	struct receive call = { .attempt = try_accept,
		.fd = fd,
		.address = address,
		.address_len = address_len };
	return (int)receive_in_task(&call);
}

IN_KERNEL(kernel_connect, int, real()->connect(c->fd, c->address, c->len), int fd;
	  __CONST_SOCKADDR_ARG address; socklen_t len;)

/* To wait for it elsewhere, O_NONBLOCK would have to be set, which others might see. */
HK_API int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t len)
{
	if (!in_task())
		return real()->connect(fd, address, len);
	struct kernel_connect call = { .fd = fd, .address = address, .len = len };
	return kernel_connect_call(&call);
}
