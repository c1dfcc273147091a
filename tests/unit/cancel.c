/* SPDX-License-Identifier: MIT */
/*
 * Cancellation: it ends every kind of wait, reaches nested scopes, and stays until the task
 * ends. Each waiter would wait for ever, so a cancellation that is lost is a time-out here.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct hk_sem never;
static struct hk_mutex held;
static int ends[2], full[2];
static _Atomic int cancelled;

static int wait_by_sleep(void *arg)
{
	(void)arg;
	return hk_sleep(HK_FOREVER);
}

static int wait_by_sem(void *arg)
{
	(void)arg;
	return hk_sem_wait(&never);
}

static int wait_by_sem_until(void *arg)
{
	(void)arg;
	return hk_sem_wait_until(&never, hk_now() + 3600 * HK_S);
}

static int wait_by_lock_until(void *arg)
{
	(void)arg;
	return hk_mutex_lock_until(&held, HK_FOREVER);
}

static int wait_by_read(void *arg)
{
	char c;

	(void)arg;
	return (int)hk_read(ends[0], &c, 1);
}

static int wait_by_write(void *arg)
{
	(void)arg;
	return (int)hk_write(full[1], "x", 1);
}

static int wait_by_poll(void *arg)
{
	struct pollfd fds[2] = { { ends[0], POLLIN, 0 }, { full[1], POLLOUT, 0 } };

	(void)arg;
	return hk_poll(fds, 2, HK_FOREVER);
}

static int wait_by_poll_of_nothing(void *arg)
{
	(void)arg;
	return hk_poll(NULL, 0, HK_FOREVER);
}

static int wait_by_join(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, wait_by_sleep, arg);
	hk_spawn(&s, wait_by_read, arg);
	return hk_join(&s);
}

static int wait_by_join_deep(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, wait_by_join, arg);
	return hk_join(&s);
}

static int (*const waits[])(void *) = { wait_by_sleep, wait_by_sem, wait_by_sem_until,
	wait_by_lock_until, wait_by_read, wait_by_write, wait_by_poll, wait_by_poll_of_nothing,
	wait_by_join, wait_by_join_deep };
enum { WAITS = sizeof(waits) / sizeof(waits[0]) };

static void prepare_waits(void)
{
	static char much[1 << 16];

	hkt_pipe(ends);
	hkt_pipe(full);
	ck_assert_int_eq(fcntl(full[1], F_SETPIPE_SZ, 4096), 4096);
	ck_assert_int_eq(write(full[1], much, 4096), 4096);
}

/* The wait is ended, later waits of any kind end at once, and the task sees why. */
static int wait_to_be_cancelled(void *arg)
{
	int which = *(int *)arg;

	ck_assert_msg(waits[which](NULL) == -ECANCELED, "wait %d", which);
	ck_assert(hk_task_cancelled());
	for (int i = 0; i < WAITS; i++)
		ck_assert_msg(waits[i](NULL) == -ECANCELED, "wait %d after %d", i, which);
	cancelled++;
	return -ECANCELED;
}

static int cancel_one(void *arg)
{
	HK_SCOPE(s);
	hk_mutex_lock(&held);
	hk_spawn(&s, wait_to_be_cancelled, arg);
	ck_assert_int_eq(hk_sleep(20 * HK_MS), 0);
	ck_assert_int_eq(cancelled, 0);
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	ck_assert_int_eq(cancelled, 1);
	hk_mutex_unlock(&held);
	return 0;
}

/* Goal: each kind of wait is a cancellation point. Method: cancel a task in the middle of it. */
START_TEST(cancellation_ends_each_wait)
{
	prepare_waits();
	for (int which = 0; which < WAITS; which++) {
		cancelled = 0;
		ck_assert_int_eq(hkt_run(_i, cancel_one, &which), 0);
	}
}
END_TEST

/*
 * Goal: a task that was cancelled before it came to a wait does not wait. Method: spawn into
 * a scope that is cancelled already; in every execution, for the child may run at once.
 */
static int cancel_first(void *arg)
{
	hk_mutex_lock(&held);
	for (int which = 0; which < WAITS; which++) {
		HK_SCOPE(s);
		hk_cancel(&s);
		hk_spawn_copy(&s, wait_to_be_cancelled, &which, sizeof(which));
		ck_assert_int_eq(hk_join(&s), -ECANCELED);
	}
	ck_assert_int_eq(cancelled, WAITS);
	hk_mutex_unlock(&held);
	(void)arg;
	return 0;
}

START_TEST(a_task_cancelled_before_does_not_wait)
{
	prepare_waits();
	ck_assert_int_eq(hkt_run(_i, cancel_first, NULL), 0);
}
END_TEST

/* Goal: a task inside may cancel its own scope. Method: the last of four tasks does it. */
static int cancel_own_scope(void *scope)
{
	hk_cancel(scope);
	hk_cancel(scope);
	ck_assert(hk_task_cancelled());
	return 0;
}

static int spawn_canceller(void *arg)
{
	static int by_sleep = 0;

	(void)arg;
	HK_SCOPE(s);
	hk_mutex_lock(&held);
	hk_spawn(&s, wait_to_be_cancelled, &by_sleep);
	hk_spawn(&s, wait_to_be_cancelled, &by_sleep);
	hk_spawn(&s, cancel_own_scope, &s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	ck_assert(!hk_task_cancelled());
	ck_assert_int_eq(cancelled, 2);
	hk_mutex_unlock(&held);
	return 0;
}

START_TEST(a_task_inside_may_cancel_its_scope)
{
	prepare_waits();
	ck_assert_int_eq(hkt_run(_i, spawn_canceller, NULL), 0);
}
END_TEST

/* Goal: cancelling one scope leaves others alone. Method: a sibling scope sleeps its time. */
static int sleep_well(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sleep(60 * HK_MS), 0);
	return 0;
}

static int cancel_one_of_two(void *arg)
{
	static int by_sleep = 0;

	(void)arg;
	HK_SCOPE(stays);
	HK_SCOPE(goes);
	hk_mutex_lock(&held);
	hk_spawn(&stays, sleep_well, NULL);
	hk_spawn(&goes, wait_to_be_cancelled, &by_sleep);
	ck_assert_int_eq(hk_sleep(10 * HK_MS), 0);
	hk_cancel(&goes);
	ck_assert_int_eq(hk_join(&goes), -ECANCELED);
	ck_assert_int_eq(hk_join(&stays), 0);
	hk_mutex_unlock(&held);
	return 0;
}

START_TEST(other_scopes_are_left_alone)
{
	prepare_waits();
	ck_assert_int_eq(hkt_run(_i, cancel_one_of_two, NULL), 0);
}
END_TEST

/* Goal: after its join a cancelled scope can be used again. Method: cancel, join, spawn. */
static int use_again(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	hk_spawn(&s, sleep_well, NULL);
	ck_assert_int_eq(hk_join(&s), 0);
	return 0;
}

START_TEST(a_cancelled_scope_can_be_used_again)
{
	ck_assert_int_eq(hkt_run(_i, use_again, NULL), 0);
}
END_TEST

/*
 * Goal: what was already won is returned as success. Method: the write went half-way, and hk_dump()
 * shows it waiting, when the cancellation comes; data arrived before it.
 */
static int write_half(void *arg)
{
	static char much[3 * 4096];

	(void)arg;
	ck_assert_int_eq(hk_write(full[1], much, sizeof(much)), 4096);
	ck_assert_int_eq(hk_write(full[1], much, sizeof(much)), -ECANCELED);
	cancelled++;
	return 0;
}

static int cancel_writer(void *arg)
{
	char drain[4096];

	(void)arg;
	HK_SCOPE(s);
	ck_assert_int_eq(read(full[0], drain, sizeof(drain)), 4096);
	hk_spawn(&s, write_half, NULL);
	hkt_await(1, "waits in hk_write");
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	ck_assert_int_eq(cancelled, 1);
	return 0;
}

START_TEST(bytes_already_written_are_returned)
{
	prepare_waits();
	ck_assert_int_eq(hkt_run(_i, cancel_writer, NULL), 0);
}
END_TEST

/* Goal: cancelled waiters leave nothing behind. Method: the same objects work afterwards. */
static int use_objects(void *arg)
{
	char c = 0;

	(void)arg;
	hk_sem_post(&never);
	ck_assert_int_eq(hk_sem_wait(&never), 0);
	hk_mutex_lock(&held);
	hk_mutex_unlock(&held);
	ck_assert_int_eq(hk_write(ends[1], "y", 1), 1);
	ck_assert_int_eq(hk_read(ends[0], &c, 1), 1);
	ck_assert_int_eq(c, 'y');
	return 0;
}

START_TEST(objects_work_after_cancelled_waits)
{
	prepare_waits();
	for (int which = 0; which < WAITS; which++) {
		cancelled = 0;
		ck_assert_int_eq(hkt_run(_i, cancel_one, &which), 0);
	}
	ck_assert_int_eq(hkt_run(_i, use_objects, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/cancel");
	TCase *tc = hkt_case(suite, "cancel", 20);

	hkt_add_overlap(tc, cancellation_ends_each_wait);
	hkt_add_every(tc, a_task_cancelled_before_does_not_wait);
	hkt_add_overlap(tc, a_task_inside_may_cancel_its_scope);
	hkt_add_overlap(tc, other_scopes_are_left_alone);
	hkt_add_every(tc, a_cancelled_scope_can_be_used_again);
	hkt_add_overlap(tc, bytes_already_written_are_returned);
	hkt_add_overlap(tc, objects_work_after_cancelled_waits);
	return hkt_main(suite);
}
