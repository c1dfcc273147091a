/* SPDX-License-Identifier: MIT */
#include "check_waits.h"

#include <regex.h>
#include <stdio.h>
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

void hkt_assert_no_trace(const struct hk_waitq *queue)
{
	ck_assert_ptr_null(queue->first);
	ck_assert_ptr_null(queue->last);
	ck_assert_uint_eq(queue->lock, 0);
	ck_assert_uint_eq(queue->exclusive, 0);
}

static void *call_outside(void *arg)
{
	struct hkt_outside *call = arg;

	call->result = call->fn(call->arg);
	return NULL;
}

void hkt_outside(struct hkt_outside *call, int (*fn)(void *), void *arg)
{
	call->fn = fn;
	call->arg = arg;
	call->thread = hkt_thread(call_outside, call);
}

int hkt_outside_end(struct hkt_outside *call)
{
	ck_assert_int_eq(pthread_join(call->thread, NULL), 0);
	return call->result;
}
