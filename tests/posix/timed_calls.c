/* SPDX-License-Identifier: MIT */
/* Calls that wait to the end of their own time. */
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

static struct timespec span_of(hk_time ns)
{
	return (struct timespec){ ns / HK_S, ns % HK_S };
}

static hk_time clock_ns(clockid_t clock)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(clock, &now), 0);
	return now.tv_sec * HK_S + now.tv_nsec;
}

/* The call whose arguments follow gave `wanted` (with this errno, when it is -1), not before ns. */
#define LASTS(ns, wanted, error, call)                                                             \
	do {                                                                                       \
		hk_time begin_ = hk_now();                                                         \
		long got_ = (call);                                                                \
		int error_ = error_now();                                                          \
		hk_time took_ = hk_now() - begin_;                                                 \
		ck_assert_msg(got_ == (wanted) && (got_ != -1 || error_ == (error)),               \
			"%s gave %ld, errno %d", #call, got_, error_);                             \
		ck_assert_msg(took_ >= (ns), "%s was %lld ns short of %lld", #call,                \
			(long long)((ns)-took_), (long long)(ns));                                 \
	} while (0)

/* The same for a point in time on a clock. */
#define LASTS_UNTIL(clock, deadline, wanted, error, call)                                          \
	do {                                                                                       \
		LASTS(0, wanted, error, call);                                                     \
		ck_assert_int_ge(clock_ns(clock), deadline);                                       \
	} while (0)

/*
 * What is left is not looked at: without libhocket-posix the kernel may have written it for a call
 * that it ended and that was made again (doc/internals/preempt.md). POSIX says nothing of it when
 * the call succeeds.
 */
static void make_nanosleep(hk_time ns)
{
	struct timespec span = span_of(ns), left;

	LASTS(ns, 0, 0, nanosleep(&span, &left));
}

static void make_usleep(hk_time ns)
{
	LASTS(ns / HK_US * HK_US, 0, 0, usleep((useconds_t)(ns / HK_US)));
}

static void make_clock_nanosleep(hk_time ns)
{
	struct timespec span = span_of(ns);

	LASTS(ns, 0, 0, clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL));
}

static void make_clock_nanosleep_realtime(hk_time ns)
{
	struct timespec span = span_of(ns);

	LASTS(ns, 0, 0, clock_nanosleep(CLOCK_REALTIME, 0, &span, NULL));
}

static void sleep_until(clockid_t clock, hk_time ns)
{
	hk_time deadline = clock_ns(clock) + ns;
	struct timespec until = span_of(deadline);

	LASTS_UNTIL(clock, deadline, 0, 0, clock_nanosleep(clock, TIMER_ABSTIME, &until, NULL));
}

static void make_clock_nanosleep_until(hk_time ns)
{
	sleep_until(CLOCK_MONOTONIC, ns);
}

static void make_clock_nanosleep_until_realtime(hk_time ns)
{
	sleep_until(CLOCK_REALTIME, ns);
}

static void make_clock_nanosleep_until_boottime(hk_time ns)
{
	sleep_until(CLOCK_BOOTTIME, ns);
}

static int ms_of(hk_time ns)
{
	return (int)((ns + HK_MS - 1) / HK_MS);
}

static void make_poll(hk_time ns)
{
	int ends[2];

	hkt_pipe(ends);
	struct pollfd fds[] = { { ends[0], POLLIN, 77 }, { -1, POLLIN, 77 } };
	LASTS(ms_of(ns) * HK_MS, 0, 0, poll(fds, 2, ms_of(ns)));
	ck_assert_int_eq(fds[0].revents, 0);
	ck_assert_int_eq(fds[1].revents, 0);
	LASTS(ms_of(ns) * HK_MS, 0, 0, poll(NULL, 0, ms_of(ns)));
	close(ends[0]);
	close(ends[1]);
}

static void make_ppoll(hk_time ns)
{
	struct timespec span = span_of(ns);
	int ends[2];
	sigset_t none;

	hkt_pipe(ends);
	sigemptyset(&none);
	sigaddset(&none, SIGUSR2);
	struct pollfd fds[] = { { ends[0], POLLIN, 77 } };
	LASTS(ns, 0, 0, ppoll(fds, 1, &span, NULL));
	LASTS(ns, 0, 0, ppoll(fds, 1, &span, &none));
	ck_assert_int_eq(fds[0].revents, 0);
	close(ends[0]);
	close(ends[1]);
}

static void make_select(hk_time ns)
{
	struct timeval timeout = { ns / HK_S, ns % HK_S / HK_US };
	int ends[2];
	fd_set set;

	hkt_pipe(ends);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	LASTS(ns / HK_US * HK_US, 0, 0, select(ends[0] + 1, &set, NULL, NULL, &timeout));
	ck_assert(!FD_ISSET(ends[0], &set));
	ck_assert_int_eq(timeout.tv_sec, 0);
	ck_assert_int_eq(timeout.tv_usec, 0);
	timeout.tv_usec = ns / HK_US;
	LASTS(ns / HK_US * HK_US, 0, 0, select(0, NULL, NULL, NULL, &timeout));
	close(ends[0]);
	close(ends[1]);
}

static void make_pselect(hk_time ns)
{
	struct timespec span = span_of(ns);
	int ends[2];
	fd_set set;
	sigset_t none;

	hkt_pipe(ends);
	sigemptyset(&none);
	sigaddset(&none, SIGUSR2);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	LASTS(ns, 0, 0, pselect(ends[0] + 1, &set, NULL, NULL, &span, NULL));
	ck_assert(!FD_ISSET(ends[0], &set));
	ck_assert_int_eq(span.tv_sec * HK_S + span.tv_nsec, ns);
	LASTS(ns, 0, 0, pselect(ends[0] + 1, &set, NULL, NULL, &span, &none));
	close(ends[0]);
	close(ends[1]);
}

static int epoll_of(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	ck_assert_int_ge(epoll, 0);
	ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
	return epoll;
}

static void make_epoll_wait(hk_time ns)
{
	struct epoll_event event;
	int ends[2];

	hkt_pipe(ends);
	int epoll = epoll_of(ends[0]);
	LASTS(ms_of(ns) * HK_MS, 0, 0, epoll_wait(epoll, &event, 1, ms_of(ns)));
	close(epoll);
	close(ends[0]);
	close(ends[1]);
}

static void make_epoll_pwait(hk_time ns)
{
	struct epoll_event event;
	int ends[2];
	sigset_t none;

	hkt_pipe(ends);
	sigemptyset(&none);
	sigaddset(&none, SIGUSR2);
	int epoll = epoll_of(ends[0]);
	LASTS(ms_of(ns) * HK_MS, 0, 0, epoll_pwait(epoll, &event, 1, ms_of(ns), NULL));
	LASTS(ms_of(ns) * HK_MS, 0, 0, epoll_pwait(epoll, &event, 1, ms_of(ns), &none));
	close(epoll);
	close(ends[0]);
	close(ends[1]);
}

static void make_sem_timedwait(hk_time ns)
{
	hk_time deadline = clock_ns(CLOCK_REALTIME) + ns;
	struct timespec until = span_of(deadline);
	sem_t sem;

	ck_assert_int_eq(sem_init(&sem, 0, 0), 0);
	LASTS_UNTIL(CLOCK_REALTIME, deadline, -1, ETIMEDOUT, sem_timedwait(&sem, &until));
	sem_destroy(&sem);
}

static void make_sem_clockwait(hk_time ns)
{
	hk_time deadline = clock_ns(CLOCK_MONOTONIC) + ns;
	struct timespec until = span_of(deadline);
	sem_t sem;

	ck_assert_int_eq(sem_init(&sem, 0, 0), 0);
	LASTS_UNTIL(CLOCK_MONOTONIC, deadline, -1, ETIMEDOUT,
		sem_clockwait(&sem, CLOCK_MONOTONIC, &until));
	sem_destroy(&sem);
}

static void make_semtimedop(hk_time ns)
{
	struct timespec span = span_of(ns);
	struct sembuf take = { 0, -1, 0 };
	int set = semget(IPC_PRIVATE, 1, 0600);

	ck_assert_int_ge(set, 0);
	LASTS(ns, -1, EAGAIN, semtimedop(set, &take, 1, &span));
	semctl(set, 0, IPC_RMID);
}

static void make_sigtimedwait(hk_time ns)
{
	struct timespec span = span_of(ns);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	LASTS(ns, -1, EAGAIN, sigtimedwait(&set, NULL, &span));
}

/* A socket's limit has microseconds, of which 0 would be no limit. */
static void make_recv(hk_time ns)
{
	int ends[2];
	char byte;

	socket_pair(ends, ns);
	LASTS(ns / HK_US * HK_US, -1, EAGAIN, recv(ends[0], &byte, 1, 0));
	LASTS(ns / HK_US * HK_US, -1, EAGAIN, recv(ends[0], &byte, 1, MSG_WAITALL));
	LASTS(ns / HK_US * HK_US, -1, EAGAIN, recvfrom(ends[0], &byte, 1, 0, NULL, NULL));
	close(ends[0]);
	close(ends[1]);
}

static void make_recvmsg(hk_time ns)
{
	int ends[2];
	char byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	socket_pair(ends, ns);
	LASTS(ns / HK_US * HK_US, -1, EAGAIN, recvmsg(ends[0], &message, 0));
	LASTS(ns / HK_US * HK_US, -1, EAGAIN, read(ends[0], &byte, 1));
	close(ends[0]);
	close(ends[1]);
}

static void make_send(hk_time ns)
{
	int ends[2];
	char byte = 'x';
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	socket_pair(ends, ns);
	fill(ends[0]);
	LASTS(ns / HK_US * HK_US, -1, EAGAIN, send(ends[0], &byte, 1, MSG_NOSIGNAL));
	LASTS(ns / HK_US * HK_US, -1, EAGAIN, sendto(ends[0], &byte, 1, 0, NULL, 0));
	LASTS(ns / HK_US * HK_US, -1, EAGAIN, sendmsg(ends[0], &message, 0));
	LASTS(ns / HK_US * HK_US, -1, EAGAIN, write(ends[0], &byte, 1));
	close(ends[0]);
	close(ends[1]);
}

static void make_accept(hk_time ns)
{
	struct timeval limit = { ns / HK_S, ns % HK_S / HK_US };
	struct sockaddr address = { .sa_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, &address, sizeof(address.sa_family)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	LASTS(ns / HK_US * HK_US, -1, EAGAIN, accept(fd, NULL, NULL));
	LASTS(ns / HK_US * HK_US, -1, EAGAIN, accept4(fd, NULL, NULL, SOCK_CLOEXEC));
	close(fd);
}

const struct call timed_calls[] = {
	{ "nanosleep", make_nanosleep, false },
	{ "usleep", make_usleep, false },
	{ "clock_nanosleep", make_clock_nanosleep, false },
	{ "clock_nanosleep CLOCK_REALTIME", make_clock_nanosleep_realtime, false },
	{ "clock_nanosleep TIMER_ABSTIME", make_clock_nanosleep_until, false },
	{ "clock_nanosleep TIMER_ABSTIME CLOCK_REALTIME", make_clock_nanosleep_until_realtime,
		true },
	{ "clock_nanosleep TIMER_ABSTIME CLOCK_BOOTTIME", make_clock_nanosleep_until_boottime,
		true },
	{ "poll", make_poll, false },
	{ "ppoll", make_ppoll, false },
	{ "select", make_select, false },
	{ "pselect", make_pselect, false },
	{ "epoll_wait", make_epoll_wait, false },
	{ "epoll_pwait", make_epoll_pwait, false },
	{ "sem_timedwait", make_sem_timedwait, true },
	{ "sem_clockwait", make_sem_clockwait, true },
	{ "semtimedop", make_semtimedop, true },
	{ "sigtimedwait", make_sigtimedwait, true },
	{ "recv, recvfrom", make_recv, false },
	{ "recvmsg, read of a socket", make_recvmsg, false },
	{ "send, sendto, sendmsg, write to a socket", make_send, false },
	{ "accept, accept4", make_accept, false },
};
const int timed_count = sizeof(timed_calls) / sizeof(timed_calls[0]);
