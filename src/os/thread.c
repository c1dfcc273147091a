/* SPDX-License-Identifier: MIT */
#include "os/os.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A carrier's own stack holds little: tasks have theirs, handlers run on the alternate stack. */
enum { THREAD_STACK_SIZE = 256 << 10 };

int hki_os_thread_start(uintptr_t *thread, void *(*fn)(void *), void *arg)
{
	pthread_t id;
	pthread_attr_t attributes;
	int error = pthread_attr_init(&attributes);
	if (error)
		return -error;
	pthread_attr_setstacksize(&attributes, THREAD_STACK_SIZE);
	error = pthread_create(&id, &attributes, fn, arg);
	if (error == EINVAL) /* the program's thread-local data alone is larger */
		error = pthread_create(&id, NULL, fn, arg);
	pthread_attr_destroy(&attributes);
	*thread = (uintptr_t)id;
	return -error;
}

int hki_os_thread_start_deaf(uintptr_t *thread, void *(*fn)(void *), void *arg)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = hki_os_thread_start(thread, fn, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

static pthread_once_t at_end_once = PTHREAD_ONCE_INIT;
static pthread_key_t at_end_key;
static int at_end_error;

static void call_at_end(void *fn)
{
	((void (*)(void))(uintptr_t)fn)();
}

static void make_at_end_key(void)
{
	at_end_error = pthread_key_create(&at_end_key, call_at_end);
}

int hki_os_thread_at_end(void (*fn)(void))
{
	pthread_once(&at_end_once, make_at_end_key);
	if (at_end_error)
		return -at_end_error;
	return -pthread_setspecific(at_end_key, (const void *)(uintptr_t)fn);
}

void hki_os_thread_join(uintptr_t thread)
{
	pthread_join((pthread_t)thread, NULL);
}

uint32_t hki_os_thread_id(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

/* A folder has a link from its parent, one from itself, and one from each folder in it. */
int hki_os_thread_count(void)
{
	struct stat status;
	if (stat("/proc/self/task", &status) != 0)
		return -errno;
	return (int)status.st_nlink - 2;
}

void hki_os_thread_yield(void)
{
	sched_yield();
}
