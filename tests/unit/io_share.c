/* SPDX-License-Identifier: MIT */
/*
 * Descriptors under load: writes larger than the pipe, several tasks on one descriptor, numbers
 * that are closed and used again, O_NONBLOCK in both states, and a storm of signals.
 */
#include "../check_hocket.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MUCH = 1 << 20 };
static unsigned char out[MUCH], in[MUCH];

static void fill_out(void)
{
	for (int i = 0; i < MUCH; i++)
		out[i] = (unsigned char)(i % 251);
}

static int write_much(void *arg)
{
	ck_assert_int_eq(hk_write(*(int *)arg, out, MUCH), MUCH);
	return 0;
}

static int read_much(void *arg)
{
	size_t got = 0;

	while (got < MUCH) {
		ssize_t n = hk_read(*(int *)arg, in + got, MUCH - got);

		ck_assert_int_gt(n, 0);
		got += (size_t)n;
	}
	ck_assert_int_eq(memcmp(in, out, MUCH), 0);
	return 0;
}

/*
 * Goal: a write larger than the pipe is complete and in order, and does not stop the reader
 * even when both share a worker. Method: 1 MiB through pipe and socket, writer spawned first.
 */
static int transfer_much(void *arg)
{
	int *ends = arg;

	HK_SCOPE(s);
	hk_spawn(&s, write_much, &ends[1]);
	hk_spawn(&s, read_much, &ends[0]);
	return hk_join(&s);
}

START_TEST(a_write_larger_than_the_pipe_is_complete)
{
	int ends[2];

	fill_out();
	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, transfer_much, ends), 0);
	memset(in, 0, MUCH);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(hkt_run(_i, transfer_much, ends), 0);
}
END_TEST

/* Goal: O_NONBLOCK is left as it is, and neither state gives -EAGAIN. Method: both states. */
START_TEST(nonblocking_mode_is_left_alone)
{
	static const int modes[] = { 0, O_NONBLOCK };
	int ends[2];

	fill_out();
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(pipe2(ends, 0), 0);
		ck_assert_int_eq(fcntl(ends[0], F_SETFL, modes[i % 2]), 0);
		ck_assert_int_eq(fcntl(ends[1], F_SETFL, modes[i / 2]), 0);
		ck_assert_int_eq(hkt_run(_i, transfer_much, ends), 0);
		ck_assert_int_eq(fcntl(ends[0], F_GETFL) & O_NONBLOCK, modes[i % 2]);
		ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, modes[i / 2]);
	}
}
END_TEST

/* Goal: a write cut short by an error tells how far it came. Method: the reader leaves. */
static int write_until_closed(void *arg)
{
	int fd = *(int *)arg;
	ssize_t n = hk_write(fd, out, MUCH);

	ck_assert_int_gt(n, 0);
	ck_assert_int_lt(n, MUCH);
	ck_assert_int_eq(hk_write(fd, out, 1), -EPIPE);
	return 0;
}

static int read_some_and_close(void *arg)
{
	int *ends = arg;

	HK_SCOPE(s);
	hk_spawn(&s, write_until_closed, &ends[1]);
	ck_assert_int_gt(hk_read(ends[0], in, 100), 0);
	ck_assert_int_eq(hk_sleep(10 * HK_MS), 0);
	close(ends[0]);
	return hk_join(&s);
}

START_TEST(a_write_cut_short_tells_how_far_it_came)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, read_some_and_close, ends), 0);
}
END_TEST

/* Goal: of two readers each byte wakes one, and nothing is lost. Method: 200 single bytes. */
enum { BYTES = 200 };
static _Atomic int bytes_read;

static int read_single_bytes(void *arg)
{
	unsigned char c;
	ssize_t n;

	while ((n = hk_read(*(int *)arg, &c, 1)) == 1)
		bytes_read++;
	return (int)n;
}

static int feed_two_readers(void *arg)
{
	int *ends = arg;

	HK_SCOPE(s);
	hk_spawn(&s, read_single_bytes, &ends[0]);
	hk_spawn(&s, read_single_bytes, &ends[0]);
	for (int i = 0; i < BYTES; i++) {
		ck_assert_int_eq(hk_write(ends[1], "b", 1), 1);
		if (i % 10 == 0)
			ck_assert_int_eq(hk_sleep(HK_MS), 0);
	}
	close(ends[1]);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(bytes_read, BYTES);
	return 0;
}

START_TEST(two_readers_share_a_descriptor)
{
	int ends[2];

	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, feed_two_readers, ends), 0);
}
END_TEST

/*
 * Goal: reading and writing wait independently on one descriptor. Method: one socket is full
 * for its writer and empty for its reader; the peer serves the reader first.
 */
static int read_reply(void *arg)
{
	char c = 0;

	ck_assert_int_eq(hk_read(*(int *)arg, &c, 1), 1);
	ck_assert_int_eq(c, '!');
	return 0;
}

static int both_directions(void *arg)
{
	int *ends = arg;

	HK_SCOPE(s);
	hk_spawn(&s, write_much, &ends[0]);
	{
		HK_SCOPE(reply);
		hk_spawn(&reply, read_reply, &ends[0]);
		ck_assert_int_eq(hk_sleep(10 * HK_MS), 0);
		ck_assert_int_eq(hk_write(ends[1], "!", 1), 1);
		ck_assert_int_eq(hk_join(&reply), 0);
	}
	hk_spawn(&s, read_much, &ends[1]);
	return hk_join(&s);
}

START_TEST(a_descriptor_is_read_and_written_at_once)
{
	int ends[2];

	fill_out();
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(hkt_run(_i, both_directions, ends), 0);
}
END_TEST

/*
 * Goal: a number that was closed and given to another pipe is waited for anew, also when the
 * old description lives on under another number. Method: 30 rounds on the same two numbers.
 */
static int reuse_numbers(void *arg)
{
	int kept[30];

	(void)arg;
	for (int round = 0; round < 30; round++) {
		int ends[2] = { 400, 401 }, fresh[2];

		/* Numbers that no thread of the runtime can get in between. */
		hkt_pipe(fresh);
		for (int i = 0; i < 2; i++) {
			ck_assert_int_eq(dup2(fresh[i], ends[i]), ends[i]);
			close(fresh[i]);
		}
		HK_SCOPE(s);
		hk_spawn(&s, read_reply, &ends[0]);
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
		ck_assert_int_eq(hk_write(ends[1], "!", 1), 1);
		ck_assert_int_eq(hk_join(&s), 0);
		kept[round] = fcntl(ends[round % 2], F_DUPFD, 500);
		close(ends[0]);
		close(ends[1]);
	}
	for (int round = 0; round < 30; round++)
		close(kept[round]);
	return 0;
}

START_TEST(a_number_used_again_is_waited_for_anew)
{
	ck_assert_int_eq(hkt_run(_i, reuse_numbers, NULL), 0);
}
END_TEST

/*
 * Goal: signals end no call early: no -EINTR, no short sleep, no short write. Method: a thread
 * sends SIGUSR1 (handler without SA_RESTART) to every thread of the process all the time.
 */
static _Atomic bool storm_over;
static _Atomic int signals;

static void count_signal(int signal)
{
	(void)signal;
	signals++;
}

static void *send_signals(void *arg)
{
	pid_t self = gettid();

	(void)arg;
	while (!storm_over) {
		DIR *tasks = opendir("/proc/self/task");
		struct dirent *entry;

		ck_assert_ptr_nonnull(tasks);
		while ((entry = readdir(tasks)) != NULL) {
			pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

			if (tid > 0 && tid != self)
				syscall(SYS_tgkill, getpid(), tid, SIGUSR1);
		}
		closedir(tasks);
		hkt_block(100 * HK_US);
	}
	return NULL;
}

static int sleep_in_storm(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++) {
		hk_time start = hk_now();

		ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
		ck_assert_int_ge(hk_now() - start, 5 * HK_MS);
		ck_assert_int_eq(hk_poll(NULL, 0, start + 8 * HK_MS), 0);
		ck_assert_int_ge(hk_now() - start, 8 * HK_MS);
	}
	return 0;
}

static int endure_storm(void *arg)
{
	struct hk_sem never = HK_SEM_INIT(0);
	hk_time until = hk_now() + 100 * HK_MS;

	HK_SCOPE(s);
	hk_spawn(&s, sleep_in_storm, NULL);
	for (int i = 0; i < 10; i++) {
		HK_SCOPE(transfer);
		hk_spawn(&transfer, transfer_much, arg);
		ck_assert_int_eq(hk_join(&transfer), 0);
	}
	ck_assert_int_eq(hk_sem_wait_until(&never, until), -ETIMEDOUT);
	ck_assert_int_ge(hk_now(), until);
	return hk_join(&s);
}

START_TEST(signals_end_no_call_early)
{
	struct sigaction action = { .sa_handler = count_signal };
	pthread_t thread;
	int ends[2];

	fill_out();
	sigaction(SIGUSR1, &action, NULL);
	hkt_pipe(ends);
	thread = hkt_thread(send_signals, NULL);
	ck_assert_int_eq(hkt_run(_i, endure_storm, ends), 0);
	storm_over = true;
	pthread_join(thread, NULL);
	ck_assert_int_gt(signals, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/io_share");
	TCase *tc = hkt_case(suite, "load", 30);

	hkt_add_overlap(tc, a_write_larger_than_the_pipe_is_complete);
	hkt_add_overlap(tc, nonblocking_mode_is_left_alone);
	hkt_add_overlap(tc, a_write_cut_short_tells_how_far_it_came);
	hkt_add_overlap(tc, two_readers_share_a_descriptor);
	hkt_add_overlap(tc, a_descriptor_is_read_and_written_at_once);
	hkt_add_overlap(tc, a_number_used_again_is_waited_for_anew);
	hkt_add_overlap(tc, signals_end_no_call_early);
	return hkt_main(suite);
}
