/* SPDX-License-Identifier: MIT */
/* Calls from signal handlers, from forked children, and of programs built with _FORTIFY_SOURCE. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

/*
 * Goal: a handler may call what it may call anywhere, and even wait when it has interrupted the
 * runtime, where no task can. Method: a timer fires all the time while tasks switch; its handler
 * writes to a socket, and sleeps where hk_task_can_wait() says no, until it did so 20 times.
 */
static int handler_ends[2];
static atomic_int inside, unwritten;

static void write_in_handler(int signal)
{
	const struct timespec moment = { 0, 1000 };
	int error = error_now();

	(void)signal;
	if (write(handler_ends[1], "x", 1) != 1)
		unwritten++;
	if (hk_task_id() != 0 && !hk_task_can_wait()) {
		unwritten += nanosleep(&moment, NULL) != 0;
		inside++;
	}
	errno = error;
}

static int switch_often(void *arg)
{
	char byte;

	(void)arg;
	while (inside < 20) {
		for (int i = 0; i < 50; i++)
			hk_yield();
		ck_assert_int_eq(hk_sleep(10 * HK_US), 0);
		if (hk_task_id() == 2)
			while (recv(handler_ends[0], &byte, 1, MSG_DONTWAIT) == 1)
				;
	}
	return 0;
}

static int switch_all(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 3; i++)
		hk_spawn(&s, switch_often, NULL);
	return hk_join(&s);
}

START_TEST(a_handler_may_write)
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction action = { .sa_handler = write_in_handler, .sa_flags = SA_RESTART };

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, handler_ends), 0);
	ck_assert_int_eq(sigaction(SIGPROF, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_PROF, &often, NULL), 0);
	ck_assert_int_eq(hkt_run(_i, switch_all, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_PROF, &never, NULL), 0);
	ck_assert_int_eq(unwritten, 0);
}
END_TEST

/* Goal: in a process that a task has forked, the calls are libc's: there is no runtime. */
static int child_ends[2];

static int be_child(void)
{
	const struct timespec moment = { 0, 1000000 };
	char byte;

	if (nanosleep(&moment, NULL) != 0 || poll(NULL, 0, 1) != 0)
		return 1;
	return read(child_ends[0], &byte, 1) == 1 && byte == 'x' ? 0 : 2;
}

static int fork_child(void *arg)
{
	int status;
	pid_t pid = fork();

	(void)arg;
	if (pid == 0)
		_exit(be_child());
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(usleep(20000), 0);
	ck_assert_int_eq(write(child_ends[1], "x", 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	return 0;
}

START_TEST(a_forked_child_gets_libc)
{
	hkt_pipe(child_ends);
	ck_assert_int_eq(hkt_run(_i, fork_child, NULL), 0);
}
END_TEST

/* Goal: what _FORTIFY_SOURCE makes of the calls parks as well, and still finds a short buffer. */
ssize_t __read_chk(int fd, void *buf, size_t len, size_t size);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size);

static int write_checked(void *fd)
{
	ck_assert_int_eq(write(*(int *)fd, "ab", 2), 2);
	return 0;
}

static int call_checked(void *arg)
{
	char byte = '?';
	int ends[2];

	(void)arg;
	hkt_pipe(ends);
	struct pollfd fds = { ends[0], POLLIN, 0 };
	HK_SCOPE(s);
	ck_assert_int_eq(hk_spawn(&s, write_checked, &ends[1]), 0);
	ck_assert_int_eq(__poll_chk(&fds, 1, -1, sizeof(fds)), 1);
	ck_assert_int_eq(__read_chk(ends[0], &byte, 1, 1), 1);
	ck_assert_int_eq(byte, 'a');
	return hk_join(&s);
}

static int overrun(void *arg)
{
	char byte;

	(void)arg;
	return (int)__read_chk(0, &byte, 2, 1);
}

START_TEST(fortified_calls_park)
{
	static struct hkt_child child;

	ck_assert_int_eq(hkt_run(0, call_checked, NULL), 0);
	hkt_child_run(&child, NULL, overrun);
	hkt_assert_signal(&child, SIGABRT, "buffer overflow detected");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("posix/guests");
	TCase *tc = hkt_case(suite, "guests", 20);

	hkt_add_workers(tc, a_handler_may_write);
	hkt_add_every(tc, a_forked_child_gets_libc);
	tcase_add_test(tc, fortified_calls_park);
	return hkt_main(suite);
}
