/* SPDX-License-Identifier: MIT */
/* The part of migrate.c that its compiler sees only with LTO. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <hocket.h>

#include "migrate.h"

enum { TRIES = 100000 };

__thread int mine;
__thread int table[4];

NOINLINE int thread_number(void)
{
	return (int)syscall(SYS_gettid);
}

NOINLINE void mark_thread(void)
{
	mine = thread_number();
	for (int i = 0; i < 4; i++)
		table[i] = mine;
	errno = EXDEV;
}

NOINLINE int *where_is_mine(void)
{
	return &mine;
}

NOINLINE void migrate(void)
{
	int before = thread_number();

	mark_thread();
	for (int i = 0; i < TRIES; i++) {
		if (i % 4 != 0)
			hk_yield();
		else if (hk_sleep(10 * HK_US) != 0)
			break;
		if (thread_number() != before) {
			mark_thread();
			return;
		}
	}
	fprintf(stderr, "migrate: task %s has stayed on its thread\n", hk_task_name());
	exit(1);
}

NOINLINE int open_missing(void)
{
	return open("/nonexistent/file", O_RDONLY) < 0 ? -errno : 0;
}

NOINLINE int close_nothing(void)
{
	return close(-1) < 0 ? -errno : 0;
}
