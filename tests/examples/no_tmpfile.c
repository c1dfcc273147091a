/* SPDX-License-Identifier: MIT */
/* Preloaded, it makes every file system one without O_TMPFILE, as some network ones are. */
#undef _FILE_OFFSET_BITS /* both names below are functions of their own */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int open_without_tmpfile(int folder, const char *path, int flags, mode_t mode)
{
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return (int)syscall(SYS_openat, folder, path, flags, mode);
}

#define REPLACE(name)                                                                              \
	__attribute__((visibility("default"))) int name(int folder, const char *path, int flags,   \
		...)                                                                               \
	{                                                                                          \
		va_list list;                                                                      \
		mode_t mode;                                                                       \
		va_start(list, flags);                                                             \
		mode = va_arg(list, mode_t);                                                       \
		va_end(list);                                                                      \
		return open_without_tmpfile(folder, path, flags, mode);                            \
	}

REPLACE(openat)
REPLACE(openat64)
