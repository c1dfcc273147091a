/* SPDX-License-Identifier: MIT */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int hki_os_keep_clear(int fd)
{
	if (fd < 0)
		return -errno;
	if (fd > 2)
		return fd;
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	int result = high < 0 ? -errno : high;
	close(fd);
	return result;
}

static int open_file(const char *path, int flags)
{
	return hki_os_keep_clear(open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666));
}

int hki_os_open_truncate(const char *path)
{
	return open_file(path, O_TRUNC);
}

int hki_os_open_append(const char *path)
{
	return open_file(path, O_APPEND);
}

void hki_os_close(int fd)
{
	close(fd);
}

ssize_t hki_os_read(int fd, void *buf, size_t len)
{
	ssize_t n;
	do {
		n = read(fd, buf, len);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

ssize_t hki_os_write(int fd, const void *buf, size_t len)
{
	ssize_t n;
	do {
		n = write(fd, buf, len);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int hki_os_write_all(int fd, const void *buf, size_t len)
{
	const char *at = buf;
	while (len > 0) {
		ssize_t n = hki_os_write(fd, at, len);
		if (n == -EAGAIN) {
			struct pollfd room = { .fd = fd, .events = POLLOUT };
			poll(&room, 1, -1);
			continue;
		}
		if (n <= 0)
			return n < 0 ? (int)n : -EIO; /* a file that takes nothing, for ever */
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

#ifndef RWF_NOWAIT /* musl before 1.2.5 */
#define RWF_NOWAIT 8
static ssize_t preadv2(int fd, const struct iovec *parts, int count, off_t at, int flags)
{
	return syscall(SYS_preadv2, fd, parts, count, at, 0, flags);
}

static ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t at, int flags)
{
	return syscall(SYS_pwritev2, fd, parts, count, at, 0, flags);
}
#endif

/* Where RWF_NOWAIT is not known (ttys, old kernels): the plain call, once poll() says ready. */
static bool ready_now(int fd, short events)
{
	struct pollfd look = { .fd = fd, .events = events };
	return poll(&look, 1, 0) != 0;
}

/* That call would say so; but poll() just goes on waiting for what never comes. */
static bool wrong_way(int fd, int way)
{
	int flags = fcntl(fd, F_GETFL);
	return flags >= 0 && (flags & O_ACCMODE) == way;
}

static bool no_nowait(ssize_t result)
{
	return result == -EOPNOTSUPP || result == -ENOSYS || result == -ESPIPE || result == -EINVAL;
}

ssize_t hki_os_try_read(int fd, void *buf, size_t len)
{
	struct iovec part = { buf, len < SSIZE_MAX ? len : SSIZE_MAX };
	ssize_t n;
	do {
		n = preadv2(fd, &part, 1, -1, RWF_NOWAIT);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	if (!no_nowait(-errno))
		return -errno;
	return wrong_way(fd, O_WRONLY) || ready_now(fd, POLLIN) ? hki_os_read(fd, buf, len) :
								  -EAGAIN;
}

ssize_t hki_os_try_write(int fd, const void *buf, size_t len)
{
	struct iovec part = { (void *)(uintptr_t)buf, len < SSIZE_MAX ? len : SSIZE_MAX };
	ssize_t n;
	do {
		n = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	if (!no_nowait(-errno))
		return -errno;
	if (!wrong_way(fd, O_RDONLY) && !ready_now(fd, POLLOUT))
		return -EAGAIN;
	/* Room for PIPE_BUF bytes is what "ready" promises; more might wait. */
	return hki_os_write(fd, buf, len < PIPE_BUF ? len : PIPE_BUF);
}

size_t hki_os_fd_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	return limit.rlim_cur;
}
