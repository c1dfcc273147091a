/* SPDX-License-Identifier: MIT */
#include "os/os.h"

#include <errno.h>
#include <time.h>

static int64_t read_clock(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t hki_os_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t hki_os_cpu_time(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void hki_os_sleep(int64_t ns)
{
	struct timespec left = { .tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000) };
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
}
