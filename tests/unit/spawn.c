/* SPDX-License-Identifier: MIT */
/* Spawning: arguments, copies, options, stacks, and spawns that fail. */
#include "../check_hocket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Goal: each spawned task runs exactly once, with its own argument. Method: a tick per slot. */
enum { TASKS = 300 };
static struct slot {
	_Atomic int ticks;
} slots[TASKS];

static int tick(void *arg)
{
	((struct slot *)arg)->ticks++;
	return 0;
}

static int spawn_ticks(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(hk_spawn(&s, tick, &slots[i]), 0);
	return hk_join(&s);
}

START_TEST(each_task_runs_once)
{
	ck_assert_int_eq(hkt_run(_i, spawn_ticks, NULL), 0);
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(slots[i].ticks, 1);
}
END_TEST

/* Goal: a copy is a real copy: aligned, writable, of its own. Method: change source and copy. */
struct order {
	int number;
	char text[250];
};
static _Atomic int sum;

static int read_copy(void *arg)
{
	struct order *order = arg;

	hk_yield();
	ck_assert_uint_eq((uintptr_t)arg % 16, 0);
	ck_assert_int_eq(order->text[249], order->number);
	sum += order->number;
	memset(order, 0xff, sizeof(*order));
	return 0;
}

static int spawn_copies(void *arg)
{
	struct order order;

	(void)arg;
	HK_SCOPE(s);
	for (int i = 1; i <= 100; i++) {
		memset(&order, i, sizeof(order));
		order.number = i;
		ck_assert_int_eq(hk_spawn_copy(&s, read_copy, &order, sizeof(order)), 0);
		ck_assert_int_eq(order.number, i);
	}
	memset(&order, 0, sizeof(order));
	return hk_join(&s);
}

START_TEST(a_copy_belongs_to_the_task)
{
	ck_assert_int_eq(hkt_run(_i, spawn_copies, NULL), 0);
	ck_assert_int_eq(sum, 5050);
}
END_TEST

/* Goal: copies of every small length arrive whole. Method: patterns of 0 ... 200 bytes. */
static int check_pattern(void *arg)
{
	const unsigned char *bytes = arg;

	for (int i = 1; i < bytes[0]; i++)
		ck_assert_int_eq(bytes[i], i);
	return 0;
}

static int no_bytes(void *arg)
{
	(void)arg;
	sum++;
	return 0;
}

static int copy_lengths(void *arg)
{
	unsigned char bytes[200];

	(void)arg;
	HK_SCOPE(s);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	for (unsigned n = 1; n <= sizeof(bytes); n++) {
		bytes[0] = (unsigned char)n;
		hk_spawn_copy(&s, check_pattern, bytes, n);
	}
	hk_spawn_copy(&s, no_bytes, bytes, 0);
	return hk_join(&s);
}

START_TEST(copies_of_any_length_arrive)
{
	ck_assert_int_eq(hkt_run(_i, copy_lengths, NULL), 0);
	ck_assert_int_eq(sum, 1);
}
END_TEST

/* Goal: a copy beyond a quarter of the stack is refused. Method: a quarter, and a byte more. */
static int fill(void *arg)
{
	memset(arg, 1, 16384 / 4);
	sum++;
	return 0;
}

static int copy_much(void *arg)
{
	static char much[16384];

	(void)arg;
	HK_SCOPE(s);
	ck_assert_int_eq(hk_spawn_copy(&s, fill, much, 16384 / 4), 0);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(hk_spawn_copy(&s, fill, much, 16384 / 4 + 1), -E2BIG);
	ck_assert_int_eq(hk_join(&s), -E2BIG);
	return 0;
}

START_TEST(a_copy_too_big_is_refused)
{
	struct hk_options options = hkt_options(_i);

	options.stack_size = 16384;
	ck_assert_int_eq(hk_run(&options, copy_much, NULL), 0);
	ck_assert_int_eq(sum, 1);
}
END_TEST

/* Goal: a task has the stack it asked for. Method: touch most of it, from 16 KiB to 64 MiB. */
static int touch(void *arg)
{
	size_t size = *(size_t *)arg;
	volatile char *area = __builtin_alloca(size);

	for (size_t i = 0; i < size; i += 1024)
		area[i] = 1;
	hk_yield();
	for (size_t i = 0; i < size; i += 1024)
		sum += area[i];
	return 0;
}

static int spawn_stacks(void *arg)
{
	static const size_t sizes[] = { 16 << 10, 20 << 10, 64 << 10, 1 << 20, 64 << 20 };
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;

	(void)arg;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t used = sizes[i] / 2;

		HK_SCOPE(s);
		options.stack_size = sizes[i];
		sum = 0;
		ck_assert_int_eq(hk_spawn_with(&s, &options, touch, &used), 0);
		ck_assert_int_eq(hk_join(&s), 0);
		ck_assert_int_eq(sum, (used + 1023) / 1024);
	}
	return 0;
}

START_TEST(a_task_has_the_stack_it_asked_for)
{
	ck_assert_int_eq(hkt_run(_i, spawn_stacks, NULL), 0);
}
END_TEST

/* Goal: options out of range are refused, and the join tells. Method: each bad field alone. */
static struct hk_task_options bad_options(int which)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;

	switch (which) {
	case 0:
		options.size = 0;
		break;
	case 1:
		options.stack_size = 1;
		break;
	case 2:
		options.stack_size = 16383;
		break;
	case 3:
		options.stack_size = (64 << 20) + 1;
		break;
	case 4:
		options.stack_size = SIZE_MAX;
		break;
	case 5:
		options.slice_ns = 99999;
		break;
	case 6:
		options.flags = 4;
		break;
	default:
		options.reserved[1] = 1;
		break;
	}
	return options;
}

static int never(void *arg)
{
	(void)arg;
	ck_abort_msg("a task ran although its spawn was refused");
	return 0;
}

static int spawn_badly(void *arg)
{
	(void)arg;
	for (int i = 0; i < 8; i++) {
		struct hk_task_options options = bad_options(i);

		HK_SCOPE(s);
		ck_assert_int_eq(hk_spawn_with(&s, &options, never, NULL), -EINVAL);
		ck_assert_int_eq(hk_join(&s), -EINVAL);
	}
	return 0;
}

START_TEST(bad_options_are_refused)
{
	ck_assert_int_eq(hkt_run(_i, spawn_badly, NULL), 0);
}
END_TEST

/*
 * Goal: without memory for a stack, spawn and join return -ENOMEM, and the runtime goes on.
 * Method: limit the address space; each task has 64 MiB of stack and spawns the next.
 */
static int descend_until_refused(void *arg)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;
	int spawned, joined;

	HK_SCOPE(s);
	options.stack_size = 64 << 20;
	ck_assert_int_lt(sum++, 1000);
	spawned = hk_spawn_with(&s, &options, descend_until_refused, arg);
	joined = hk_join(&s);
	ck_assert_int_eq(joined, -ENOMEM);
	return spawned == 0 ? joined : spawned;
}

static int use_all_memory(void *arg)
{
	ck_assert_int_eq(descend_until_refused(arg), -ENOMEM);
	ck_assert_int_gt(sum, 10);
	sum = 0;
	HK_SCOPE(s);
	for (int i = 0; i < 10; i++)
		hk_spawn(&s, no_bytes, NULL);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(sum, 10);
	return 0;
}

static void limit_memory(rlim_t more)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	struct rlimit limit;
	unsigned long pages;

	ck_assert_ptr_nonnull(statm);
	ck_assert_int_eq(fscanf(statm, "%lu", &pages), 1);
	fclose(statm);
	limit.rlim_cur = limit.rlim_max = pages * (rlim_t)sysconf(_SC_PAGESIZE) + more;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

START_TEST(without_memory_spawn_fails_and_the_run_goes_on)
{
	limit_memory((rlim_t)3 << 30);
	ck_assert_int_eq(hkt_run(_i, use_all_memory, NULL), 0);
}
END_TEST

/* Goal: hk_spawn and its kin are functions too. Method: call them past the macros. */
static int call_functions(void *arg)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;
	int value = 1;

	(void)arg;
	HK_SCOPE(s);
	ck_assert_int_eq((hk_spawn)(&s, no_bytes, NULL), 0);
	ck_assert_int_eq((hk_spawn_copy)(&s, no_bytes, &value, sizeof(value)), 0);
	ck_assert_int_eq((hk_spawn_with)(&s, &options, no_bytes, NULL), 0);
	ck_assert_int_eq((hk_spawn_with)(&s, NULL, no_bytes, NULL), 0);
	return hk_join(&s);
}

START_TEST(spawns_are_functions_too)
{
	ck_assert_int_eq(hkt_run(_i, call_functions, NULL), 0);
	ck_assert_int_eq(sum, 4);
}
END_TEST

/* Goal: a task may spawn into the scope it lives in. Method: a chain of tasks, one scope. */
static int spawn_sibling(void *arg)
{
	static _Atomic int left = 50;

	sum++;
	if (--left > 0)
		return hk_spawn((struct hk_scope *)arg, spawn_sibling, arg);
	return 0;
}

static int start_chain(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, spawn_sibling, &s);
	return hk_join(&s);
}

START_TEST(a_task_may_spawn_into_its_own_scope)
{
	ck_assert_int_eq(hkt_run(_i, start_chain, NULL), 0);
	ck_assert_int_eq(sum, 50);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/spawn");
	TCase *tc = hkt_case(suite, "arguments", 20);

	hkt_add_every(tc, each_task_runs_once);
	hkt_add_every(tc, a_copy_belongs_to_the_task);
	hkt_add_every(tc, copies_of_any_length_arrive);
	hkt_add_every(tc, a_copy_too_big_is_refused);
	hkt_add_every(tc, spawns_are_functions_too);
	hkt_add_every(tc, a_task_may_spawn_into_its_own_scope);
	tc = hkt_case(suite, "options", 30);
	hkt_add_every(tc, a_task_has_the_stack_it_asked_for);
	hkt_add_every(tc, bad_options_are_refused);
	/* ThreadSanitizer ends the process when it has no memory for one more thread. */
	if (!HKT_THREAD_SANITIZER)
		hkt_add_every(tc, without_memory_spawn_fails_and_the_run_goes_on);
	return hkt_main(suite);
}
