/* SPDX-License-Identifier: MIT */
/*
 * No half a kebab is ever seen, however the kitchen ends: a file has no name until it is whole.
 * Where a file must have a name (some network file systems), that is "<name>.part" until then.
 */
#define _GNU_SOURCE
#include "kitchen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

struct plate {
	int folder;
	int fd;
	bool named;
	char name[PATH_MAX], part[PATH_MAX + 8];
};

/* Like finish(), apart because errno is of the thread, and a task may change threads. */
static __attribute__((noinline)) int start(struct plate *plate)
{
	plate->fd = openat(plate->folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
	plate->named = plate->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR);
	if (plate->named)
		plate->fd = openat(plate->folder, plate->part,
			O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
	return plate->fd < 0 ? -errno : 0;
}

static __attribute__((noinline)) int finish(const struct plate *plate)
{
	char self[32];
	int result;

	if (plate->named) {
		result = renameat(plate->folder, plate->part, plate->folder, plate->name);
	} else {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", plate->fd);
		unlinkat(plate->folder, plate->name, 0); /* a link replaces nothing itself */
		result = linkat(AT_FDCWD, self, plate->folder, plate->name, AT_SYMLINK_FOLLOW);
	}
	return result < 0 ? -errno : 0;
}

int counter_serve(int folder, const struct order *order, const unsigned char *gzip)
{
	struct plate plate = { .folder = folder };
	size_t left = order->served;
	ssize_t n = 0;
	int error;

	snprintf(plate.name, sizeof(plate.name), "%03zu-%s.gz", order->number,
		basename(order->path));
	snprintf(plate.part, sizeof(plate.part), "%s.part", plate.name);
	error = start(&plate);
	if (error < 0)
		return error;
	while (left > 0 && (n = hk_write(plate.fd, gzip + order->served - left, left)) > 0)
		left -= (size_t)n;
	error = left > 0 ? (int)n : finish(&plate);
	close(plate.fd);
	if (error < 0 && plate.named)
		unlinkat(folder, plate.part, 0);
	return error;
}
