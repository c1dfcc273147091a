/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "kitchen.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <hocket.h>

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void add(char ***list, size_t *count, const char *path)
{
	char *copy = strdup(path);

	if ((*count & (*count - 1)) == 0) /* 0, 1, 2, 4, 8 ...: full */
		*list = reallocarray(*list, *count ? 2 * *count : 1, sizeof(**list));
	if (!copy || !*list)
		errx(EX_OSERR, "no memory for the list of orders");
	(*list)[(*count)++] = copy;
}

/* Takes what the walk came to if it is a file. What else lies in a folder is left there. */
static void visit(const FTSENT *entry, char ***list, size_t *count)
{
	switch (entry->fts_info) {
	case FTS_F:
		add(list, count, entry->fts_path);
		return;
	case FTS_NS:
	case FTS_DNR:
	case FTS_ERR:
		errno = entry->fts_errno;
		err(EX_NOINPUT, "cannot read %s", entry->fts_path);
	case FTS_SLNONE:
	case FTS_DEFAULT:
		if (entry->fts_level == FTS_ROOTLEVEL)
			errx(EX_NOINPUT, "%s is neither a file nor a folder", entry->fts_path);
	}
}

char **pantry_list(char *const *paths, size_t *count)
{
	char **list = NULL;

	for (*count = 0; *paths; paths++) {
		char *const root[] = { *paths, NULL };
		FTS *walk = fts_open(root, FTS_COMFOLLOW | FTS_PHYSICAL | FTS_NOCHDIR, by_name);
		FTSENT *entry;

		while (walk && (entry = fts_read(walk)))
			visit(entry, &list, count);
		if (!walk || errno)
			err(EX_NOINPUT, "cannot read %s", *paths);
		fts_close(walk);
	}
	if (*count == 0)
		errx(EX_NOINPUT, "nothing to cook: no file in what was given");
	return list;
}

/* Apart from pantry_fetch() because errno is of the thread, and a task may change threads. */
static __attribute__((noinline)) int open_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > INT32_MAX) {
		close(fd);
		return -EFBIG;
	}
	*size = (size_t)st.st_size;
	return fd;
}

int pantry_fetch(const char *path, unsigned char **raw, size_t *size)
{
	int fd = open_file(path, size);
	size_t done = 0;
	ssize_t n = 0;

	if (fd < 0)
		return fd;
	*raw = malloc(*size + 1);
	while (*raw && done < *size && (n = hk_read(fd, *raw + done, *size - done)) > 0)
		done += (size_t)n;
	close(fd);
	*size = done; /* less than it was if somebody cut the file meanwhile */
	if (!*raw)
		return -ENOMEM;
	return n < 0 ? (int)n : 0;
}
