/* SPDX-License-Identifier: MIT */
/*
 * Calls that fail at once, or need not wait: in a task they give what they give outside, which is
 * libc's. Method: each is made on both sides, and result and errno are compared with each other and
 * with what the manual says.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

/* Descriptors that every call below may use. */
static int pipe_in, pipe_out, nonblocking, sockets[2], epoll, file, ear, unconnected;
static sem_t full;
static const struct timespec too_many_ns = { 0, 1000000000 }, negative = { -1, 0 }, zero = { 0, 0 },
			     millisecond = { 0, 1000000 }, past = { 1, 0 };
static char byte;

/* The compiler knows what is wrong with these: it must not. */
static void *volatile nowhere;
static volatile int bad_fd = -1;

static void open_all(void)
{
	struct sockaddr family = { .sa_family = AF_UNIX };
	int ends[2];

	hkt_pipe(ends);
	pipe_in = ends[0];
	pipe_out = ends[1];
	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	nonblocking = ends[0];
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	epoll = epoll_create1(0);
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(file, 0);
	ear = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(ear, &family, sizeof(family.sa_family)), 0);
	ck_assert_int_eq(listen(ear, 1), 0);
	unconnected = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(sem_init(&full, 0, 1000), 0);
}

#define BAD(name, call)                                                                            \
	static long name(void)                                                                     \
	{                                                                                          \
		return call;                                                                       \
	}

BAD(sleep_ns, nanosleep(&too_many_ns, NULL))
BAD(sleep_negative, nanosleep(&negative, NULL))
BAD(sleep_nowhere, nanosleep(nowhere, NULL))
BAD(sleep_zero, nanosleep(&zero, NULL))
BAD(sleep_usleep_zero, usleep(0))
BAD(sleep_sleep_zero, (long)sleep(0))
BAD(clock_ns, clock_nanosleep(CLOCK_MONOTONIC, 0, &too_many_ns, NULL))
BAD(clock_unknown, clock_nanosleep(4711, 0, &millisecond, NULL))
BAD(clock_thread, clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &millisecond, NULL))
BAD(clock_past, clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, NULL))
BAD(clock_past_real, clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL))
BAD(poll_nowhere, poll(nowhere, 1, 10))
BAD(poll_zero, poll(NULL, 0, 0))
BAD(ppoll_ns, ppoll(NULL, 0, &too_many_ns, NULL))
BAD(ppoll_negative, ppoll(NULL, 0, &negative, NULL))
BAD(epoll_none, epoll_wait(epoll, (struct epoll_event[1]){ { 0 } }, 0, 10))
BAD(epoll_bad, epoll_wait(bad_fd, (struct epoll_event[1]){ { 0 } }, 1, 10))
BAD(epoll_not, epoll_wait(pipe_in, (struct epoll_event[1]){ { 0 } }, 1, 10))
BAD(select_negative, select(-1, NULL, NULL, NULL, NULL))
BAD(select_time, select(0, NULL, NULL, NULL, &(struct timeval){ 0, -1 }))
BAD(pselect_time, pselect(0, NULL, NULL, NULL, &too_many_ns, NULL))
BAD(read_bad, read(bad_fd, &byte, 1))
BAD(read_wrong_end, read(pipe_out, &byte, 1))
BAD(read_nothing, read(pipe_in, &byte, 0))
BAD(read_nonblocking, read(nonblocking, &byte, 1))
BAD(read_nowhere, read(file, nowhere, 1))
BAD(read_file, read(file, (char[3]){ 0 }, 3))
BAD(read_listener, read(ear, &byte, 1))
BAD(write_bad, write(bad_fd, &byte, 1))
BAD(write_wrong_end, write(pipe_in, &byte, 1))
BAD(write_nothing, write(pipe_out, &byte, 0))
BAD(recv_bad, recv(bad_fd, &byte, 1, 0))
BAD(recv_not, recv(pipe_in, &byte, 1, 0))
BAD(recv_now, recv(sockets[0], &byte, 1, MSG_DONTWAIT))
BAD(recv_unconnected, recv(unconnected, &byte, 1, 0))
BAD(recvmsg_nowhere, recvmsg(sockets[0], nowhere, MSG_DONTWAIT))
BAD(send_bad, send(bad_fd, &byte, 1, 0))
BAD(send_not, send(pipe_out, &byte, 1, 0))
BAD(send_unconnected, send(unconnected, &byte, 1, MSG_NOSIGNAL))
BAD(sendmsg_nowhere, sendmsg(sockets[0], nowhere, 0))
BAD(accept_bad, accept(bad_fd, NULL, NULL))
BAD(accept_not, accept(sockets[0], NULL, NULL))
BAD(accept_nonblocking, accept(ear, NULL, NULL))
BAD(accept_flags, accept4(ear, NULL, NULL, 1))
BAD(connect_bad, connect(bad_fd, NULL, 0))
BAD(connect_nobody, connect(sockets[0], &(struct sockaddr){ .sa_family = AF_UNIX }, 2))
BAD(sem_free, sem_wait(&full))
BAD(sem_past, sem_timedwait(&full, &past))
BAD(sem_ns, sem_timedwait(&full, &too_many_ns))
BAD(sem_clock, sem_clockwait(&full, CLOCK_PROCESS_CPUTIME_ID, &past))
BAD(msgrcv_bad, msgrcv(bad_fd, &byte, 0, 0, 0))
BAD(msgsnd_bad, msgsnd(bad_fd, &(long){ 1 }, 0, 0))
BAD(semop_bad, semop(bad_fd, &(struct sembuf){ 0, -1, 0 }, 1))
BAD(sigtimedwait_ns, sigtimedwait(&(sigset_t){ 0 }, NULL, &too_many_ns))
BAD(sigtimedwait_zero, sigtimedwait(&(sigset_t){ 0 }, NULL, &zero))

static const struct {
	const char *name;
	long (*call)(void);
	long result;
	int error;
} cases[] = {
#define CASE(name, ...)                                                                            \
	{                                                                                          \
#name, name, __VA_ARGS__                                                           \
	}
	CASE(sleep_ns, -1, EINVAL),
	CASE(sleep_negative, -1, EINVAL),
	CASE(sleep_nowhere, -1, EFAULT),
	CASE(sleep_zero, 0, 0),
	CASE(sleep_usleep_zero, 0, 0),
	CASE(sleep_sleep_zero, 0, 0),
	CASE(clock_ns, EINVAL, 0),
	CASE(clock_unknown, EINVAL, 0),
	CASE(clock_thread, EINVAL, 0),
	CASE(clock_past, 0, 0),
	CASE(clock_past_real, 0, 0),
	CASE(poll_nowhere, -1, EFAULT),
	CASE(poll_zero, 0, 0),
	CASE(ppoll_ns, -1, EINVAL),
	CASE(ppoll_negative, -1, EINVAL),
	CASE(epoll_none, -1, EINVAL),
	CASE(epoll_bad, -1, EBADF),
	CASE(epoll_not, -1, EINVAL),
	CASE(select_negative, -1, EINVAL),
	CASE(select_time, -1, EINVAL),
	CASE(pselect_time, -1, EINVAL),
	CASE(read_bad, -1, EBADF),
	CASE(read_wrong_end, -1, EBADF),
	CASE(read_nothing, 0, 0),
	CASE(read_nonblocking, -1, EAGAIN),
	CASE(read_nowhere, -1, EFAULT),
	CASE(read_file, 3, 0),
	CASE(read_listener, -1, EINVAL),
	CASE(write_bad, -1, EBADF),
	CASE(write_wrong_end, -1, EBADF),
	CASE(write_nothing, 0, 0),
	CASE(recv_bad, -1, EBADF),
	CASE(recv_not, -1, ENOTSOCK),
	CASE(recv_now, -1, EAGAIN),
	CASE(recv_unconnected, -1, ENOTCONN),
	CASE(recvmsg_nowhere, -1, EFAULT),
	CASE(send_bad, -1, EBADF),
	CASE(send_not, -1, ENOTSOCK),
	CASE(send_unconnected, -1, EPIPE),
	CASE(sendmsg_nowhere, -1, EFAULT),
	CASE(accept_bad, -1, EBADF),
	CASE(accept_not, -1, EINVAL),
	CASE(accept_nonblocking, -1, EAGAIN),
	CASE(accept_flags, -1, EINVAL),
	CASE(connect_bad, -1, EBADF),
	CASE(connect_nobody, -1, EINVAL),
	CASE(sem_free, 0, 0),
	CASE(sem_past, 0, 0),
	CASE(sem_ns, -1, EINVAL),
	CASE(sem_clock, -1, EINVAL),
	CASE(msgrcv_bad, -1, EINVAL),
	CASE(msgsnd_bad, -1, EINVAL),
	CASE(semop_bad, -1, EINVAL),
	CASE(sigtimedwait_ns, -1, EINVAL),
	CASE(sigtimedwait_zero, -1, EAGAIN),
};
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

/* errno is set to one that no call gives: one that succeeds leaves it alone. */
static __attribute__((noinline)) void set_errno(int error)
{
	errno = error;
}

static int check_all(void *where)
{
	for (int i = 0; i < CASES; i++) {
		set_errno(ESTALE);
		long result = cases[i].call();
		int error = error_now();
		int wanted = cases[i].result == -1 ? cases[i].error : ESTALE;

		ck_assert_msg(result == cases[i].result && error == wanted,
			"%s: %s gave %ld with errno %d, not %ld with %d", (const char *)where,
			cases[i].name, result, error, cases[i].result, wanted);
	}
	return 0;
}

START_TEST(errors_are_those_of_libc)
{
	open_all();
	check_all((void *)(uintptr_t) "outside");
	ck_assert_int_eq(hkt_run(_i, check_all, (void *)(uintptr_t) "in a task"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("posix/errors");
	TCase *tc = hkt_case(suite, "errors", 10);

	hkt_add_every(tc, errors_are_those_of_libc);
	return hkt_main(suite);
}
