/* SPDX-License-Identifier: MIT */
/*
 * The functions that ours hide. They are looked up before main(): dlsym() takes the loader's lock,
 * which a task must not wait for while it holds a worker.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "posix.h"

static struct real table;
static bool resolved;
/* This process was forked by a task: that has a copy here, but the runtime that ran it has not. */
static bool orphan;

/* A function that this libc does not have stays NULL; nothing can call it. */
static void resolve_one(const char *name, void *slot)
{
	void *found = dlsym(RTLD_NEXT, name);
	memcpy(slot, &found, sizeof(found));
}

static void be_child(void)
{
	orphan = orphan || hk_task_id() != 0;
}

#define RESOLVE(name) resolve_one(#name, &table.name);

__attribute__((constructor)) static void resolve(void)
{
	if (resolved)
		return;
	REAL_CALLS(RESOLVE)
	resolved = true;
	pthread_atfork(NULL, NULL, be_child);
}

/* Constructors of other libraries may run, and sleep or read, before ours. */
const struct real *real(void)
{
	if (__builtin_expect(!resolved, 0))
		resolve();
	return &table;
}

bool in_task(void)
{
	return hk_task_can_wait() && !orphan;
}

__attribute__((noinline)) int error_get(void)
{
	return errno;
}

__attribute__((noinline)) void error_set(int error)
{
	errno = error;
}

long finish(long result, int error, int before)
{
	error_set(result == -1 ? error : before);
	return result;
}
