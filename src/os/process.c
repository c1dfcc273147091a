/* SPDX-License-Identifier: MIT */
#include "os/os.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t hki_os_pid(void)
{
	return (uint64_t)getpid();
}

int hki_os_at_fork(void (*fn)(void))
{
	return -pthread_atfork(NULL, NULL, fn);
}

const char *hki_os_getenv(const char *name)
{
	return secure_getenv(name);
}

/* A line of /proc/self/maps: "from-to perms offset device inode   path". */
static void is_in(const char *line, uintptr_t address, struct os_mapping *found)
{
	unsigned long from, to, offset;
	int path = 0;
	if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %n", &from, &to, &offset, &path) < 3 ||
		address < from || address >= to || line[path] != '/')
		return;
	*found = (struct os_mapping){ .from = from, .to = to, .offset = offset };
	snprintf(found->file, sizeof found->file, "%s", strrchr(line, '/') + 1);
}

static void look_up(uintptr_t address, struct os_mapping *found)
{
	char buffer[4096];
	size_t kept = 0;
	int fd = hki_os_keep_clear(open("/proc/self/maps", O_RDONLY | O_CLOEXEC));
	ssize_t n;
	while (fd >= 0 && (n = hki_os_read(fd, buffer + kept, sizeof buffer - 1 - kept)) > 0) {
		buffer[kept + (size_t)n] = 0;
		char *line = buffer, *end;
		for (; (end = strchr(line, '\n')); line = end + 1) {
			*end = 0;
			is_in(line, address, found);
		}
		kept = strlen(line);
		memmove(buffer, line, kept);
		if (kept == sizeof buffer - 1)
			kept = 0; /* no line is that long */
	}
	if (fd >= 0)
		hki_os_close(fd);
}

void hki_os_place_of(struct os_mapping *last, const void *address, char *place, size_t size)
{
	uintptr_t at = (uintptr_t)address;
	if (at < last->from || at >= last->to)
		look_up(at, last);
	if (at >= last->from && at < last->to)
		snprintf(place, size, "%s+%#lx", last->file,
			(unsigned long)(at - last->from + last->offset));
	else
		snprintf(place, size, "%p", address);
}

/* A stuck task may hold a stream's lock for ever, so only streams that are free are flushed. */
static void flush_if_free(FILE *stream)
{
	if (ftrylockfile(stream) == 0) {
		fflush_unlocked(stream);
		funlockfile(stream);
	}
}

void hki_os_exit(int code)
{
	flush_if_free(stdout);
	flush_if_free(stderr);
	_exit(code);
}

void hki_os_abort(void)
{
	abort();
}
