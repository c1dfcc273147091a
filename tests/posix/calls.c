/* SPDX-License-Identifier: MIT */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

__attribute__((noinline)) int error_now(void)
{
	return errno;
}

static void *help(void *arg)
{
	struct helper *helper = arg;

	hkt_block(helper->ns);
	helper->acted = hk_now();
	do {
		helper->act(helper->arg);
		hkt_block(HK_MS);
	} while (!helper->once && !helper->over);
	return NULL;
}

void helper_start(struct helper *helper, hk_time ns, void (*act)(void *), void *arg)
{
	helper->ns = ns;
	helper->act = act;
	helper->arg = arg;
	helper->thread = hkt_thread(help, helper);
}

void helper_end(struct helper *helper)
{
	helper->over = true;
	pthread_join(helper->thread, NULL);
}

void calls_prepare(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
}

void socket_pair(int ends[2], hk_time ns)
{
	struct timeval limit = { ns / HK_S, ns % HK_S / HK_US };
	int room = 4096;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
	ck_assert_int_eq(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	ck_assert_int_eq(setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)), 0);
}

void fill(int fd)
{
	static const char block[4096];
	int flags = fcntl(fd, F_GETFL);

	ck_assert_int_eq(fcntl(fd, F_SETFL, flags | O_NONBLOCK), 0);
	for (size_t len = sizeof(block); len > 0; len /= 2)
		while (write(fd, block, len) > 0)
			;
	ck_assert_int_eq(error_now(), EAGAIN);
	ck_assert_int_eq(fcntl(fd, F_SETFL, flags), 0);
}
