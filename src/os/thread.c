/* SPDX-License-Identifier: MIT */
#include "os/os.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int hki_os_thread_start(uintptr_t *thread, void *(*fn)(void *), void *arg)
{
	pthread_t id;
	int error = pthread_create(&id, NULL, fn, arg);
	*thread = (uintptr_t)id;
	return -error;
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
