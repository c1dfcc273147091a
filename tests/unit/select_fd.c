/* SPDX-License-Identifier: MIT */
/* hk_select() over descriptors and the ends of scopes, which only tasks can wait for. */
#include "../check_hocket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

static struct hk_chan idle = HK_CHAN_UNBUFFERED(int);
static struct hk_sem sem;
static int ends[2];

static int select_fd(int fd, short events, hk_time deadline)
{
	struct hk_case cases[] = { HK_CASE_RECV(&idle, NULL), HK_CASE_FD(fd, events),
		HK_CASE_SEM(&sem) };
	int done = hk_select(cases, 3, deadline);

	ck_assert_ptr_null(idle.receivers.first);
	ck_assert_ptr_null(sem.waiters.first);
	return done >= 0 && cases[done].result != 0 ? cases[done].result : done;
}

/* Goal: ready descriptors. Method: a pipe with room, then with bytes, then broken at each end. */
static int look_at_pipe(void *arg)
{
	char byte = 'x';

	(void)arg;
	hkt_pipe(ends);
	ck_assert_int_eq(select_fd(ends[1], POLLOUT, 0), 1);
	ck_assert_int_eq(select_fd(ends[1], POLLOUT, HK_FOREVER), 1);
	ck_assert_int_eq(select_fd(ends[0], POLLIN, 0), -ETIMEDOUT);
	ck_assert_int_eq(select_fd(ends[0], POLLIN, hk_now() + 10 * HK_MS), -ETIMEDOUT);
	ck_assert_int_eq(write(ends[1], &byte, 1), 1);
	ck_assert_int_eq(select_fd(ends[0], POLLIN, HK_FOREVER), 1);
	ck_assert_int_eq(select_fd(ends[0], POLLIN, 0), 1);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	ck_assert_int_eq(select_fd(ends[0], 0, 0), -ETIMEDOUT);
	close(ends[1]);
	ck_assert_int_eq(select_fd(ends[0], POLLIN, HK_FOREVER), 1);
	ck_assert_int_eq(select_fd(ends[0], 0, HK_FOREVER), 1);
	close(ends[0]);
	return 0;
}

START_TEST(ready_descriptors)
{
	ck_assert_int_eq(hkt_run(_i, look_at_pipe, NULL), 0);
}
END_TEST

/* Goal: what cannot be waited for is told, but hides nothing that can be done. Method: bad ones. */
static int look_at_bad(void *arg)
{
	(void)arg;
	hkt_pipe(ends);
	close(ends[0]);
	close(ends[1]);
	int bad[] = { -1, ends[0], 1 << 28 };
	for (int i = 0; i < 3; i++) {
		int error = bad[i] == 1 << 28 ? -EMFILE : -EBADF;
		ck_assert_int_eq(select_fd(bad[i], POLLIN, HK_FOREVER), error);
		ck_assert_int_eq(select_fd(bad[i], POLLIN, hk_now() + 3600 * HK_S), error);
		ck_assert_int_eq(select_fd(bad[i], POLLIN, 0), -ETIMEDOUT);
		hk_sem_post(&sem);
		ck_assert_int_eq(select_fd(bad[i], POLLIN, HK_FOREVER), 2);
	}
	return 0;
}

START_TEST(bad_descriptors)
{
	ck_assert_int_eq(hkt_run(_i, look_at_bad, NULL), 0);
}
END_TEST

/*
 * Goal: a regular file is always ready to be read and written, and never for anything else: then
 * the select waits, without computing. Method: the CPU time of the process.
 */
static hk_time cpu_time(void)
{
	struct timespec used;

	ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used), 0);
	return used.tv_sec * HK_S + used.tv_nsec;
}

static int look_at_file(void *arg)
{
	struct hkt_file file;

	(void)arg;
	hkt_file(&file);
	int fd = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(select_fd(fd, POLLIN, HK_FOREVER), 1);
	ck_assert_int_eq(select_fd(fd, POLLOUT, 0), 1);
	hk_time before = cpu_time();
	ck_assert_int_eq(select_fd(fd, 0, hk_now() + 150 * HK_MS), -ETIMEDOUT);
	ck_assert_int_eq(select_fd(fd, POLLPRI, hk_now() + 150 * HK_MS), -ETIMEDOUT);
	ck_assert_int_lt(cpu_time() - before, 150 * HK_MS);
	close(fd);
	hkt_file_remove(&file);
	return 0;
}

START_TEST(a_regular_file)
{
	ck_assert_int_eq(hkt_run(_i, look_at_file, NULL), 0);
}
END_TEST

/* Goal: a descriptor that becomes ready ends the wait. Method: a task or a thread writes. */
static int write_later(void *arg)
{
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	return arg != NULL;
}

static void *write_from_thread(void *arg)
{
	return write_later(arg) ? arg : NULL;
}

static int wait_and_read(void *arg)
{
	char byte;

	(void)arg;
	ck_assert_int_eq(select_fd(ends[0], POLLIN, HK_FOREVER), 1);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	return 0;
}

START_TEST(a_thread_writes)
{
	hkt_pipe(ends);
	pthread_t thread = hkt_thread(write_from_thread, NULL);
	ck_assert_int_eq(hkt_run(_i, wait_and_read, NULL), 0);
	pthread_join(thread, NULL);
}
END_TEST

static int write_and_wait(void *arg)
{
	HK_SCOPE(s);
	hkt_pipe(ends);
	for (int i = 0; i < 3; i++) {
		hk_spawn(&s, write_later, NULL);
		ck_assert_int_eq(wait_and_read(arg), 0);
		ck_assert_int_eq(hk_join(&s), 0);
	}
	/* Two cases for one descriptor, and another task that waits for it, too. */
	struct hk_case twice[] = { HK_CASE_FD(ends[0], POLLIN), HK_CASE_FD(ends[0], POLLIN) };
	hk_spawn(&s, write_later, NULL);
	ck_assert_int_ge(hk_select(twice, 2, HK_FOREVER), 0);
	ck_assert_int_eq(hk_join(&s), 0);
	return 0;
}

START_TEST(a_task_writes)
{
	ck_assert_int_eq(hkt_run(_i, write_and_wait, NULL), 0);
}
END_TEST

/* Goal: another case ends the wait for descriptors, good, never ready or regular. */
static int select_many_fds(void *arg)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct hk_case cases[] = { HK_CASE_FD(ends[0], POLLIN), HK_CASE_FD(file, POLLPRI),
		HK_CASE_SEM(&sem), HK_CASE_FD(ends[0], 0), HK_CASE_RECV(&idle, NULL) };
	int done = hk_select(cases, 5, HK_FOREVER);

	ck_assert_int_ge(file, 0);
	close(file);
	return done == *(int *)arg ? 0 : -ERANGE;
}

static int end_by_others(void *arg)
{
	int wanted = 2;

	HK_SCOPE(s);
	(void)arg;
	hkt_pipe(ends);
	hk_spawn(&s, select_many_fds, &wanted);
	hkt_await_queue(&idle.receivers, 1);
	hk_sem_post(&sem);
	ck_assert_int_eq(hk_join(&s), 0);
	wanted = -ECANCELED;
	hk_spawn(&s, select_many_fds, &wanted);
	hkt_await_queue(&idle.receivers, 1);
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	ck_assert_ptr_null(idle.receivers.first);
	ck_assert_ptr_null(sem.waiters.first);
	/* Nothing watches any more: what comes is for who asks next. */
	ck_assert_int_eq(write(ends[1], "x", 1), 1);
	ck_assert_int_eq(select_fd(ends[0], POLLIN, HK_FOREVER), 1);
	return 0;
}

START_TEST(another_case_ends_it)
{
	ck_assert_int_eq(hkt_run(_i, end_by_others, NULL), 0);
}
END_TEST

/* Goal: the end of a scope. Method: empty, with tasks, cancelled; used again; joined after it. */
static struct hk_sem go;

static int end_with(void *arg)
{
	int error = hk_sem_wait(&go);

	return error ? error : *(int *)arg;
}

static int select_scope(struct hk_scope *s, hk_time deadline)
{
	struct hk_case cases[] = { HK_CASE_RECV(&idle, NULL), HK_CASE_JOIN(s), HK_CASE_JOIN(s),
		HK_CASE_SEM(&sem) };
	int done = hk_select(cases, 4, deadline);

	ck_assert_ptr_null(idle.receivers.first);
	return done == 2 ? 1 : done;
}

static int end_scopes(void *arg)
{
	int results[] = { 0, -EINTR };

	(void)arg;
	HK_SCOPE(s);
	ck_assert_int_eq(select_scope(&s, HK_FOREVER), 1);
	ck_assert_int_eq(select_scope(&s, 0), 1);
	ck_assert_int_eq(hk_join(&s), 0);
	for (int i = 0; i < 2; i++) {
		hk_spawn(&s, end_with, &results[i]);
		ck_assert_int_eq(select_scope(&s, 0), -ETIMEDOUT);
		ck_assert_int_eq(select_scope(&s, hk_now() + 5 * HK_MS), -ETIMEDOUT);
		hk_sem_post(&sem);
		ck_assert_int_eq(select_scope(&s, HK_FOREVER), 3);
		hk_sem_post(&go);
		ck_assert_int_eq(select_scope(&s, HK_FOREVER), 1);
		ck_assert_int_eq(select_scope(&s, 0), 1);
		ck_assert_int_eq(hk_join(&s), results[i]);
	}
	for (int i = 0; i < 3; i++)
		hk_spawn(&s, end_with, &results[0]);
	hk_cancel(&s);
	ck_assert_int_eq(select_scope(&s, HK_FOREVER), 1);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	return 0;
}

START_TEST(the_end_of_a_scope)
{
	ck_assert_int_eq(hkt_run(_i, end_scopes, NULL), 0);
}
END_TEST

/*
 * Goal: once the select is over, the end of the scope wakes nobody. Method: it ends while its owner
 * waits for something else.
 */
static int post_to_select(void *arg)
{
	(void)arg;
	hkt_await_queue(&idle.receivers, 1);
	hk_sem_post(&sem);
	return 0;
}

static int outlive_select(void *arg)
{
	int result = 0;

	(void)arg;
	HK_SCOPE(s);
	HK_SCOPE(others);
	hk_spawn(&s, end_with, &result);
	hk_spawn(&others, post_to_select, NULL);
	ck_assert_int_eq(select_scope(&s, HK_FOREVER), 3);
	hk_sem_post(&go);
	ck_assert_int_eq(hk_sem_wait_until(&sem, hk_now() + 20 * HK_MS), -ETIMEDOUT);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(hk_join(&others), 0);
	return 0;
}

START_TEST(the_end_after_the_select)
{
	ck_assert_int_eq(hkt_run(_i, outlive_select, NULL), 0);
}
END_TEST

/* Goal: without interleaving, too. Method: tasks that end by themselves; each scope of two. */
static int sleep_a_little(void *arg)
{
	return hk_sleep(*(hk_time *)arg);
}

static int end_either(void *arg)
{
	hk_time soon = 2 * HK_MS, later = 20 * HK_MS;

	(void)arg;
	HK_SCOPE(a);
	HK_SCOPE(b);
	hk_spawn(&a, sleep_a_little, &later);
	hk_spawn(&b, sleep_a_little, &soon);
	struct hk_case cases[] = { HK_CASE_JOIN(&a), HK_CASE_JOIN(&b) };
	int first = hk_select(cases, 2, HK_FOREVER);
	ck_assert_int_ge(first, 0);
	ck_assert_int_eq(hk_join(first ? &b : &a), 0);
	cases[first].kind = HK_CASE_NONE;
	ck_assert_int_eq(hk_select(cases, 2, HK_FOREVER), !first);
	ck_assert_int_eq(hk_join(first ? &a : &b), 0);
	return 0;
}

START_TEST(either_of_two_scopes)
{
	ck_assert_int_eq(hkt_run(_i, end_either, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/select_fd");
	TCase *tc = hkt_case(suite, "descriptors", 20);

	hkt_add_every(tc, ready_descriptors);
	hkt_add_every(tc, bad_descriptors);
	hkt_add_every(tc, a_regular_file);
	hkt_add_every(tc, a_thread_writes);
	hkt_add_every(tc, a_task_writes);
	hkt_add_overlap(tc, another_case_ends_it);
	hkt_add_overlap(tc, the_end_of_a_scope);
	hkt_add_overlap(tc, the_end_after_the_select);
	hkt_add_every(tc, either_of_two_scopes);
	return hkt_main(suite);
}
