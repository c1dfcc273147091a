/* SPDX-License-Identifier: MIT */
/*
 * What compilers make of some of the calls under _FORTIFY_SOURCE: the same with the size of the
 * buffer. A buffer that is too small is given to libc, which ends the program.
 */
#include "posix.h"

ssize_t __read_chk(int fd, void *buf, size_t len, size_t size);
ssize_t __recv_chk(int fd, void *buf, size_t len, size_t size, int flags);
ssize_t __recvfrom_chk(int fd, void *restrict buf, size_t len, size_t size, int flags,
	__SOCKADDR_ARG address, socklen_t *restrict address_len);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size);
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *span, const sigset_t *mask,
	size_t size);

_Noreturn void __chk_fail(void);

HK_API ssize_t __read_chk(int fd, void *buf, size_t len, size_t size)
{
	if (len > size)
		__chk_fail();
	return read(fd, buf, len);
}

HK_API ssize_t __recv_chk(int fd, void *buf, size_t len, size_t size, int flags)
{
	if (len > size)
		__chk_fail();
	return recv(fd, buf, len, flags);
}

HK_API ssize_t __recvfrom_chk(int fd, void *restrict buf, size_t len, size_t size, int flags,
	__SOCKADDR_ARG address, socklen_t *restrict address_len)
{
	if (len > size)
		__chk_fail();
	return recvfrom(fd, buf, len, flags, address, address_len);
}

HK_API int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size)
{
	if (n > size / sizeof(*fds))
		__chk_fail();
	return poll(fds, n, timeout_ms);
}

HK_API int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *span,
	const sigset_t *mask, size_t size)
{
	if (n > size / sizeof(*fds))
		__chk_fail();
	return ppoll(fds, n, span, mask);
}
