/* SPDX-License-Identifier: MIT */
/*
 * What only a scope's owner may do, shields without a beginning, values without a key: each panics,
 * in a task with its name, and on a thread outside.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

static struct hk_scope first; /* the first task's */
static struct hk_scope ended;

/* Hidden from the compiler, which would warn. */
static void *null(void)
{
	void *pointer = NULL;

	__asm__("" : "+r"(pointer));
	return pointer;
}

static void limit(struct hk_scope *scope)
{
	hk_scope_limit(scope, 1);
}

static void deadline(struct hk_scope *scope)
{
	hk_scope_deadline(scope, HK_FOREVER);
}

static void join_until(struct hk_scope *scope)
{
	ck_assert_int_eq(hk_join_until(scope, 0), 0);
}

static const struct {
	const char *name;
	void (*make)(struct hk_scope *);
} calls[] = {
	{ "hk_scope_limit", limit },
	{ "hk_scope_collect", hk_scope_collect },
	{ "hk_scope_deadline", deadline },
	{ "hk_join_until", join_until },
};
enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

/* Whose scope it is called with. */
static const struct {
	struct hk_scope *scope;
	const char *said;
} wrongs[] = {
	{ &first, "the scope of [^\n]*scope\\.c:[0-9]+ belongs to task 1 \"main\"; only it may" },
	{ &ended, "the scope of [^\n]*scope\\.c:[0-9]+ has ended" },
	{ NULL, "the scope is NULL" },
};
enum { WRONGS = sizeof(wrongs) / sizeof(wrongs[0]) };

static int number;

static int culprit(void *arg)
{
	ended = (struct hk_scope)HK_SCOPE_INIT;
	hk_scope_end(&ended);
	calls[number / WRONGS].make(wrongs[number % WRONGS].scope);
	return arg != NULL;
}

static int spawn_culprit(void *arg)
{
	first = (struct hk_scope)HK_SCOPE_INIT;
	hk_spawn(&first, culprit, arg);
	return hk_join(&first);
}

/* Goal: the owner's calls are the owner's. Method: each call with each wrong scope. */
START_TEST(owners_calls)
{
	struct hkt_child child;
	char pattern[256];

	number = _i;
	snprintf(pattern, sizeof(pattern),
		"^hocket: panic: task 2 \"culprit\" \\([^\n)]+\\): %s: %s",
		calls[number / WRONGS].name, wrongs[number % WRONGS].said);
	hkt_child_run(&child, NULL, spawn_culprit);
	hkt_assert_signal(&child, SIGABRT, pattern);
}
END_TEST

/* Goal: they are for tasks. Method: a thread outside. */
static int call_outside(void *arg)
{
	(void)arg;
	calls[number].make(&first);
	return 0;
}

START_TEST(owners_calls_outside)
{
	struct hkt_child child;
	char pattern[128];

	number = _i;
	snprintf(pattern, sizeof(pattern), "^hocket: panic: %s: called outside a task",
		calls[number].name);
	hkt_child(&child, call_outside, NULL);
	hkt_assert_signal(&child, SIGABRT, pattern);
}
END_TEST

/* Goal and method: as above, of shields and values. */
static void end_a_shield_too_many(void)
{
	HK_SHIELDED
		number++;
	hk_shield_end();
}

static struct hk_local key = HK_LOCAL_INIT(NULL);

static void set_a_value(void)
{
	if (hk_local_set(&key, &key) == 0)
		hk_local_get(null());
}

static void set_without_a_key(void)
{
	ck_assert_int_eq(hk_local_set(null(), NULL), 0);
}

static const struct {
	void (*make)(void);
	const char *inside, *outside;
} errors[] = {
	{ end_a_shield_too_many, "hk_shield_end: there is no hk_shield_begin\\(\\) left for it",
		"hk_shield_begin: called outside a task" },
	{ hk_shield_end, "hk_shield_end: there is no", "hk_shield_end: called outside a task" },
	{ set_a_value, "hk_local_get: the key is NULL",
		"hk_local_set: called outside a task \\(key 0x" },
	{ set_without_a_key, "hk_local_set: the key is NULL", "hk_local_set: the key is NULL" },
};
enum { ERRORS = sizeof(errors) / sizeof(errors[0]) };

static int which;

static int err(void *arg)
{
	errors[which].make();
	return arg != NULL;
}

START_TEST(shields_and_values)
{
	struct hkt_child child;
	char pattern[256];

	which = _i;
	snprintf(pattern, sizeof(pattern), "^hocket: panic: task 1 \"main\" [^\n]*: %s",
		errors[_i].inside);
	hkt_child_run(&child, NULL, err);
	hkt_assert_signal(&child, SIGABRT, pattern);
	snprintf(pattern, sizeof(pattern), "^hocket: panic: %s", errors[_i].outside);
	hkt_child(&child, err, NULL);
	hkt_assert_signal(&child, SIGABRT, pattern);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("misuse/scope");
	TCase *tc = hkt_case(suite, "calls", 20);

	tcase_add_loop_test(tc, owners_calls, 0, CALLS * WRONGS);
	tcase_add_loop_test(tc, owners_calls_outside, 0, CALLS);
	tcase_add_loop_test(tc, shields_and_values, 0, ERRORS);
	return hkt_main(suite);
}
