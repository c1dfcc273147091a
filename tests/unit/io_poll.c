/* SPDX-License-Identifier: MIT */
/* hk_poll(): what it reports, and when it returns. */
#include "../check_hocket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];

/* Goal: what is ready now is reported at once, like poll(2). Method: ready, idle, odd entries. */
static int poll_now(void *arg)
{
	int file = open("/proc/self/exe", O_RDONLY), other[2];
	struct pollfd fds[6];

	(void)arg;
	hkt_pipe(other);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	fds[0] = (struct pollfd){ ends[0], POLLIN, -1 };
	fds[1] = (struct pollfd){ other[0], POLLIN, -1 };
	fds[2] = (struct pollfd){ -5, POLLIN, -1 };
	fds[3] = (struct pollfd){ 99999, POLLIN, -1 };
	fds[4] = (struct pollfd){ file, POLLIN | POLLOUT, -1 };
	fds[5] = (struct pollfd){ ends[1], POLLOUT, -1 };
	for (int i = 0; i < 3; i++) {
		hk_time deadline = i == 0 ? 0 : i == 1 ? HK_FOREVER : hk_now() + HK_S;

		ck_assert_int_eq(hk_poll(fds, 6, deadline), 4);
		ck_assert_int_eq(fds[0].revents, POLLIN);
		ck_assert_int_eq(fds[1].revents, 0);
		ck_assert_int_eq(fds[2].revents, 0);
		ck_assert_int_eq(fds[3].revents, POLLNVAL);
		ck_assert_int_eq(fds[4].revents, POLLIN | POLLOUT);
		ck_assert_int_eq(fds[5].revents, POLLOUT);
	}
	close(other[1]);
	ck_assert_int_eq(hk_poll(&fds[1], 1, HK_FOREVER), 1);
	ck_assert_int_eq(fds[1].revents, POLLHUP);
	close(other[0]);
	close(file);
	return 0;
}

START_TEST(what_is_ready_is_reported_at_once)
{
	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, poll_now, NULL), 0);
}
END_TEST

/* Goal: a deadline ends the wait with 0 and not early. Method: an idle pipe, and no entries. */
static int poll_until(void *arg)
{
	struct pollfd fds[2] = { { ends[0], POLLIN, -1 }, { -1, POLLIN, -1 } };
	hk_time deadline = hk_now() + 20 * HK_MS;

	(void)arg;
	ck_assert_int_eq(hk_poll(fds, 2, 0), 0);
	ck_assert_int_eq(hk_poll(fds, 2, -1), 0);
	ck_assert_int_eq(hk_poll(fds, 2, deadline), 0);
	ck_assert_int_ge(hk_now(), deadline);
	ck_assert_int_eq(fds[0].revents, 0);
	ck_assert_int_eq(fds[1].revents, 0);
	deadline = hk_now() + 20 * HK_MS;
	ck_assert_int_eq(hk_poll(NULL, 0, deadline), 0);
	ck_assert_int_ge(hk_now(), deadline);
	deadline = hk_now() + 20 * HK_MS;
	ck_assert_int_eq(hk_poll(&fds[1], 1, deadline), 0);
	ck_assert_int_ge(hk_now(), deadline);
	return 0;
}

START_TEST(a_deadline_ends_the_wait)
{
	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, poll_until, NULL), 0);
}
END_TEST

/* Goal: the entry that becomes ready ends the wait. Method: 200 pipes, one is written later. */
enum { PIPES = 200 };
static int pipes[PIPES][2];

static int poll_pipes(void *arg)
{
	struct pollfd fds[PIPES];

	for (int i = 0; i < PIPES; i++)
		fds[i] = (struct pollfd){ pipes[i][0], POLLIN, 0 };
	ck_assert_int_eq(hk_poll(fds, PIPES, HK_FOREVER), 1);
	for (int i = 0; i < PIPES; i++)
		ck_assert_int_eq(fds[i].revents, i == *(int *)arg ? POLLIN : 0);
	return 0;
}

static int write_one_of_many(void *arg)
{
	char c;

	(void)arg;
	for (int which = 0; which < PIPES; which += 33) {
		HK_SCOPE(s);
		hk_spawn(&s, poll_pipes, &which);
		hk_spawn(&s, poll_pipes, &which);
		ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
		ck_assert_int_eq(hk_write(pipes[which][1], "x", 1), 1);
		ck_assert_int_eq(hk_join(&s), 0);
		ck_assert_int_eq(hk_read(pipes[which][0], &c, 1), 1);
	}
	return 0;
}

START_TEST(one_of_many_ends_the_wait)
{
	for (int i = 0; i < PIPES; i++)
		hkt_pipe(pipes[i]);
	ck_assert_int_eq(hkt_run(_i, write_one_of_many, NULL), 0);
}
END_TEST

/* Goal: one descriptor may stand in several entries. Method: both directions of a socket. */
static int poll_twice(void *arg)
{
	struct pollfd fds[3] = { { ends[0], POLLIN, 0 }, { ends[0], POLLIN, 0 },
		{ ends[0], POLLIN | POLLPRI, 0 } };

	(void)arg;
	ck_assert_int_eq(hk_poll(fds, 3, HK_FOREVER), 3);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(fds[i].revents, POLLIN);
	return 0;
}

static int write_to_polled(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, poll_twice, NULL);
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	ck_assert_int_eq(hk_write(ends[1], "x", 1), 1);
	return hk_join(&s);
}

START_TEST(a_descriptor_may_stand_in_several_entries)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(hkt_run(_i, write_to_polled, NULL), 0);
}
END_TEST

/* Goal: hang-ups end a wait even when nothing was asked for. Method: events 0, then close. */
static int poll_for_nothing(void *arg)
{
	struct pollfd fd = { ends[0], 0, 0 };

	(void)arg;
	ck_assert_int_eq(hk_poll(&fd, 1, HK_FOREVER), 1);
	ck_assert_int_ne(fd.revents & POLLHUP, 0);
	return 0;
}

static int hang_up(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, poll_for_nothing, NULL);
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	close(ends[1]);
	return hk_join(&s);
}

START_TEST(a_hang_up_ends_the_wait)
{
	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, hang_up, NULL), 0);
}
END_TEST

/* Goal: more entries than descriptors are allowed is -EINVAL. Method: one more than the limit. */
static int poll_too_many(void *arg)
{
	struct rlimit limit;
	struct pollfd *fds;
	nfds_t n;

	(void)arg;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	n = limit.rlim_cur + 1;
	fds = calloc(n, sizeof(*fds));
	ck_assert_ptr_nonnull(fds);
	for (nfds_t i = 0; i < n; i++)
		fds[i].fd = -1;
	ck_assert_int_eq(hk_poll(fds, n, 0), -EINVAL);
	ck_assert_int_eq(hk_poll(fds, n, HK_FOREVER), -EINVAL);
	ck_assert_int_eq(hk_poll(fds, n - 1, 0), 0);
	free(fds);
	return 0;
}

START_TEST(too_many_entries_are_refused)
{
	struct rlimit limit = { 256, 256 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(hkt_run(_i, poll_too_many, NULL), 0);
}
END_TEST

/* Goal: a task polls and another reads one descriptor. Method: both wait, then two bytes. */
static int poll_in(void *arg)
{
	struct pollfd fd = { ends[0], POLLIN, 0 };

	(void)arg;
	ck_assert_int_eq(hk_poll(&fd, 1, HK_FOREVER), 1);
	return 0;
}

static int read_in(void *arg)
{
	char c;

	(void)arg;
	ck_assert_int_eq(hk_read(ends[0], &c, 1), 1);
	return 0;
}

static int poll_and_read(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, poll_in, NULL);
	hk_spawn(&s, read_in, NULL);
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	ck_assert_int_eq(hk_write(ends[1], "ab", 2), 2);
	return hk_join(&s);
}

START_TEST(polling_and_reading_go_together)
{
	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, poll_and_read, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/io_poll");
	TCase *tc = hkt_case(suite, "poll", 20);

	hkt_add_every(tc, what_is_ready_is_reported_at_once);
	hkt_add_every(tc, a_deadline_ends_the_wait);
	hkt_add_overlap(tc, one_of_many_ends_the_wait);
	hkt_add_overlap(tc, a_descriptor_may_stand_in_several_entries);
	hkt_add_overlap(tc, a_hang_up_ends_the_wait);
	hkt_add_every(tc, too_many_entries_are_refused);
	hkt_add_overlap(tc, polling_and_reading_go_together);
	return hkt_main(suite);
}
