/* SPDX-License-Identifier: MIT */
/*
 * A crawler: `fanout src core/spawn.c 2` looks at (64 KiB of) that file of the folder, at all that
 * it names in #include "...", and so on; a task for each, four at a time, within two seconds.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

enum { LIMIT = 4, PAGES = 1000, PAGE = 65536 };

static hk_time deadline;
static struct hk_mutex lock; /* of the pages */
static char *pages[PAGES];
static int found, folder;

static int add(const char *name)
{
	HK_LOCKED(&lock) {
		for (int i = 0; i < found; i++)
			if (strcmp(pages[i], name) == 0)
				return 0;
		if (found == PAGES || !(pages[found] = strdup(name)))
			return -ENOMEM;
		found++;
	}
	return 0;
}

static int visit(void *name)
{
	char text[PAGE + 1] = "\n", link[256];
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -errno : 1;

	for (size_t used = 1; n > 0; text[used += n > 0 ? (size_t)n : 0] = '\0')
		n = hk_read(fd, text + used, PAGE - used);
	for (char *line = text; n == 0 && line; line = strchr(line + 1, '\n'))
		if (sscanf(line, " #include \"%255[^\"\n]\"", link) == 1)
			n = add(link);
	close(fd);
	if (n < 0 && n != -ECANCELED)
		warnx("%s: %s", (char *)name, hk_strerror((int)n));
	return (int)n;
}

/* First that file, then those that it names, then those that they name ... */
static int crawl(void *first)
{
	HK_SCOPE(s);
	int error = add(first);
	hk_scope_limit(&s, LIMIT);
	for (int next = 0, end; error == 0 && next < (end = found);) {
		hk_scope_deadline(&s, deadline);
		while (next < end)
			hk_spawn(&s, visit, pages[next++]); /* waits for room */
		error = hk_join(&s);
	}
	return error;
}

int main(int argc, char **argv)
{
	if (argc != 4 || (folder = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		errx(EXIT_FAILURE, "usage: fanout FOLDER FILE SECONDS");
	deadline = hk_now() + (hk_time)(atof(argv[3]) * HK_S);
	int error = hk_run(NULL, crawl, argv[2]);
	if (error < 0)
		errx(EXIT_FAILURE, "not complete: %s", hk_strerror(error));
	for (int i = 0; i < found; i++)
		puts(pages[i]);
	if (fflush(stdout) != 0)
		err(EXIT_FAILURE, "stdout");
}
