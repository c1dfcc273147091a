/* SPDX-License-Identifier: MIT */
/* Whether another thread runs or sleeps, and a barrier in all of them. */
#include "os/os.h"

#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int hki_os_thread_state_open(uint32_t thread_id)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/task/%u/stat", thread_id);
	return hki_os_keep_clear(open(path, O_RDONLY | O_CLOEXEC));
}

/* "1234 (name) S ...": the name may hold anything, so the last parenthesis counts. */
char hki_os_thread_state(int fd)
{
	char text[64];
	ssize_t len = pread(fd, text, sizeof text, 0);
	for (ssize_t i = len - 3; i > 0; i--) {
		if (text[i] == ')')
			return text[i + 2];
	}
	return 0;
}

int64_t hki_os_thread_cpu_time(uint32_t thread_id)
{
	/* What pthread_getcpuclockid() gives for a live thread: its number,
	   CPUCLOCK_PERTHREAD_MASK, CPUCLOCK_SCHED. */
	clockid_t clock = (clockid_t)((~thread_id << 3) | 6);
	struct timespec time;
	if (clock_gettime(clock, &time) != 0)
		return -1;
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int membarrier(int command)
{
	return (int)syscall(SYS_membarrier, command, 0, 0);
}

bool hki_os_barrier_open(void)
{
	return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

bool hki_os_barrier(void)
{
	return membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
}
