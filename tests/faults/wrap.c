/* SPDX-License-Identifier: MIT */
#include "wrap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static struct fault armed;
static unsigned wanted;
static _Atomic unsigned calls;
static _Atomic bool on;
static _Atomic int mappings, threads;

void fault_arm(const struct fault *fault, unsigned n)
{
	armed = *fault;
	wanted = n;
	calls = 0;
	on = true;
}

bool fault_met(void)
{
	return calls >= wanted;
}

bool fault_disarm(void)
{
	on = false;
	return fault_met();
}

int fault_mappings(void)
{
	return mappings;
}

int fault_threads(void)
{
	return threads;
}

/* The error that this call is to have; 0: none. */
static int fault(const char *call)
{
	unsigned n;

	if (!on || strcmp(call, armed.call) != 0)
		return 0;
	n = ++calls;
	return n == wanted || (armed.for_good && n > wanted) ? armed.error : 0;
}

/* For calls that set errno. */
static bool fails(const char *call)
{
	int error = fault(call);

	if (error != 0)
		errno = error;
	return error != 0;
}

/* wrap(type, name, (parameters), (arguments), what it returns when it fails) */
#define DECLARE(type, name, parameters)                                                            \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;
#define WRAP(type, name, parameters, arguments, failed)                                            \
	DECLARE(type, name, parameters)                                                            \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return fails(#name) ? failed : __real_##name arguments;                            \
	}
/* For calls that return the error number. */
#define WRAP_NUMBER(name, parameters, arguments)                                                   \
	DECLARE(int, name, parameters)                                                             \
	int __wrap_##name parameters                                                               \
	{                                                                                          \
		int error = fault(#name);                                                          \
		return error != 0 ? error : __real_##name arguments;                               \
	}

WRAP(int, mprotect, (void *at, size_t size, int how), (at, size, how), -1)
WRAP(int, mincore, (void *at, size_t size, unsigned char *in), (at, size, in), -1)
WRAP(int, epoll_create1, (int flags), (flags), -1)
WRAP(int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event *event),
	(epoll, what, fd, event), -1)
WRAP(int, epoll_wait, (int epoll, struct epoll_event *events, int max, int ms),
	(epoll, events, max, ms), -1)
WRAP(int, eventfd, (unsigned count, int flags), (count, flags), -1)
WRAP(int, poll, (struct pollfd * fds, nfds_t n, int ms), (fds, n, ms), -1)
WRAP(int, ppoll,
	(struct pollfd * fds, nfds_t n, const struct timespec *limit, const sigset_t *mask),
	(fds, n, limit, mask), -1)
WRAP(int, sigaction, (int signal, const struct sigaction *set, struct sigaction *old),
	(signal, set, old), -1)
WRAP(int, sigaltstack, (const stack_t *set, stack_t *old), (set, old), -1)
WRAP(int, sched_getcpu, (void), (), -1)
WRAP(int, sched_getaffinity, (pid_t pid, size_t size, cpu_set_t *set), (pid, size, set), -1)
WRAP(int, setpriority, (__priority_which_t which, id_t who, int value), (which, who, value), -1)
WRAP(int, getrlimit64, (__rlimit_resource_t which, struct rlimit64 *limit), (which, limit), -1)
WRAP(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time), -1)
WRAP(cpu_set_t *, __sched_cpualloc, (size_t count), (count), NULL)
WRAP(ssize_t, pread64, (int fd, void *buf, size_t len, off64_t at), (fd, buf, len, at), -1)
WRAP_NUMBER(pthread_attr_init, (pthread_attr_t * attributes), (attributes))
WRAP_NUMBER(pthread_atfork, (void (*before)(void), void (*parent)(void), void (*child)(void)),
	(before, parent, child))
WRAP_NUMBER(pthread_key_create, (pthread_key_t * key, void (*end)(void *)), (key, end))
WRAP_NUMBER(pthread_setspecific, (pthread_key_t key, const void *value), (key, value))

/* A kernel that lacks what the library prefers to the armed call. */
static bool lacks_better(const char *one, const char *other)
{
	return on && (strcmp(armed.call, one) == 0 || strcmp(armed.call, other) == 0);
}

DECLARE(int, madvise, (void *at, size_t size, int how))
DECLARE(void *, mmap64, (void *at, size_t size, int how, int flags, int fd, off64_t from))
DECLARE(int, munmap, (void *at, size_t size))
DECLARE(int, pthread_create, (pthread_t *, const pthread_attr_t *, void *(*fn)(void *), void *))
DECLARE(int, pthread_join, (pthread_t, void **))
DECLARE(ssize_t, read, (int fd, void *buf, size_t len))
DECLARE(ssize_t, write, (int fd, const void *buf, size_t len))
DECLARE(ssize_t, preadv64v2, (int, const struct iovec *, int, off64_t, int))
DECLARE(ssize_t, pwritev64v2, (int, const struct iovec *, int, off64_t, int))
DECLARE(int, open64, (const char *path, int flags, ...))
DECLARE(int, prctl, (int what, ...))
DECLARE(long, syscall, (long number, ...))

int __wrap_madvise(void *at, size_t size, int how)
{
	if (lacks_better("mprotect", "mprotect"))
		return errno = EINVAL, -1;
	return fails("madvise") ? -1 : __real_madvise(at, size, how);
}

void *__wrap_mmap64(void *at, size_t size, int how, int flags, int fd, off64_t from)
{
	void *got = fails("mmap64") ? MAP_FAILED : __real_mmap64(at, size, how, flags, fd, from);

	mappings += got != MAP_FAILED;
	return got;
}

int __wrap_munmap(void *at, size_t size)
{
	mappings--;
	return __real_munmap(at, size);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*fn)(void *),
	void *arg)
{
	int error = fault("pthread_create");

	if (error == 0)
		error = __real_pthread_create(thread, attributes, fn, arg);
	threads += error == 0;
	return error;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
	threads--;
	return __real_pthread_join(thread, result);
}

/* An eventfd takes and gives 8 bytes; a short transfer of one does not exist. */
static const char *kind(const char *file, const char *event, size_t len)
{
	return len == sizeof(uint64_t) ? event : file;
}

ssize_t __wrap_read(int fd, void *buf, size_t len)
{
	int error = fault(kind("read", "read eventfd", len));

	if (error == FAULT_SHORT)
		len = len > 0;
	else if (error != 0)
		return errno = error, -1;
	return __real_read(fd, buf, len);
}

ssize_t __wrap_write(int fd, const void *buf, size_t len)
{
	int error = fd == 2 ? 0 : fault(kind("write", "write eventfd", len));

	if (error == FAULT_SHORT)
		len = len > 0;
	else if (error != 0)
		return errno = error, -1;
	return __real_write(fd, buf, len);
}

ssize_t __wrap_preadv64v2(int fd, const struct iovec *parts, int count, off64_t at, int flags)
{
	int error = lacks_better("read", "poll") ? EOPNOTSUPP : fault("preadv64v2");
	struct iovec byte = { parts->iov_base, parts->iov_len > 0 };

	if (error == FAULT_SHORT)
		return __real_preadv64v2(fd, &byte, 1, at, flags);
	if (error != 0)
		return errno = error, -1;
	return __real_preadv64v2(fd, parts, count, at, flags);
}

ssize_t __wrap_pwritev64v2(int fd, const struct iovec *parts, int count, off64_t at, int flags)
{
	int error = lacks_better("read", "poll") ? EOPNOTSUPP : fault("pwritev64v2");
	struct iovec byte = { parts->iov_base, parts->iov_len > 0 };

	if (error == FAULT_SHORT)
		return __real_pwritev64v2(fd, &byte, 1, at, flags);
	if (error != 0)
		return errno = error, -1;
	return __real_pwritev64v2(fd, parts, count, at, flags);
}

static const char *root = "";

void fault_root(const char *folder)
{
	root = folder;
}

int __wrap_open64(const char *path, int flags, ...)
{
	char moved[8192];
	va_list list;
	mode_t mode;

	va_start(list, flags);
	mode = va_arg(list, mode_t);
	va_end(list);
	snprintf(moved, sizeof(moved), "%s%s", root, path);
	return fails("open64") ? -1 : __real_open64(moved, flags, mode);
}

int __wrap_prctl(int what, ...)
{
	unsigned long value;
	va_list list;

	va_start(list, what);
	value = va_arg(list, unsigned long);
	va_end(list);
	return fails("prctl") ? -1 : __real_prctl(what, value, 0UL, 0UL, 0UL);
}

static const struct {
	long number;
	const char *name;
} names[] = {
	{ SYS_epoll_pwait2, "epoll_pwait2" },
	{ SYS_membarrier, "membarrier" },
	{ SYS_rt_tgsigqueueinfo, "rt_tgsigqueueinfo" },
	{ SYS_sched_setaffinity, "sched_setaffinity" },
	{ SYS_sched_getattr, "sched_getattr" },
	{ SYS_sched_setattr, "sched_setattr" },
};

long __wrap_syscall(long number, ...)
{
	long a[6];
	va_list list;

	va_start(list, number);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	/* A wake cannot fail. */
	if (number == SYS_futex && a[1] == FUTEX_WAIT_PRIVATE && fails("futex wait"))
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == number && fails(names[i].name))
			return -1;
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
