/* SPDX-License-Identifier: MIT */
/*
 * Counts a thread's pthread mutexes by standing before libc's functions. Only in a library that was
 * built for debugging, which exports them. Weak: in a static program libc's own win, and nothing is
 * counted.
 */
#include "os/foreign.h"

#include <dlfcn.h>
#include <pthread.h>

#include <hocket/base.h>

#define INTERPOSED __attribute__((weak, visibility("default")))

typedef int mutex_call(pthread_mutex_t *);

static mutex_call *real_lock, *real_trylock, *real_unlock;

static __thread uint32_t held __attribute__((tls_model("initial-exec")));
static __thread const void *last_place __attribute__((tls_model("initial-exec")));

static mutex_call *find(const char *name)
{
	union {
		void *object;
		mutex_call *call;
	} found = { dlsym(RTLD_NEXT, name) };
	return found.call;
}

/* Before the first mutex, whoever locks it. */
__attribute__((constructor(101))) static void find_all(void)
{
	real_trylock = find("pthread_mutex_trylock");
	real_unlock = find("pthread_mutex_unlock");
	real_lock = find("pthread_mutex_lock");
}

static int took(int error, const void *place)
{
	if (error == 0) {
		held++;
		last_place = place;
	}
	return error;
}

INTERPOSED int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (!real_lock)
		find_all();
	return took(real_lock(mutex), __builtin_return_address(0));
}

INTERPOSED int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	if (!real_lock)
		find_all();
	return took(real_trylock(mutex), __builtin_return_address(0));
}

INTERPOSED int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (!real_lock)
		find_all();
	int error = real_unlock(mutex);
	if (error == 0 && held > 0)
		held--;
	return error;
}

__attribute__((noinline)) uint32_t hki_os_foreign_locks(const void **place)
{
	*place = last_place;
	return held;
}

__attribute__((noinline)) void hki_os_foreign_forget(void)
{
	held = 0;
}
