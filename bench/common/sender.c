/* SPDX-License-Identifier: MIT */
/* The process at the other end of a socket: a byte sequence, here the time, each millisecond. */
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void bench_sender(int fd, int64_t end)
{
	/* The sender's own lateness is no part of the figure, but it must send often enough. */
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	for (int64_t next = bench_now() + BENCH_MS; next < end; next += BENCH_MS) {
		struct timespec at = { next / BENCH_S, next % BENCH_S };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		int64_t now = bench_now();
		if (send(fd, &now, sizeof now, MSG_NOSIGNAL) != sizeof now)
			return;
		/* Those that could not be sent in time are left out. */
		while (next + BENCH_MS < now)
			next += BENCH_MS;
	}
}

int bench_sender_start(int64_t end)
{
	int ends[2];

	/* What is sent together is received together: one message, one sample. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		bench_fail("socketpair: errno %d", errno);
	pid_t pid = fork();
	if (pid < 0)
		bench_fail("fork: errno %d", errno);
	if (pid == 0) {
		close(ends[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		bench_sender(ends[1], end);
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}
