/* SPDX-License-Identifier: MIT */
#include "os/os.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
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
