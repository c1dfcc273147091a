/* SPDX-License-Identifier: MIT */
/* Wrong uses of inboxes and jobs panic, and say what was wrong. Each in a child process. */
#include "../check_hocket.h"

#include <signal.h>
#include <stdio.h>

static struct hk_inbox inbox;
static struct hk_job job;

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

/* Hidden from the compiler, which would warn of what is tested here. */
static void *null(void)
{
	void *pointer = NULL;

	__asm__("" : "+r"(pointer));
	return pointer;
}

static void submit_to_null(void)
{
	hk_submit((struct hk_inbox *)null(), &job, nothing, NULL);
}

static void submit_null(void)
{
	hk_submit(&inbox, (struct hk_job *)null(), nothing, NULL);
}

static void submit_no_function(void)
{
	hk_submit(&inbox, &job, (int (*)(void *))(uintptr_t)null(), NULL);
}

static void submit_twice(void)
{
	hk_submit(&inbox, &job, nothing, NULL);
	hk_submit(&inbox, &job, nothing, NULL);
}

static void close_null(void)
{
	hk_inbox_close(null());
}

static void serve_null(void)
{
	(void)hk_inbox_serve(null());
}

static void wait_null(void)
{
	(void)hk_job_wait(null());
}

static void wait_unsubmitted(void)
{
	(void)hk_job_wait(&job);
}

static void *wait_for_job(void *arg)
{
	(void)hk_job_wait(&job);
	return arg;
}

/* Nobody serves the inbox: the one of the two that comes second panics. */
static void wait_twice(void)
{
	hk_submit(&inbox, &job, nothing, NULL);
	hkt_thread(wait_for_job, NULL);
	(void)hk_job_wait(&job);
}

static const struct {
	void (*make)(void);
	const char *said;
} errors[] = {
	{ submit_to_null, "hk_submit: the inbox is NULL" },
	{ submit_null, "hk_submit: the job is NULL" },
	{ submit_no_function, "hk_submit: the function is NULL" },
	{ submit_twice, "hk_submit: the job 0x[0-9a-f]+ is in use" },
	{ close_null, "hk_inbox_close: the inbox is NULL" },
	{ serve_null, "hk_inbox_serve: the inbox is NULL" },
	{ wait_null, "hk_job_wait: the job is NULL" },
	{ wait_unsubmitted, "hk_job_wait: the job 0x[0-9a-f]+ was not submitted" },
	{ wait_twice, "hk_job_wait: another waits for the job 0x[0-9a-f]+ already" },
};
enum { ERRORS = sizeof(errors) / sizeof(errors[0]) };

static int which;

static int err(void *arg)
{
	(void)arg;
	errors[which].make();
	return 0;
}

/* Goal: from a thread and from a task, each error panics. Method: the table. */
START_TEST(an_error_panics)
{
	struct hkt_child child;
	char pattern[256];

	which = _i;
	snprintf(pattern, sizeof(pattern), "^hocket: panic: (task [^\n]*: )?%s", errors[_i].said);
	hkt_child(&child, err, NULL);
	hkt_assert_signal(&child, SIGABRT, pattern);
	hkt_child_run(&child, NULL, err);
	hkt_assert_signal(&child, SIGABRT, pattern);
}
END_TEST

static int serve_outside(void *arg)
{
	(void)arg;
	return hk_inbox_serve(&inbox);
}

START_TEST(a_thread_cannot_serve)
{
	struct hkt_child child;

	hkt_child(&child, serve_outside, NULL);
	hkt_assert_signal(&child, SIGABRT, "hk_inbox_serve: called outside a task \\(inbox 0x");
}
END_TEST

static int serve_twice(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, serve_outside, NULL);
	hk_spawn(&s, serve_outside, NULL);
	return hk_join(&s);
}

START_TEST(two_tasks_cannot_serve_at_once)
{
	struct hkt_child child;

	hkt_child_run(&child, NULL, serve_twice);
	hkt_assert_signal(&child, SIGABRT,
		"task [0-9]+ \"serve_outside\".*another task serves the inbox 0x");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("misuse/inbox");
	TCase *tc = hkt_case(suite, "inbox", 20);

	tcase_add_loop_test(tc, an_error_panics, 0, ERRORS);
	tcase_add_test(tc, a_thread_cannot_serve);
	tcase_add_test(tc, two_tasks_cannot_serve_at_once);
	return hkt_main(suite);
}
