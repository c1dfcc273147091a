/* SPDX-License-Identifier: MIT */
/*
 * What must not be NULL: each call panics with its name, in a task and outside of one where it may
 * be called there.
 */
#include "../check_hocket.h"

#include <signal.h>
#include <stdio.h>

/* Hidden from the compiler, which would warn. */
static void *null(void)
{
	void *pointer = NULL;

	__asm__("" : "+r"(pointer));
	return pointer;
}

static void read_into_null(void)
{
	ck_assert_int_eq(hk_read(0, null(), 8), 0);
}

static void write_from_null(void)
{
	ck_assert_int_eq(hk_write(1, null(), 8), 0);
}

static void poll_null(void)
{
	ck_assert_int_eq(hk_poll(null(), 3, HK_FOREVER), 0);
}

static void block_in_null(void)
{
	(void)(hk_blocking)((int (*)(void *))(uintptr_t)null(), NULL);
}

static void lock_null(void)
{
	hk_mutex_lock(null());
}

static void post_null(void)
{
	hk_sem_post(null());
}

static const struct {
	void (*make)(void);
	const char *said;
	bool tasks_only;
} errors[] = {
	{ read_into_null, "hk_read: the buffer is NULL but has 8 bytes", false },
	{ write_from_null, "hk_write: the buffer is NULL but has 8 bytes", false },
	{ poll_null, "hk_poll: the array is NULL but has 3 entries", false },
	{ block_in_null, "hk_blocking: the function is NULL", false },
	{ lock_null, "hk_mutex_lock: the mutex is NULL", true },
	{ post_null, "hk_sem_post: the semaphore is NULL", false },
};
enum { ERRORS = sizeof(errors) / sizeof(errors[0]) };

static int which;

static int err(void *arg)
{
	(void)arg;
	errors[which].make();
	return 0;
}

START_TEST(null_panics)
{
	struct hkt_child child;
	char pattern[128];

	which = _i;
	snprintf(pattern, sizeof(pattern), "^hocket: panic: [^\n]*%s\n", errors[_i].said);
	hkt_child_run(&child, NULL, err);
	hkt_assert_signal(&child, SIGABRT, pattern);
	if (errors[_i].tasks_only)
		return;
	snprintf(pattern, sizeof(pattern), "^hocket: panic: %s\n", errors[_i].said);
	hkt_child(&child, err, NULL);
	hkt_assert_signal(&child, SIGABRT, pattern);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("misuse/null");
	TCase *tc = hkt_case(suite, "calls", 20);

	tcase_add_loop_test(tc, null_panics, 0, ERRORS);
	return hkt_main(suite);
}
