/* SPDX-License-Identifier: MIT */
#include "check_waits.h"

#include <regex.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { DUMP_SIZE = 1 << 18 };

/* The text of hk_dump(); to be freed. */
static char *dump(void)
{
	int fd = memfd_create("dump", MFD_CLOEXEC);
	char *text = malloc(DUMP_SIZE);

	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_nonnull(text);
	ck_assert_int_ge(hk_dump(fd), 0);
	ssize_t n = pread(fd, text, DUMP_SIZE - 1, 0);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	close(fd);
	return text;
}

int hkt_dump_has(const char *pattern)
{
	char *text = dump();
	regex_t regex;
	regmatch_t match;
	int n = 0;

	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED), 0);
	for (const char *at = text; regexec(&regex, at, 1, &match, 0) == 0; at += match.rm_eo)
		n++;
	regfree(&regex);
	free(text);
	return n;
}

void hkt_await(int n, const char *what)
{
	char pattern[64];

	snprintf(pattern, sizeof(pattern), "waits for %s 0x", what);
	while (hkt_dump_has(pattern) < n)
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
}

void hkt_assert_no_trace(const struct hk_waitq *queue)
{
	ck_assert_ptr_null(queue->first);
	ck_assert_ptr_null(queue->last);
	ck_assert_uint_eq(queue->lock, 0);
	ck_assert_uint_eq(queue->exclusive, 0);
}

static void *run_other(void *arg)
{
	struct hkt_other *other = arg;

	ck_assert_int_eq(hkt_run(other->setup, other->fn, other->arg), 0);
	return NULL;
}

void hkt_other_start(struct hkt_other *other)
{
	other->thread = hkt_thread(run_other, other);
}

void hkt_other_end(struct hkt_other *other)
{
	ck_assert_int_eq(pthread_join(other->thread, NULL), 0);
}
