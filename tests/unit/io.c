/* SPDX-License-Identifier: MIT */
/*
 * hk_read() and hk_write() on every kind of descriptor, and what they return when there is
 * nothing to read, nobody to read, or no such descriptor.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

/*
 * Goal: bytes written to one end arrive at the other, where a reader waits. Method: the reader
 * is spawned first; each line is used in both directions where it has two.
 */
struct line {
	int in, out;
};

static int read_word(void *arg)
{
	const struct line *line = arg;
	char word[8] = "";

	ck_assert_int_eq(hk_read(line->in, word, sizeof(word) - 1), 4);
	ck_assert_str_eq(word, "soup");
	return 0;
}

static int pass_word(void *arg)
{
	const struct line *line = arg;

	HK_SCOPE(s);
	hk_spawn(&s, read_word, arg);
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	ck_assert_int_eq(hk_write(line->out, "soup", 4), 4);
	return hk_join(&s);
}

START_TEST(a_pipe_passes_bytes)
{
	int ends[2];

	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, pass_word, &(struct line){ ends[0], ends[1] }), 0);
}
END_TEST

START_TEST(a_socket_passes_bytes)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
	int ends[2];

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(socketpair(AF_UNIX, types[i], 0, ends), 0);
		ck_assert_int_eq(hkt_run(_i, pass_word, &(struct line){ ends[0], ends[1] }), 0);
		ck_assert_int_eq(hkt_run(_i, pass_word, &(struct line){ ends[1], ends[0] }), 0);
	}
}
END_TEST

START_TEST(a_terminal_passes_bytes)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	struct termios raw;

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	ck_assert_int_ge(slave, 0);
	ck_assert_int_eq(tcgetattr(slave, &raw), 0);
	cfmakeraw(&raw);
	ck_assert_int_eq(tcsetattr(slave, TCSANOW, &raw), 0);
	ck_assert_int_eq(hkt_run(_i, pass_word, &(struct line){ slave, master }), 0);
	ck_assert_int_eq(hkt_run(_i, pass_word, &(struct line){ master, slave }), 0);
}
END_TEST

/* Goal: an eventfd is waited for. Method: a task reads the counter before it is raised. */
static int read_counter(void *arg)
{
	uint64_t value = 0;

	ck_assert_int_eq(hk_read(*(int *)arg, &value, sizeof(value)), sizeof(value));
	ck_assert_uint_eq(value, 42);
	return 0;
}

static int raise_counter(void *arg)
{
	uint64_t value = 42;

	HK_SCOPE(s);
	hk_spawn(&s, read_counter, arg);
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	ck_assert_int_eq(hk_write(*(int *)arg, &value, sizeof(value)), sizeof(value));
	return hk_join(&s);
}

START_TEST(an_eventfd_is_waited_for)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	ck_assert_int_eq(hkt_run(_i, raise_counter, &fd), 0);
}
END_TEST

/* Goal: what epoll refuses is simply read and written. Method: a file, /dev/null, /dev/zero. */
static int use_file(void *arg)
{
	static char out[100000], in[100000];
	int fd = *(int *)arg;

	memset(out, 'f', sizeof(out));
	ck_assert_int_eq(hk_write(fd, out, sizeof(out)), sizeof(out));
	ck_assert_int_eq(hk_read(fd, in, 1), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(hk_read(fd, in, sizeof(in)), sizeof(in));
	ck_assert_int_eq(memcmp(in, out, sizeof(in)), 0);
	return 0;
}

static int use_devices(void *arg)
{
	int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY);
	char c = 1;

	(void)arg;
	ck_assert_int_eq(hk_write(null, "gone", 4), 4);
	ck_assert_int_eq(hk_read(null, &c, 1), 0);
	ck_assert_int_eq(hk_read(zero, &c, 1), 1);
	ck_assert_int_eq(c, 0);
	close(null);
	close(zero);
	return 0;
}

START_TEST(files_and_devices_are_read_and_written)
{
	struct hkt_file file;
	int fd;

	hkt_file(&file);
	fd = open(file.path, O_RDWR | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(hkt_run(_i, use_file, &fd), 0);
	ck_assert_int_eq(hkt_run(_i, use_devices, NULL), 0);
	close(fd);
	hkt_file_remove(&file);
}
END_TEST

/* Goal: errors of the system come back as they are. Method: bad, closed, wrong-way numbers. */
static int use_badly(void *arg)
{
	int ends[2], folder = open("/", O_RDONLY | O_DIRECTORY);
	char c;

	(void)arg;
	hkt_pipe(ends);
	ck_assert_int_eq(hk_read(-1, &c, 1), -EBADF);
	ck_assert_int_eq(hk_write(-1, "x", 1), -EBADF);
	ck_assert_int_eq(hk_read(99999, &c, 1), -EBADF);
	ck_assert_int_eq(hk_read(ends[1], &c, 1), -EBADF);
	ck_assert_int_eq(hk_write(ends[0], "x", 1), -EBADF);
	ck_assert_int_eq(hk_read(folder, &c, 1), -EISDIR);
	close(ends[0]);
	close(ends[1]);
	close(folder);
	ck_assert_int_eq(hk_read(ends[0], &c, 1), -EBADF);
	ck_assert_int_eq(hk_write(ends[1], "x", 1), -EBADF);
	return 0;
}

START_TEST(errors_of_the_system_come_back)
{
	ck_assert_int_eq(hkt_run(_i, use_badly, NULL), 0);
	use_badly(NULL);
}
END_TEST

/* Goal: the end of the stream is 0, for a waiting reader too. Method: close the other end. */
static int read_end(void *arg)
{
	char c;

	ck_assert_int_eq(hk_read(*(int *)arg, &c, 1), 0);
	ck_assert_int_eq(hk_read(*(int *)arg, &c, 1), 0);
	return 0;
}

static int close_writer(void *arg)
{
	int *ends = arg;

	HK_SCOPE(s);
	hk_spawn(&s, read_end, &ends[0]);
	hk_spawn(&s, read_end, &ends[0]);
	ck_assert_int_eq(hk_sleep(10 * HK_MS), 0);
	close(ends[1]);
	return hk_join(&s);
}

START_TEST(the_end_of_the_stream_is_zero)
{
	int ends[2];

	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, close_writer, ends), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(hkt_run(_i, close_writer, ends), 0);
}
END_TEST

/* Goal: without a reader writing fails with -EPIPE. Method: SIGPIPE ignored, then caught. */
static volatile sig_atomic_t pipe_signals;

static void count_pipe_signal(int signal)
{
	(void)signal;
	pipe_signals++;
}

static int write_to_nobody(void *arg)
{
	ck_assert_int_eq(hk_write(*(int *)arg, "x", 1), -EPIPE);
	return 0;
}

START_TEST(without_a_reader_a_write_fails)
{
	int ends[2];

	hkt_pipe(ends);
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(hkt_run(_i, write_to_nobody, &ends[1]), 0);
	signal(SIGPIPE, count_pipe_signal);
	ck_assert_int_eq(hkt_run(_i, write_to_nobody, &ends[1]), 0);
	ck_assert_int_eq(pipe_signals, 1);
}
END_TEST

/* Goal: nothing to transfer is not an error. Method: length 0 on a pipe that would block. */
static int transfer_nothing(void *arg)
{
	int *ends = arg;
	char c;

	ck_assert_int_eq(hk_read(ends[0], &c, 0), 0);
	ck_assert_int_eq(hk_write(ends[1], &c, 0), 0);
	return 0;
}

START_TEST(a_length_of_zero_transfers_nothing)
{
	int ends[2];

	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, transfer_nothing, ends), 0);
}
END_TEST

/* Goal: outside a task the calls block the thread. Method: a thread writes late. */
static void *write_late(void *arg)
{
	hkt_block(20 * HK_MS);
	ck_assert_int_eq(hk_write(*(int *)arg, "late", 4), 4);
	return NULL;
}

START_TEST(outside_a_task_the_calls_block)
{
	struct pollfd poll_in;
	pthread_t thread;
	char word[5] = "";
	int ends[2];

	hkt_pipe(ends);
	poll_in = (struct pollfd){ ends[0], POLLIN, 0 };
	ck_assert_int_eq(hk_poll(&poll_in, 1, hk_now() + HK_MS), 0);
	thread = hkt_thread(write_late, &ends[1]);
	ck_assert_int_eq(hk_read(ends[0], word, 4), 4);
	ck_assert_str_eq(word, "late");
	ck_assert_int_eq(hk_write(ends[1], "x", 1), 1);
	ck_assert_int_eq(hk_poll(&poll_in, 1, HK_FOREVER), 1);
	pthread_join(thread, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/io");
	TCase *tc = hkt_case(suite, "kinds", 20);

	hkt_add_overlap(tc, a_pipe_passes_bytes);
	hkt_add_overlap(tc, a_socket_passes_bytes);
	hkt_add_overlap(tc, a_terminal_passes_bytes);
	hkt_add_overlap(tc, an_eventfd_is_waited_for);
	hkt_add_every(tc, files_and_devices_are_read_and_written);
	tc = hkt_case(suite, "results", 20);
	hkt_add_every(tc, errors_of_the_system_come_back);
	hkt_add_overlap(tc, the_end_of_the_stream_is_zero);
	hkt_add_every(tc, without_a_reader_a_write_fails);
	hkt_add_every(tc, a_length_of_zero_transfers_nothing);
	tcase_add_test(tc, outside_a_task_the_calls_block);
	return hkt_main(suite);
}
