/* SPDX-License-Identifier: MIT */
/*
 * Programming errors panic: one message that names the task, where it was spawned and what was
 * wrong, then SIGABRT. Each error is made in a child process by a task named "culprit".
 */
#include "../check_hocket.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct hk_mutex m;
static struct hk_sem sem;
static struct hk_scope outside;
static struct hk_scope *home; /* the culprit lives in it */

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int sleep_long(void *arg)
{
	(void)arg;
	return hk_sleep(HK_S);
}

/* The pointers below are hidden from the compiler, which would warn of what is tested here. */
static void *null(void)
{
	void *pointer = NULL;

	__asm__("" : "+r"(pointer));
	return pointer;
}

static void spawn_into_null(void)
{
	hk_spawn((struct hk_scope *)null(), nothing, NULL);
}

static void spawn_null(void)
{
	HK_SCOPE(s);
	(hk_spawn)(&s, (int (*)(void *))(uintptr_t)null(), NULL);
}

static void copy_null(void)
{
	HK_SCOPE(s);
	hk_spawn_copy(&s, nothing, null(), 8);
}

static void join_null(void)
{
	(void)hk_join(null());
}

static void cancel_null(void)
{
	hk_cancel(null());
}

static void end_null(void)
{
	hk_scope_end(null());
}

static void run_null(void)
{
	hk_run(NULL, (int (*)(void *))(uintptr_t)null(), NULL);
}

static void run_inside(void)
{
	hk_run(NULL, nothing, NULL);
}

static void unlock_free(void)
{
	hk_mutex_unlock(&m);
}

static void unlock_twice(void)
{
	hk_mutex_lock(&m);
	hk_mutex_unlock(&m);
	hk_mutex_unlock(&m);
}

static void lock_twice(void)
{
	hk_mutex_lock(&m);
	hk_mutex_lock(&m);
}

static void lock_twice_until(void)
{
	hk_mutex_lock(&m);
	if (hk_mutex_lock_until(&m, hk_now() + HK_S) == 0)
		return;
}

static void end_with_lock(void)
{
	hk_mutex_lock(&m);
}

static void end_with_deadline(void)
{
	static struct hk_scope s = HK_SCOPE_INIT;

	hk_scope_deadline(&s, hk_now() + 3600 * HK_S);
}

static void end_with_tasks(void)
{
	static struct hk_scope left;

	hk_spawn(&left, sleep_long, NULL);
}

static void overflow_semaphore(void)
{
	struct hk_sem full = HK_SEM_INIT(HK_SEM_MAX);

	hk_sem_post(&full);
}

static void spawn_into_foreign_scope(void)
{
	hk_spawn(&outside, nothing, NULL);
}

static void join_foreign_scope(void)
{
	(void)hk_join(&outside);
}

static void join_own_scope(void)
{
	(void)hk_join(home);
}

static void cancel_foreign_scope(void)
{
	hk_cancel(&outside);
}

static void end_foreign_scope(void)
{
	hk_scope_end(&outside);
}

static struct hk_scope ended;

static void spawn_into_ended_scope(void)
{
	hk_spawn(&ended, nothing, NULL);
	(void)hk_join(&ended);
	hk_scope_end(&ended);
	hk_spawn(&ended, nothing, NULL);
}

static void join_ended_scope(void)
{
	hk_scope_end(&ended);
	(void)hk_join(&ended);
}

static void cancel_ended_scope(void)
{
	hk_spawn(&ended, nothing, NULL);
	hk_scope_end(&ended);
	hk_cancel(&ended);
}

/* Memory that was not initialised, or was a scope once and is used for something else by now. */
static struct hk_scope *no_scope(void)
{
	static struct hk_scope scope;
	return memset(&scope, 0xa5, sizeof(scope));
}

static void spawn_into_no_scope(void)
{
	hk_spawn(no_scope(), nothing, NULL);
}

static void join_no_scope(void)
{
	(void)hk_join(no_scope());
}

static void cancel_no_scope(void)
{
	hk_cancel(no_scope());
}

static void end_no_scope(void)
{
	hk_scope_end(no_scope());
}

static const struct {
	void (*make)(void);
	const char *said;
} errors[] = {
	{ spawn_into_null, "hk_spawn.*NULL" },
	{ spawn_null, "hk_spawn.*NULL" },
	{ copy_null, "hk_spawn.*NULL" },
	{ join_null, "hk_join.*NULL" },
	{ cancel_null, "hk_cancel.*NULL" },
	{ end_null, "hk_scope_end.*NULL" },
	{ run_null, "hk_run" },
	{ run_inside, "hk_run" },
	{ unlock_free, "unlock.*mutex" },
	{ unlock_twice, "unlock.*mutex" },
	{ lock_twice, "lock.*mutex" },
	{ lock_twice_until, "lock.*mutex" },
	{ end_with_lock, "returned with 1 locks? held" },
	{ end_with_deadline, "returned with the deadlines of 1 of its scopes set" },
	{ end_with_tasks, "returned with.*task.*scope" },
	{ overflow_semaphore, "semaphore" },
	{ spawn_into_foreign_scope, "spawn.*scope" },
	{ join_foreign_scope, "join.*scope.*main" },
	{ join_own_scope, "join.*scope.*main" },
	{ cancel_foreign_scope, "cancel.*scope" },
	{ end_foreign_scope, "scope.*main" },
	{ spawn_into_ended_scope, "spawn.*scope.*ended" },
	{ join_ended_scope, "join.*scope.*ended" },
	{ cancel_ended_scope, "cancel.*scope.*ended" },
	{ spawn_into_no_scope, "hk_spawn.*is no scope" },
	{ join_no_scope, "hk_join.*is no scope" },
	{ cancel_no_scope, "hk_cancel.*is no scope" },
	{ end_no_scope, "hk_scope_end.*is no scope" },
};
enum { ERRORS = sizeof(errors) / sizeof(errors[0]) };

/* The first task owns the scope `outside`; the culprit lives in another one of its scopes. */
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
	hk_spawn(&outside, nothing, NULL);
	HK_SCOPE(s);
	home = &s;
	hk_spawn(&s, culprit, NULL);
	return hk_join(&s);
}

#define CULPRIT "^hocket: panic: task [0-9]+ \"culprit\" \\(spawned at [^\n)]*panic\\.c:[0-9]+\\): "

static void assert_panic(int setup)
{
	struct hk_options options = hkt_options(setup);
	struct hkt_child child;
	char pattern[256];

	snprintf(pattern, sizeof(pattern), CULPRIT ".*%s", errors[which].said);
	hkt_child_run(&child, &options, accuse);
	hkt_assert_signal(&child, SIGABRT, pattern);
}

/* Goal: each error panics with names. Method: the table, combined execution. */
START_TEST(an_error_panics_with_names)
{
	which = _i;
	assert_panic(2);
}
END_TEST

/* Goal: it does so in every execution. Method: three of them in each. */
START_TEST(errors_panic_in_every_execution)
{
	static void (*const some[])(void) = { lock_twice, join_foreign_scope, run_inside };

	for (int i = 0; i < 3; i++) {
		for (which = 0; errors[which].make != some[i]; which++)
			;
		assert_panic(_i);
	}
}
END_TEST

/* Goal: a mutex is unlocked by its owner only; the message names both. Method: two tasks. */
static int owner(void *arg)
{
	(void)arg;
	hk_mutex_lock(&m);
	hk_sem_post(&sem);
	return hk_sleep(HK_S);
}

static int stranger(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sem_wait(&sem), 0);
	hk_mutex_unlock(&m);
	return 0;
}

static int meet(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, owner, NULL);
	hk_spawn(&s, stranger, NULL);
	return hk_join(&s);
}

START_TEST(a_stranger_unlocks)
{
	struct hk_options options = hkt_options(_i);
	struct hkt_child child;

	hkt_child_run(&child, &options, meet);
	hkt_assert_signal(&child, SIGABRT,
		"^hocket: panic: task [0-9]+ \"stranger\" \\(spawned at .*panic\\.c:[0-9]+\\): ");
	hkt_assert_signal(&child, SIGABRT, "unlock.*mutex.*\"?owner\"?");
}
END_TEST

/* Goal: tasks only. Method: each call from a thread that is none, and from a foreign one. */
static void unlock_outside(void)
{
	hk_mutex_unlock(&m);
}

static void spawn_outside(void)
{
	struct hk_scope s = HK_SCOPE_INIT;

	hk_spawn(&s, nothing, NULL);
}

static void join_outside(void)
{
	(void)hk_join(&outside);
}

static void cancel_outside(void)
{
	hk_cancel(&outside);
}

static void end_outside(void)
{
	hk_scope_end(&outside);
}

static const struct {
	void (*make)(void);
	const char *said;
} outside_errors[] = {
	{ unlock_outside, "hk_mutex_unlock" },
	{ spawn_outside, "hk_spawn" },
	{ join_outside, "hk_join" },
	{ cancel_outside, "hk_cancel" },
	{ end_outside, "hk_scope_end" },
};
enum { OUTSIDE_ERRORS = sizeof(outside_errors) / sizeof(outside_errors[0]) };

static int err_before_any_run(void *arg)
{
	(void)arg;
	outside_errors[which].make();
	return 0;
}

static void *err(void *arg)
{
	err_before_any_run(arg);
	return NULL;
}

static int err_on_another_thread(void *arg)
{
	(void)arg;
	hk_spawn(&outside, nothing, NULL);
	pthread_join(hkt_thread(err, NULL), NULL);
	return 0;
}

START_TEST(a_thread_outside_panics)
{
	struct hkt_child child;
	char pattern[128];

	which = _i;
	snprintf(pattern, sizeof(pattern), "^hocket: panic: .*%s", outside_errors[which].said);
	hkt_child(&child, err_before_any_run, NULL);
	hkt_assert_signal(&child, SIGABRT, pattern);
	ck_assert(!hkt_matches(child.err, "task [0-9]"));
	hkt_child_run(&child, NULL, err_on_another_thread);
	hkt_assert_signal(&child, SIGABRT, pattern);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("misuse/panic");
	TCase *tc = hkt_case(suite, "tasks", 20);

	tcase_add_loop_test(tc, an_error_panics_with_names, 0, ERRORS);
	hkt_add_every(tc, errors_panic_in_every_execution);
	hkt_add_overlap(tc, a_stranger_unlocks);
	tc = hkt_case(suite, "threads", 20);
	tcase_add_loop_test(tc, a_thread_outside_panics, 0, OUTSIDE_ERRORS);
	return hkt_main(suite);
}
