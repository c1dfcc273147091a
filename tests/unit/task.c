/* SPDX-License-Identifier: MIT */
/* What a task knows about itself, and what the same calls say outside a task. */
#include "../check_hocket.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* Goal: outside hk_run() there is no task. Method: ask before and after a run. */
static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static void assert_outside(void)
{
	ck_assert_ptr_null(hk_task_name());
	ck_assert_uint_eq(hk_task_id(), 0);
	ck_assert_int_eq(hk_task_worker(), -1);
	ck_assert(!hk_task_cancelled());
	ck_assert(!hk_task_can_wait());
	hk_yield();
}

START_TEST(outside_there_is_no_task)
{
	assert_outside();
	ck_assert_int_eq(hk_run(NULL, nothing, NULL), 0);
	assert_outside();
}
END_TEST

/* Goal: the first task is number 1, named "main" or as the options say. Method: ask inside. */
static int be_first(void *name)
{
	ck_assert_str_eq(hk_task_name(), name);
	ck_assert_uint_eq(hk_task_id(), 1);
	ck_assert(!hk_task_cancelled());
	return 0;
}

START_TEST(the_first_task_is_number_one)
{
	struct hk_options options = hkt_options(_i);
	char main_name[] = "main", chef[] = "chef";

	ck_assert_int_eq(hk_run(&options, be_first, main_name), 0);
	options.name = chef;
	ck_assert_int_eq(hk_run(&options, be_first, chef), 0);
}
END_TEST

/* Goal: a task can wait, but not on another stack. Method: a handler on the alternate stack. */
static volatile sig_atomic_t handler_can_wait = 77;

static void ask_in_handler(int signal)
{
	(void)signal;
	handler_can_wait = hk_task_can_wait();
}

static int ask_around(void *arg)
{
	(void)arg;
	ck_assert(hk_task_can_wait());
	ck_assert_int_eq(raise(SIGUSR1), 0);
	ck_assert_int_eq(handler_can_wait, 0);
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	ck_assert(hk_task_can_wait());
	return 0;
}

START_TEST(a_task_can_wait_on_its_stack)
{
	struct sigaction action = { .sa_handler = ask_in_handler, .sa_flags = SA_ONSTACK };

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(hkt_run(_i, ask_around, NULL), 0);
}
END_TEST

/* Goal: ids count from 2 in order of spawning. Method: each task compares with its index. */
static int check_id(void *arg)
{
	ck_assert_uint_eq(hk_task_id(), *(uint64_t *)arg);
	return 0;
}

static int spawn_numbered(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (uint64_t id = 2; id < 52; id++)
		hk_spawn_copy(&s, check_id, &id, sizeof(id));
	return hk_join(&s);
}

START_TEST(ids_follow_the_order_of_spawning)
{
	ck_assert_int_eq(hkt_run(_i, spawn_numbered, NULL), 0);
}
END_TEST

/* Goal: a task is named after its function, and the name stays. Method: ask around waits. */
static int fry(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++) {
		ck_assert_str_eq(hk_task_name(), "fry");
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	}
	return 0;
}

static int spawn_fry(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, fry, NULL);
	hk_spawn(&s, fry, NULL);
	ck_assert_str_eq(hk_task_name(), "main");
	return hk_join(&s);
}

START_TEST(a_task_is_named_after_its_function)
{
	ck_assert_int_eq(hkt_run(_i, spawn_fry, NULL), 0);
}
END_TEST

/* Goal: an own name is copied and cut to 31 bytes. Method: overwrite it after the spawn. */
static int check_name(void *name)
{
	hk_yield();
	ck_assert_str_eq(hk_task_name(), name);
	return 0;
}

static int spawn_named(void *arg)
{
	static char expected[] = "abcdefghijklmnopqrstuvwxyz01234";
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;
	char name[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	(void)arg;
	HK_SCOPE(s);
	options.name = name;
	hk_spawn_with(&s, &options, check_name, expected);
	memset(name, 'x', sizeof(name) - 1);
	return hk_join(&s);
}

START_TEST(an_own_name_is_copied_and_cut)
{
	ck_assert_int_eq(hkt_run(_i, spawn_named, NULL), 0);
}
END_TEST

/* Goal: the worker number is in range and, without interleaving, constant. Method: ask often. */
struct place {
	int workers;
	bool fixed;
};

static int look_around(void *arg)
{
	const struct place *place = arg;
	int first = hk_task_worker();

	for (int i = 0; i < 20; i++) {
		int worker = hk_task_worker();

		ck_assert_int_ge(worker, 0);
		ck_assert_int_lt(worker, place->workers);
		if (place->fixed)
			ck_assert_int_eq(worker, first);
		if (i % 2 == 0)
			hk_yield();
		else
			ck_assert_int_eq(hk_sleep(100 * HK_US), 0);
	}
	return 0;
}

static int spawn_lookers(void *arg)
{
	HK_SCOPE(s);
	for (int i = 0; i < 20; i++)
		hk_spawn(&s, look_around, arg);
	return hk_join(&s);
}

START_TEST(a_worker_number_is_in_range)
{
	unsigned workers = hkt_setups[_i].workers;
	struct place place = { workers == 0 ? 1 : (int)workers, !hkt_interleaves(_i) };

	ck_assert_int_eq(hkt_run(_i, spawn_lookers, &place), 0);
}
END_TEST

/* Goal: a computation sees that it was cancelled. Method: it only asks. */
static int compute(void *arg)
{
	(void)arg;
	while (!hk_task_cancelled())
		hk_yield();
	return -ECANCELED;
}

static int cancel_computation(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, compute, NULL);
	hk_spawn(&s, compute, NULL);
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	ck_assert(!hk_task_cancelled());
	hk_cancel(&s);
	ck_assert(!hk_task_cancelled());
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	return 0;
}

START_TEST(a_computation_sees_its_cancellation)
{
	ck_assert_int_eq(hkt_run(_i, cancel_computation, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/task");
	TCase *tc = hkt_case(suite, "self", 20);

	tcase_add_test(tc, outside_there_is_no_task);
	hkt_add_every(tc, the_first_task_is_number_one);
	hkt_add_every(tc, a_task_can_wait_on_its_stack);
	hkt_add_every(tc, ids_follow_the_order_of_spawning);
	hkt_add_every(tc, a_task_is_named_after_its_function);
	hkt_add_every(tc, an_own_name_is_copied_and_cut);
	hkt_add_every(tc, a_worker_number_is_in_range);
	hkt_add_overlap(tc, a_computation_sees_its_cancellation);
	return hkt_main(suite);
}
