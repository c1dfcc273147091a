/* SPDX-License-Identifier: MIT */
/* Counts lines, words and bytes as wc(1) does, in files and folders: a task for each file. */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

struct count {
	size_t lines, words, bytes;
	struct count *next;
	int error;
	char path[];
};

static int count_file(void *arg)
{
	struct count *count = arg;
	char text[16384];
	int fd = open(count->path, O_RDONLY | O_CLOEXEC), space = 1;
	ssize_t n;
	if (fd < 0)
		return count->error = -errno;
	for (; (n = hk_read(fd, text, sizeof(text))) > 0; count->bytes += (size_t)n)
		for (ssize_t i = 0; i < n; i++) {
			count->words += space && !isspace((unsigned char)text[i]);
			count->lines += text[i] == '\n';
			space = isspace((unsigned char)text[i]);
		}
	close(fd);
	return count->error = (int)n;
}

static int count_files(void *first)
{
	HK_SCOPE(s);
	for (struct count *count = first; count; count = count->next)
		hk_spawn(&s, count_file, count);
	return hk_join(&s);
}

static struct count *list_files(char **paths) /* what cannot be read included */
{
	FTS *walk = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	struct count *first = NULL, **end = &first;
	for (FTSENT *e; walk && (e = fts_read(walk));) {
		if (e->fts_info != FTS_F && e->fts_info != FTS_NS && e->fts_info != FTS_DNR)
			continue;
		if (!(*end = calloc(1, sizeof(**end) + e->fts_pathlen + 1)))
			break;
		memcpy((*end)->path, e->fts_path, e->fts_pathlen);
		end = &(*end)->next;
	}
	if (errno != 0)
		err(EXIT_FAILURE, "cannot list the files");
	return first;
}

int main(int argc, char **argv)
{
	struct count total = { 0 }, *files = argc > 1 ? list_files(argv + 1) : NULL;
	int error = hk_run(NULL, count_files, files);
	for (const struct count *c = files; c; c = c->next) {
		if (c->error != 0 && c->error != -ECANCELED)
			errx(EXIT_FAILURE, "%s: %s", c->path, hk_strerror(c->error));
		total.lines += c->lines;
		total.words += c->words;
		total.bytes += c->bytes;
		printf("%7zu %7zu %7zu %s\n", c->lines, c->words, c->bytes, c->path);
	}
	printf("%7zu %7zu %7zu total\n", total.lines, total.words, total.bytes);
	if (error < 0 || fflush(stdout) != 0)
		errx(EXIT_FAILURE, "not complete: %s", hk_strerror(error < 0 ? error : errno));
}
