/* SPDX-License-Identifier: MIT */
/*
 * Wrong uses of locks, and of what tasks meet at, panic: the message says who did it, to what, and
 * who has it. Each is made in a child process, by a thread and by a task.
 */
#include "../check_waits.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static struct hk_mutex m, recursive = HK_MUTEX_RECURSIVE_INIT;
static struct hk_rwlock rw;
static struct hk_cond cond;
static struct hk_latch latch = HK_LATCH_INIT(2);
static struct hk_once once;
static struct hk_sem held;

static void lock_twice(void)
{
	hk_mutex_lock(&m);
	hk_mutex_lock(&m);
}

static void lock_twice_until(void)
{
	hk_mutex_lock(&m);
	ck_assert_int_eq(hk_mutex_lock_until(&m, 0), 0);
}

static void lock_too_often(void)
{
	hk_mutex_lock(&recursive);
	recursive.depth = UINT32_MAX;
	hk_mutex_lock(&recursive);
}

static void lock_too_often_until(void)
{
	hk_mutex_lock(&recursive);
	recursive.depth = UINT32_MAX - 1;
	ck_assert_int_eq(hk_mutex_lock_until(&recursive, 0), 0);
	ck_assert_int_eq(hk_mutex_lock_until(&recursive, 0), 0);
}

static void try_too_often(void)
{
	hk_mutex_lock(&recursive);
	recursive.depth = UINT32_MAX;
	ck_assert(hk_mutex_trylock(&recursive));
}

static void unlock_free(void)
{
	hk_mutex_unlock(&m);
}

static void unlock_too_often(void)
{
	hk_mutex_lock(&recursive);
	hk_mutex_lock(&recursive);
	for (int i = 0; i < 3; i++)
		hk_mutex_unlock(&recursive);
}

static void wait_without_mutex(void)
{
	ck_assert_int_eq(hk_cond_wait(&cond, &m), 0);
}

static void wait_without_mutex_until(void)
{
	ck_assert_int_eq(hk_cond_wait_until(&cond, &m, 0), 0);
}

static void wait_with_mutex_held_twice(void)
{
	hk_mutex_lock(&recursive);
	hk_mutex_lock(&recursive);
	ck_assert_int_eq(hk_cond_wait(&cond, &recursive), 0);
}

static void wait_with_mutex_held_twice_until(void)
{
	hk_mutex_lock(&recursive);
	hk_mutex_lock(&recursive);
	ck_assert_int_eq(hk_cond_wait_until(&cond, &recursive, 0), 0);
}

static void read_and_write(void)
{
	hk_rwlock_wrlock(&rw);
	hk_rwlock_rdlock(&rw);
}

static void read_and_write_until(void)
{
	hk_rwlock_wrlock(&rw);
	ck_assert_int_eq(hk_rwlock_rdlock_until(&rw, 0), 0);
}

static void write_twice(void)
{
	hk_rwlock_wrlock(&rw);
	hk_rwlock_wrlock(&rw);
}

static void write_twice_until(void)
{
	hk_rwlock_wrlock(&rw);
	ck_assert_int_eq(hk_rwlock_wrlock_until(&rw, 0), 0);
}

/* The most readers that there can be. */
static void read_too_often(void)
{
	rw.word = UINT32_C(0xffffffe0);
	ck_assert(!hk_rwlock_tryrdlock(&rw));
	hk_rwlock_rdlock(&rw);
}

static void read_too_often_until(void)
{
	rw.word = UINT32_C(0xffffffc0);
	ck_assert_int_eq(hk_rwlock_rdlock_until(&rw, 0), 0);
	ck_assert_int_eq(hk_rwlock_rdlock_until(&rw, 0), 0);
}

static void leave_free(void)
{
	hk_rwlock_unlock(&rw);
}

static void leave_too_often(void)
{
	hk_rwlock_rdlock(&rw);
	hk_rwlock_unlock(&rw);
	hk_rwlock_unlock(&rw);
}

static void arrive_too_often(void)
{
	hk_latch_count_down(&latch, 3);
}

static void arrive_at_open_latch(void)
{
	hk_latch_count_down(&latch, 1);
	hk_latch_count_down(&latch, 1);
	hk_latch_count_down(&latch, 1);
}

static int run_once(void *arg)
{
	return hk_once_run(&once, run_once, arg);
}

static void run_once_inside(void)
{
	ck_assert_int_eq(run_once(NULL), 0);
}

static const struct {
	void (*make)(void);
	const char *said;
} errors[] = {
	{ lock_twice, "hk_mutex_lock: it holds the mutex 0x[0-9a-f]+ already, which is not recur" },
	{ lock_twice_until, "hk_mutex_lock_until: it holds the mutex 0x[0-9a-f]+ already, which" },
	{ lock_too_often, "hk_mutex_lock: the mutex 0x[0-9a-f]+ is locked too often" },
	{ lock_too_often_until, "hk_mutex_lock_until: the mutex 0x[0-9a-f]+ is locked too often" },
	{ try_too_often, "hk_mutex_trylock: the mutex 0x[0-9a-f]+ is locked too often" },
	{ unlock_free, "hk_mutex_unlock: the mutex 0x[0-9a-f]+ is not locked" },
	{ unlock_too_often, "hk_mutex_unlock: the mutex 0x[0-9a-f]+ is not locked" },
	{ wait_without_mutex, "hk_cond_wait: the mutex 0x[0-9a-f]+ is not locked" },
	{ wait_without_mutex_until, "hk_cond_wait_until: the mutex 0x[0-9a-f]+ is not locked" },
	{ wait_with_mutex_held_twice,
		"hk_cond_wait: it holds the mutex 0x[0-9a-f]+ 2 times; it must be once" },
	{ wait_with_mutex_held_twice_until,
		"hk_cond_wait_until: it holds the mutex 0x[0-9a-f]+ 2 times; it must be once" },
	{ read_and_write,
		"hk_rwlock_rdlock: it writes under the readers-writer lock 0x[0-9a-f]+ a" },
	{ read_and_write_until, "hk_rwlock_rdlock_until: it writes under the readers-writer lock" },
	{ write_twice,
		"hk_rwlock_wrlock: it writes under the readers-writer lock 0x[0-9a-f]+ alr" },
	{ write_twice_until, "hk_rwlock_wrlock_until: it writes under the readers-writer lock 0x" },
	{ read_too_often,
		"hk_rwlock_rdlock: the readers-writer lock 0x[0-9a-f]+ has too many readers" },
	{ read_too_often_until,
		"hk_rwlock_rdlock_until: the readers-writer lock 0x[0-9a-f]+ has too many reader" },
	{ leave_free, "hk_rwlock_unlock: the readers-writer lock 0x[0-9a-f]+ is not locked" },
	{ leave_too_often, "hk_rwlock_unlock: the readers-writer lock 0x[0-9a-f]+ is not locked" },
	{ arrive_too_often,
		"hk_latch_count_down: 3 arrivals at the latch 0x[0-9a-f]+, which waits for 2" },
	{ arrive_at_open_latch,
		"hk_latch_count_down: 1 arrivals at the latch 0x[0-9a-f]+, which waits for 0" },
	{ run_once_inside, "hk_once_run: it runs the once 0x[0-9a-f]+ already" },
};
enum { ERRORS = sizeof(errors) / sizeof(errors[0]) };

static int which;

static int culprit(void *arg)
{
	(void)arg;
	errors[which].make();
	return 0;
}

static int accuse(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, culprit, NULL);
	return hk_join(&s);
}

#define CULPRIT "task [0-9]+ \"culprit\" \\(spawned at [^\n)]*lock\\.c:[0-9]+\\): "

/* Goal: each error panics, in a thread, and in a task with its name. Method: the table. */
START_TEST(an_error_panics)
{
	struct hkt_child child;
	char pattern[256];

	which = _i;
	snprintf(pattern, sizeof(pattern), "^hocket: panic: %s", errors[_i].said);
	hkt_child(&child, culprit, NULL);
	hkt_assert_signal(&child, SIGABRT, pattern);
	snprintf(pattern, sizeof(pattern), "^hocket: panic: " CULPRIT "%s", errors[_i].said);
	hkt_child_run(&child, NULL, accuse);
	hkt_assert_signal(&child, SIGABRT, pattern);
}
END_TEST

/* Goal: what another holds is not given up; the message names who does. Method: task or thread, and
   the same for the one that holds it. */
static void lock(void)
{
	hk_mutex_lock(&m);
}

static void unlock(void)
{
	hk_mutex_unlock(&m);
}

static void write_it(void)
{
	hk_rwlock_wrlock(&rw);
}

static void leave(void)
{
	hk_rwlock_unlock(&rw);
}

static const struct {
	void (*hold)(void);
	void (*steal)(void);
	const char *before, *after;
} thefts[] = {
	{ lock, unlock, "hk_mutex_unlock: the mutex 0x[0-9a-f]+ is held by ", ", not by it" },
	{ lock, wait_without_mutex, "hk_cond_wait: the mutex 0x[0-9a-f]+ is held by ",
		", not by it" },
	{ lock, wait_without_mutex_until, "hk_cond_wait_until: the mutex 0x[0-9a-f]+ is held by ",
		", not by it" },
	{ write_it, leave,
		"hk_rwlock_unlock: ", " writes under the readers-writer lock 0x[0-9a-f]+, not it" },
};
enum { THEFTS = sizeof(thefts) / sizeof(thefts[0]) };

static bool thread_holds, thread_steals;

static int owner(void *arg)
{
	(void)arg;
	thefts[which].hold();
	hk_sem_post(&held);
	return hk_sleep(3600 * HK_S);
}

static int thief(void *arg)
{
	(void)arg;
	thefts[which].steal();
	return 0;
}

static int meet(void *arg)
{
	static struct hkt_outside calls[2];

	(void)arg;
	HK_SCOPE(s);
	if (thread_holds)
		hkt_outside(&calls[0], owner, NULL);
	else
		hk_spawn(&s, owner, NULL);
	ck_assert_int_eq(hk_sem_wait(&held), 0);
	if (thread_steals)
		hkt_outside(&calls[1], thief, NULL);
	else
		hk_spawn(&s, thief, NULL);
	return hk_sleep(3600 * HK_S);
}

START_TEST(a_stranger_panics)
{
	struct hkt_child child;
	char pattern[256];

	which = _i / 4;
	thread_holds = _i % 2;
	thread_steals = _i / 2 % 2;
	hkt_child_run(&child, NULL, meet);
	snprintf(pattern, sizeof(pattern), "^hocket: panic: %s%s%s%s",
		thread_steals ? "" : "task [0-9]+ \"thief\" \\(spawned at [^\n)]*\\): ",
		thefts[which].before,
		thread_holds ? "a thread outside the runtime" : "task [0-9]+ \"owner\"",
		thefts[which].after);
	hkt_assert_signal(&child, SIGABRT, pattern);
}
END_TEST

/* Goal: a task that holds no lock gives none up: here another one's, who reads. */
static int read_and_accuse(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_rwlock_rdlock(&rw);
	hk_spawn(&s, thief, NULL);
	return hk_join(&s);
}

START_TEST(a_stranger_among_readers_panics)
{
	struct hkt_child child;

	for (which = 0; thefts[which].steal != leave; which++)
		;
	hkt_child_run(&child, NULL, read_and_accuse);
	hkt_assert_signal(&child, SIGABRT,
		"^hocket: panic: task 2 \"thief\" [^\n]*: hk_rwlock_unlock: it holds no lock, and "
		"so does not read under the readers-writer lock 0x[0-9a-f]+");
}
END_TEST

/*
 * Goal: in the child of a fork() in a task nothing can be locked or met, also what is free, and
 * each call says why. Method: the child makes it and aborts; the parent is the task that waits for
 * it.
 */
static void rdlock(void)
{
	hk_rwlock_rdlock(&rw);
}

static void try_lock(void)
{
	ck_assert(!hk_mutex_trylock(&m));
}

static void lock_until(void)
{
	ck_assert_int_ne(hk_mutex_lock_until(&m, 0), 0);
}

static void signal_cond(void)
{
	hk_cond_signal(&cond);
}

static void set_event(void)
{
	static struct hk_event event;

	hk_event_set(&event);
}

static void count_down(void)
{
	hk_latch_count_down(&latch, 1);
}

static void meet_alone(void)
{
	static struct hk_barrier barrier;

	ck_assert_int_ne(hk_barrier_wait(&barrier), 1);
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static void do_once(void)
{
	ck_assert_int_ne(hk_once_run(&once, nothing, NULL), 0);
}

static void (*const after_fork[])(void) = { lock, try_lock, lock_until, unlock, rdlock, write_it,
	leave, signal_cond, set_event, count_down, meet_alone, do_once };
enum { AFTER_FORK = sizeof(after_fork) / sizeof(after_fork[0]) };

static int fork_and_call(void *arg)
{
	pid_t pid = fork();
	int status;

	(void)arg;
	if (pid == 0) {
		after_fork[which]();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? 0 : 1;
}

START_TEST(a_forked_child_panics)
{
	struct hkt_child child;

	which = _i;
	hkt_child_run(&child, NULL, fork_and_call);
	hkt_assert_exit(&child, 0, "^hocket: panic: task 1 \"main\" [^\n]*called after fork\\(\\)");
}
END_TEST

/* Goal: a task does not end with a lock. Method: each way of having one. */
static int end_reading(void *arg)
{
	(void)arg;
	hk_rwlock_rdlock(&rw);
	return 0;
}

static int end_writing(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_rwlock_wrlock_until(&rw, HK_FOREVER), 0);
	return 0;
}

static int end_with_recursive(void *arg)
{
	(void)arg;
	hk_mutex_lock(&recursive);
	hk_mutex_lock(&recursive);
	hk_mutex_unlock(&recursive);
	return 0;
}

static int end_after_wait(void *arg)
{
	(void)arg;
	hk_mutex_lock(&m);
	ck_assert_int_eq(hk_cond_wait_until(&cond, &m, hk_now() + HK_MS), -ETIMEDOUT);
	return 0;
}

static int (*const ends[])(
	void *) = { end_reading, end_writing, end_with_recursive, end_after_wait };
enum { ENDS = sizeof(ends) / sizeof(ends[0]) };

START_TEST(a_task_does_not_end_with_a_lock)
{
	struct hkt_child child;

	hkt_child_run(&child, NULL, ends[_i]);
	hkt_assert_signal(&child, SIGABRT,
		"^hocket: panic: task 1 \"main\" [^\n]*returned with 1 locks? held");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("misuse/lock");
	TCase *tc = hkt_case(suite, "lock", 20);

	tcase_add_loop_test(tc, an_error_panics, 0, ERRORS);
	tcase_add_loop_test(tc, a_stranger_panics, 0, 4 * THEFTS);
	tcase_add_test(tc, a_stranger_among_readers_panics);
	tcase_add_loop_test(tc, a_forked_child_panics, 0, AFTER_FORK);
	tcase_add_loop_test(tc, a_task_does_not_end_with_a_lock, 0, ENDS);
	return hkt_main(suite);
}
