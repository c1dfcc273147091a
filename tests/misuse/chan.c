/* SPDX-License-Identifier: MIT */
/*
 * What channels and selects refuse: each call panics with its name, in a task, which is named, and
 * outside of one where it may be called there.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

/* Hidden from the compiler, which would warn. */
static void *null(void)
{
	void *pointer = NULL;

	__asm__("" : "+r"(pointer));
	return pointer;
}

static int memory[2];
static struct hk_chan chan = HK_CHAN_INIT(memory);

static int init_null(void)
{
	hk_chan_init(null(), 4, memory, 2);
	return 0;
}

static int init_without_buffer(void)
{
	struct hk_chan none;

	hk_chan_init(&none, 4, null(), 2);
	return 0;
}

static int close_null(void)
{
	hk_chan_close(null());
	return 0;
}

static int count_null(void)
{
	return (int)hk_chan_count(null());
}

static int send_to_null(void)
{
	return hk_chan_send(null(), memory);
}

static int send_until_to_null(void)
{
	return hk_chan_send_until(null(), memory, 0);
}

static int trysend_to_null(void)
{
	return hk_chan_trysend(null(), memory);
}

static int recv_from_null(void)
{
	return hk_chan_recv(null(), memory);
}

static int recv_until_from_null(void)
{
	return hk_chan_recv_until(null(), memory, 0);
}

static int tryrecv_from_null(void)
{
	return hk_chan_tryrecv(null(), memory);
}

static int send_null(void)
{
	return hk_chan_send(&chan, null());
}

static int send_null_until(void)
{
	return hk_chan_send_until(&chan, null(), 0);
}

static int trysend_null(void)
{
	return hk_chan_trysend(&chan, null());
}

static int select_null(void)
{
	return hk_select(null(), 3, 0);
}

static int select_too_many(void)
{
	struct hk_case one = { .kind = HK_CASE_NONE };

	return hk_select(&one, 1u << 31, 0);
}

/* The case comes second: the panic says which it is. */
static int select_one(struct hk_case wrong)
{
	struct hk_case cases[] = { HK_CASE_RECV(&chan, NULL), wrong };

	return hk_select(cases, 2, 0);
}

static int select_no_kind(void)
{
	return select_one((struct hk_case){ .kind = (enum hk_case_kind)99 });
}

static int select_recv_null(void)
{
	return select_one((struct hk_case)HK_CASE_RECV(null(), NULL));
}

static int select_send_to_null(void)
{
	return select_one((struct hk_case)HK_CASE_SEND(null(), memory));
}

static int select_send_null(void)
{
	return select_one((struct hk_case)HK_CASE_SEND(&chan, null()));
}

static int select_null_sem(void)
{
	return select_one((struct hk_case)HK_CASE_SEM(null()));
}

static int select_null_event(void)
{
	return select_one((struct hk_case)HK_CASE_EVENT(null()));
}

static int select_null_scope(void)
{
	return select_one((struct hk_case)HK_CASE_JOIN(null()));
}

static struct hk_scope *foreign;

static int select_foreign(void *arg)
{
	(void)arg;
	return select_one((struct hk_case)HK_CASE_JOIN(foreign));
}

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int select_foreign_scope(void)
{
	HK_SCOPE(s);
	foreign = &s;
	hk_spawn(&s, nothing, NULL);
	hk_spawn(&s, select_foreign, NULL);
	return hk_join(&s);
}

static int select_ended_scope(void)
{
	struct hk_scope s = HK_SCOPE_INIT;

	hk_scope_end(&s);
	return select_one((struct hk_case)HK_CASE_JOIN(&s));
}

static int select_no_scope(void)
{
	struct hk_scope s = { .state = 0xdead0000 };

	return select_one((struct hk_case)HK_CASE_JOIN(&s));
}

enum who { BOTH, TASK };
static const struct {
	int (*make)(void);
	const char *said;
	enum who who;
} errors[] = {
	{ init_null, "hk_chan_init: the channel is NULL", BOTH },
	{ init_without_buffer, "hk_chan_init: the buffer is NULL but is to hold 2 items", BOTH },
	{ close_null, "hk_chan_close: the channel is NULL", BOTH },
	{ count_null, "hk_chan_count: the channel is NULL", BOTH },
	{ send_to_null, "hk_chan_send: the channel is NULL", BOTH },
	{ send_until_to_null, "hk_chan_send_until: the channel is NULL", BOTH },
	{ trysend_to_null, "hk_chan_trysend: the channel is NULL", BOTH },
	{ recv_from_null, "hk_chan_recv: the channel is NULL", BOTH },
	{ recv_until_from_null, "hk_chan_recv_until: the channel is NULL", BOTH },
	{ tryrecv_from_null, "hk_chan_tryrecv: the channel is NULL", BOTH },
	{ send_null, "hk_chan_send: the item for the channel 0x[0-9a-f]+ is NULL but has 4 bytes",
		BOTH },
	{ send_null_until,
		"hk_chan_send_until: the item for the channel 0x[0-9a-f]+ is NULL but has 4 bytes",
		BOTH },
	{ trysend_null,
		"hk_chan_trysend: the item for the channel 0x[0-9a-f]+ is NULL but has 4 bytes",
		BOTH },
	{ select_null, "hk_select: the array is NULL but has 3 cases", BOTH },
	{ select_too_many, "hk_select: 2147483648 cases are too many", BOTH },
	{ select_no_kind,
		"hk_select: case 1 is of no kind \\(99\\); make it by the macros of "
		"hocket/select.h",
		BOTH },
	{ select_recv_null, "hk_select: what case 1 waits for is NULL", BOTH },
	{ select_send_to_null, "hk_select: what case 1 waits for is NULL", BOTH },
	{ select_send_null,
		"hk_select: the item for the channel 0x[0-9a-f]+ is NULL but has 4 bytes", BOTH },
	{ select_null_sem, "hk_select: what case 1 waits for is NULL", BOTH },
	{ select_null_event, "hk_select: what case 1 waits for is NULL", BOTH },
	{ select_null_scope, "hk_select: what case 1 waits for is NULL", BOTH },
	{ select_foreign_scope,
		"hk_select: the scope of [^\n]*chan.c:[0-9]+ belongs to task 1 \"main\"; only it "
		"may do this",
		TASK },
	{ select_ended_scope, "hk_select: the scope of [^\n]*chan.c:[0-9]+ has ended", TASK },
	{ select_no_scope, "hk_select: 0x[0-9a-f]+ is no scope: [^\n]*", TASK },
};
enum { ERRORS = sizeof(errors) / sizeof(errors[0]) };

static int which;

static int err(void *arg)
{
	(void)arg;
	return errors[which].make() < 0;
}

START_TEST(misuse_panics)
{
	struct hkt_child child;
	char pattern[256];

	which = _i;
	snprintf(pattern, sizeof(pattern), "^hocket: panic: task [0-9]+ \"[^\n]*%s\n",
		errors[_i].said);
	hkt_child_run(&child, NULL, err);
	hkt_assert_signal(&child, SIGABRT, pattern);
	if (errors[_i].who == TASK)
		return;
	snprintf(pattern, sizeof(pattern), "^hocket: panic: %s\n", errors[_i].said);
	hkt_child(&child, err, NULL);
	hkt_assert_signal(&child, SIGABRT, pattern);
}
END_TEST

/* Goal: descriptors and scopes are for tasks. Method: a thread outside selects one. */
static int select_fd(void *arg)
{
	(void)arg;
	return select_one((struct hk_case)HK_CASE_FD(0, POLLIN));
}

static int select_scope(void *arg)
{
	struct hk_scope s = HK_SCOPE_INIT;

	(void)arg;
	return select_one((struct hk_case)HK_CASE_JOIN(&s));
}

START_TEST(outside_a_task)
{
	static const char pattern[] =
		"^hocket: panic: hk_select: case 1, a descriptor or scope, is for tasks only\n";
	struct hkt_child child;

	hkt_child(&child, select_fd, NULL);
	hkt_assert_signal(&child, SIGABRT, pattern);
	hkt_child(&child, select_scope, NULL);
	hkt_assert_signal(&child, SIGABRT, pattern);
}
END_TEST

/* Goal: items of no bytes need no memory. Method: NULL for each of them. */
static int use_null(void *arg)
{
	struct hk_chan bare;

	hk_chan_init(&bare, 0, null(), 2);
	struct hk_case cases[] = { HK_CASE_SEND(&bare, null()) };
	ck_assert_int_eq(hk_chan_send(&bare, null()), 0);
	ck_assert_int_eq(hk_select(cases, 1, HK_FOREVER), 0);
	ck_assert_int_eq(hk_chan_recv(&bare, null()), 0);
	ck_assert_int_eq(hk_select(null(), 0, 0), -ETIMEDOUT);
	return arg != NULL;
}

START_TEST(null_that_is_right)
{
	ck_assert_int_eq(use_null(NULL), 0);
	ck_assert_int_eq(hk_run(NULL, use_null, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("misuse/chan");
	TCase *tc = hkt_case(suite, "calls", 20);

	tcase_add_loop_test(tc, misuse_panics, 0, ERRORS);
	tcase_add_test(tc, outside_a_task);
	tcase_add_test(tc, null_that_is_right);
	return hkt_main(suite);
}
