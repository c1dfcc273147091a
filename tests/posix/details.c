/* SPDX-License-Identifier: MIT */
/* Cancellation, parts, crowds at one descriptor, and where poll() knows less than the call. */
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

/*
 * Goal: a cancelled task leaves a call that parks, with ECANCELED and what was left of its time.
 * Method: each of the calls waits for ever; the owner cancels them all when hk_dump() shows them
 * waiting.
 */
static int idle_ends[2], idle_sockets[2], idle_epoll;

static void assert_cancelled(long result)
{
	int error = error_now();

	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(error, ECANCELED);
}

static int wait_nanosleep(void *arg)
{
	struct timespec span = { 1000, 0 }, left = { 0, 0 };

	(void)arg;
	assert_cancelled(nanosleep(&span, &left));
	ck_assert_int_gt(left.tv_sec, 900);
	ck_assert_int_lt(left.tv_sec, 1000);
	/* Now it need not wait to know. */
	assert_cancelled(nanosleep(&span, NULL));
	assert_cancelled(usleep(1));
	left.tv_sec = 0;
	ck_assert_int_eq(clock_nanosleep(CLOCK_MONOTONIC, 0, &span, &left), ECANCELED);
	ck_assert_int_ge(left.tv_sec, 999);
	ck_assert_uint_eq(sleep(7), 7);
	return 0;
}

static int wait_poll(void *arg)
{
	struct pollfd fds = { idle_ends[0], POLLIN, 0 };

	(void)arg;
	assert_cancelled(poll(&fds, 1, -1));
	assert_cancelled(ppoll(&fds, 1, NULL, NULL));
	/* What is ready is had all the same. */
	fds = (struct pollfd){ idle_ends[1], POLLOUT, 0 };
	ck_assert_int_eq(poll(&fds, 1, -1), 1);
	return 0;
}

static int wait_select(void *arg)
{
	struct timeval timeout = { 1000, 0 };
	fd_set set;

	(void)arg;
	FD_ZERO(&set);
	FD_SET(idle_ends[0], &set);
	assert_cancelled(select(idle_ends[0] + 1, &set, NULL, NULL, &timeout));
	ck_assert(FD_ISSET(idle_ends[0], &set));
	ck_assert_int_gt(timeout.tv_sec, 900);
	ck_assert_int_lt(timeout.tv_sec, 1000);
	return 0;
}

static int wait_epoll(void *arg)
{
	struct epoll_event event;

	(void)arg;
	assert_cancelled(epoll_wait(idle_epoll, &event, 1, -1));
	return 0;
}

static int wait_stream(void *arg)
{
	char byte;

	(void)arg;
	assert_cancelled(read(idle_ends[0], &byte, 1));
	assert_cancelled(recv(idle_sockets[0], &byte, 1, 0));
	assert_cancelled(read(idle_sockets[0], &byte, 1));
	ck_assert_int_eq(send(idle_sockets[0], "x", 1, 0), 1);
	return 0;
}

static int cancel_them(void *arg)
{
	int (*const waits[])(
		void *) = { wait_nanosleep, wait_poll, wait_select, wait_epoll, wait_stream };

	(void)arg;
	HK_SCOPE(s);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		ck_assert_int_eq(hk_spawn(&s, waits[i], NULL), 0);
	hkt_await(5, "sleeps|waits in hk_");
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	return 0;
}

START_TEST(a_cancelled_call_ends)
{
	struct epoll_event event = { .events = EPOLLIN };

	hkt_pipe(idle_ends);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, idle_sockets), 0);
	idle_epoll = epoll_create1(0);
	ck_assert_int_eq(epoll_ctl(idle_epoll, EPOLL_CTL_ADD, idle_ends[0], &event), 0);
	ck_assert_int_eq(hkt_run(_i, cancel_them, NULL), 0);
}
END_TEST

/* Goal: what only the kernel waits for goes on, and gets what it waits for. */
static sem_t late;

static int wait_semaphore(void *arg)
{
	(void)arg;
	ck_assert_int_eq(sem_wait(&late), 0);
	ck_assert(hk_task_cancelled());
	return 0;
}

static int cancel_waiter(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	ck_assert_int_eq(hk_spawn(&s, wait_semaphore, NULL), 0);
	ck_assert_int_eq(hk_sleep(10 * HK_MS), 0);
	hk_cancel(&s);
	sem_post(&late);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	return 0;
}

START_TEST(a_semaphore_is_no_cancellation_point)
{
	ck_assert_int_eq(sem_init(&late, 0, 0), 0);
	ck_assert_int_eq(hkt_run(_i, cancel_waiter, NULL), 0);
}
END_TEST

/*
 * Goal: a call that writes much writes all of it, in order. Method: a small pipe or socket, a task
 * that reads little by little, one worker.
 */
enum { MUCH = 300000, PARTS = 20 };
static int flow_ends[2];
static unsigned char much[MUCH], arrived[MUCH];

static int read_all(void *arg)
{
	(void)arg;
	for (size_t done = 0; done < MUCH;) {
		ssize_t got = read(flow_ends[0], arrived + done, 7001);

		ck_assert_int_gt(got, 0);
		done += (size_t)got;
		hk_yield();
	}
	return 0;
}

static int write_all(void *arg)
{
	struct iovec parts[PARTS];
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = PARTS };
	int how = *(int *)arg;

	for (size_t i = 0; i < PARTS; i++)
		parts[i] = (struct iovec){ much + i * (MUCH / PARTS), MUCH / PARTS };
	HK_SCOPE(s);
	ck_assert_int_eq(hk_spawn(&s, read_all, NULL), 0);
	ssize_t wrote = how == 2 ? sendmsg(flow_ends[1], &message, 0) :
		how == 3	 ? send(flow_ends[1], much, MUCH, 0) :
				   write(flow_ends[1], much, MUCH);
	ck_assert_int_eq(wrote, MUCH);
	ck_assert_ptr_eq(parts[PARTS - 1].iov_base, much + MUCH - MUCH / PARTS);
	return hk_join(&s);
}

START_TEST(much_is_written_whole)
{
	struct hkt_random random = hkt_random(0);
	int how = _i;

	for (size_t i = 0; i < MUCH; i++)
		much[i] = (unsigned char)hkt_random_below(&random, 256);
	if (how == 0)
		hkt_pipe(flow_ends);
	else
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, flow_ends), 0);
	ck_assert_int_eq(hkt_run(0, write_all, &how), 0);
	ck_assert(memcmp(much, arrived, MUCH) == 0);
}
END_TEST

/* Goal: many tasks at one socket: each connection and each byte goes to exactly one of them. */
enum { CROWD = 30 };
static int ear;
static struct sockaddr_un name;
static socklen_t name_len = sizeof(name);
static atomic_int sum;

static int serve(void *arg)
{
	char byte;
	int fd = accept(ear, NULL, NULL);

	(void)arg;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 1);
	sum += byte;
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
	close(fd);
	return 0;
}

static int visit(void *arg)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char byte = *(char *)arg;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&name, name_len), 0);
	ck_assert_int_eq(usleep(1000), 0);
	ck_assert_int_eq(write(fd, &byte, 1), 1);
	close(fd);
	return 0;
}

static int meet(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (char i = 1; i <= CROWD; i++)
		hk_spawn(&s, serve, NULL);
	ck_assert_int_eq(usleep(1000), 0);
	for (char i = 1; i <= CROWD; i++)
		hk_spawn_copy(&s, visit, &i, 1);
	return hk_join(&s);
}

START_TEST(a_crowd_shares_a_listener)
{
	struct sockaddr family = { .sa_family = AF_UNIX };

	ear = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(ear, &family, sizeof(family.sa_family)), 0);
	ck_assert_int_eq(listen(ear, 5), 0);
	ck_assert_int_eq(getsockname(ear, (struct sockaddr *)&name, &name_len), 0);
	ck_assert_int_eq(hkt_run(_i, meet, NULL), 0);
	ck_assert_int_eq(sum, CROWD * (CROWD + 1) / 2);
}
END_TEST

/*
 * Goal: poll() says ready for ever, but a datagram to a full socket does not fit: no busy loop, and
 * others go on. Method: a task empties the socket later.
 */
static int post_box[2]; /* the one that receives, an unconnected one that sends */

static int empty_later(void *arg)
{
	char byte;

	(void)arg;
	ck_assert_int_eq(usleep(20000), 0);
	while (recv(post_box[0], &byte, 1, MSG_DONTWAIT) == 1)
		;
	return 0;
}

static int overfill(void *arg)
{
	(void)arg;
	while (sendto(post_box[1], "x", 1, MSG_DONTWAIT, (struct sockaddr *)&name, name_len) == 1)
		;
	ck_assert_int_eq(error_now(), EAGAIN);
	HK_SCOPE(s);
	ck_assert_int_eq(hk_spawn(&s, empty_later, NULL), 0);
	ck_assert_int_eq(sendto(post_box[1], "y", 1, 0, (struct sockaddr *)&name, name_len), 1);
	return hk_join(&s);
}

START_TEST(a_contradiction_is_left_to_the_kernel)
{
	struct sockaddr family = { .sa_family = AF_UNIX };

	post_box[0] = socket(AF_UNIX, SOCK_DGRAM, 0);
	post_box[1] = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(post_box[0], &family, sizeof(family.sa_family)), 0);
	ck_assert_int_eq(getsockname(post_box[0], (struct sockaddr *)&name, &name_len), 0);
	ck_assert_int_eq(hkt_run(_i, overfill, NULL), 0);
}
END_TEST

/* Goal: a hang-up wakes poll(), but not a select() for exceptions, nor does it make it spin. */
static int select_exceptions(void *arg)
{
	struct timeval timeout = { 0, 20000 };
	hk_time begin = hk_now();
	int ends[2];
	fd_set set;

	(void)arg;
	hkt_pipe(ends);
	close(ends[1]);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	ck_assert_int_eq(select(ends[0] + 1, NULL, NULL, &set, &timeout), 0);
	ck_assert_int_ge(hk_now() - begin, 20 * HK_MS);
	ck_assert(!FD_ISSET(ends[0], &set));
	FD_SET(ends[0], &set);
	ck_assert_int_eq(select(ends[0] + 1, &set, NULL, NULL, NULL), 1);
	ck_assert(FD_ISSET(ends[0], &set));
	close(ends[0]);
	return 0;
}

/* Goal: a set may be shorter than n says, as long as no descriptor is that high. */
static int select_beyond(void *arg)
{
	struct timeval timeout = { 0, 10000 };
	fd_set *set = calloc(1, sizeof(*set));

	(void)arg;
	FD_SET(idle_ends[0], set);
	ck_assert_int_eq(select(1 << 20, set, NULL, NULL, &timeout), 0);
	free(set);
	return 0;
}

START_TEST(select_is_the_kernels)
{
	hkt_pipe(idle_ends);
	ck_assert_int_eq(hkt_run(_i, select_exceptions, NULL), 0);
	ck_assert_int_eq(hkt_run(_i, select_beyond, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("posix/details");
	TCase *tc = hkt_case(suite, "details", 20);

	hkt_add_overlap(tc, a_cancelled_call_ends);
	hkt_add_workers(tc, a_semaphore_is_no_cancellation_point);
	tcase_add_loop_test(tc, much_is_written_whole, 0, 4);
	hkt_add_workers(tc, a_crowd_shares_a_listener);
	hkt_add_workers(tc, a_contradiction_is_left_to_the_kernel);
	hkt_add_every(tc, select_is_the_kernels);
	return hkt_main(suite);
}
