/* SPDX-License-Identifier: MIT */
/*
 * Stacks by the thousand: what they cost in memory and mappings, and that each is guarded, or,
 * where the kernel has no light guards and there are too many for the other kind, checked.
 */
#include "../check_hocket.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MAPPINGS_MAX = 65530, /* what a process may have, where nobody has changed it */
	STACK = 16 << 10,
};

static struct hk_sem go;
static int wanted;

static long mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	long lines = 0;
	int c;

	ck_assert_ptr_nonnull(maps);
	while ((c = getc(maps)) != EOF)
		lines += c == '\n';
	fclose(maps);
	return lines;
}

static long resident(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long pages = 0;

	ck_assert_ptr_nonnull(statm);
	ck_assert_int_eq(fscanf(statm, "%*d %ld", &pages), 1);
	fclose(statm);
	return pages * sysconf(_SC_PAGESIZE);
}

static int wait_for_go(void *arg)
{
	(void)arg;
	return hk_sem_wait(&go);
}

static void spawn_waiters(struct hk_scope *scope, int n)
{
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(hk_spawn(scope, wait_for_go, NULL), 0);
	hk_sleep(HK_MS); /* until they all wait: the queue is served first come first served */
}

static void let_go(struct hk_scope *scope, int n)
{
	for (int i = 0; i < n; i++)
		hk_sem_post(&go);
	ck_assert_int_eq(hk_join(scope), 0);
}

static int run_with(size_t stack_size, int (*fn)(void *))
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.workers = 1;
	options.stack_size = stack_size;
	return hk_run(&options, fn, NULL);
}

/*
 * Goal: a parked task takes a page and a bit, and no mapping of its own. Method: 100,000 of them,
 * with stacks of 64 KiB.
 */
static int park_many(void *arg)
{
	const int n = 100000;
	long rss = resident();
	long maps = mappings();

	(void)arg;
	HK_SCOPE(s);
	spawn_waiters(&s, n);
	ck_assert_int_lt((resident() - rss) / n, 4403);
	ck_assert_int_lt(mappings() - maps, wanted);
	let_go(&s, n);
	return 0;
}

START_TEST(parked_tasks_are_small)
{
	wanted = 50;
	if (_i) {
		wanted = MAPPINGS_MAX * 3 / 5;
		hkt_forbid("guards");
	}
	ck_assert_int_eq(run_with(64 << 10, park_many), 0);
}
END_TEST

/* Goal: bursts use the same stacks again. Method: nothing grows after the second of 20. */
static int burst_often(void *arg)
{
	const int n = 10000;
	long rss = 0;
	long maps = 0;

	(void)arg;
	for (int burst = 1; burst <= 20; burst++) {
		HK_SCOPE(s);
		spawn_waiters(&s, n);
		if (burst == 2) {
			rss = resident();
			maps = mappings();
		} else if (burst > 2) {
			ck_assert_int_le(resident(), rss + (1 << 20));
			ck_assert_int_le(mappings(), maps + 2);
		}
		let_go(&s, n);
	}
	return 0;
}

START_TEST(bursts_do_not_grow)
{
	ck_assert_int_eq(run_with(64 << 10, burst_often), 0);
}
END_TEST

/* Writes `below` bytes further down than the stack goes, whose end is that of the page it is in. */
static __attribute__((noinline)) int reach_below(size_t below)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t end = (here | ((uintptr_t)sysconf(_SC_PAGESIZE) - 1)) + 1;
	volatile char *area = (char *)(end - STACK - below);

	*(volatile char *)__builtin_alloca(here - (uintptr_t)area) = 1;
	/* the lowest bytes only: what is in between may be anybody's */
	for (size_t i = 0; i < 64; i++)
		area[i] = 1;
	return area[0];
}

/* What a task does that uses too much: it waits, yields or ends afterwards, or waits down there. */
static int which;

static __attribute__((noinline)) int wait_below(void)
{
	volatile char *area = __builtin_alloca(STACK);

	/* Somebody may look at all of it: a compiler keeps only what is used. */
	__asm__ volatile("" : : "r"(area) : "memory");
	area[0] = 1;
	hk_sleep(HK_MS);
	return area[0];
}

static int overflow_once(void *arg)
{
	(void)arg;
	if (which == 3)
		return wait_below();
	reach_below(2048);
	if (which == 0)
		hk_sleep(HK_MS);
	else if (which == 1)
		hk_yield();
	return 0;
}

static int overflow_beside(void *arg)
{
	const int n = wanted;

	(void)arg;
	HK_SCOPE(s);
	spawn_waiters(&s, n);
	hk_spawn(&s, overflow_once, NULL);
	hk_sleep(50 * HK_MS);
	let_go(&s, n);
	return 0;
}

static int overflow_in_old_kernel(void *arg)
{
	(void)arg;
	hkt_forbid("guards");
	return run_with(STACK, overflow_beside);
}

/* Goal: within the budget a guard stops the task at once. Method: few others; as above. */
START_TEST(an_older_kernel_guards_the_first)
{
	struct hkt_child child;

	wanted = 1000;
	which = _i;
	hkt_child(&child, overflow_in_old_kernel, NULL);
	hkt_assert_signal(&child, SIGSEGV,
		"hocket: stack overflow: task [0-9]+ \"overflow_once\".*16 KiB; give it more");
}
END_TEST

/*
 * Goal: beyond it, what went below the stack is found when the task waits, yields or ends. Method:
 * more others than there are guards for.
 */
START_TEST(an_older_kernel_checks_the_others)
{
	struct hkt_child child;

	wanted = MAPPINGS_MAX / 4 + 100;
	which = _i;
	hkt_child(&child, overflow_in_old_kernel, NULL);
	hkt_assert_signal(&child, SIGABRT,
		"hocket: stack overflow: task [0-9]+ \"overflow_once\".*16 KiB, without a guard");
}
END_TEST

/* Goal: guarded stacks are used first. Method: the same, once those others have ended. */
static int overflow_after(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	spawn_waiters(&s, wanted);
	let_go(&s, wanted);
	hk_spawn(&s, overflow_once, NULL);
	return hk_join(&s);
}

static int overflow_after_in_old_kernel(void *arg)
{
	(void)arg;
	hkt_forbid("guards");
	return run_with(STACK, overflow_after);
}

START_TEST(guarded_stacks_are_used_first)
{
	struct hkt_child child;

	wanted = MAPPINGS_MAX / 4 + 1000;
	hkt_child(&child, overflow_after_in_old_kernel, NULL);
	hkt_assert_signal(&child, SIGSEGV, "hocket: stack overflow: task [0-9]+ \"overflow_once\"");
}
END_TEST

/* Goal: the budget is the process's, and given back. Method: runs that need most of it. */
static int use_most_guards(void *arg)
{
	const int n = MAPPINGS_MAX / 4 - 200;

	(void)arg;
	HK_SCOPE(s);
	spawn_waiters(&s, n);
	ck_assert_int_gt(mappings(), n);
	let_go(&s, n);
	return 0;
}

START_TEST(guards_are_given_back)
{
	hkt_forbid("guards");
	for (int run = 0; run < 3; run++)
		ck_assert_int_eq(run_with(STACK, use_most_guards), 0);
	ck_assert_int_lt(mappings(), 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow/stacks");
	TCase *tc = hkt_case(suite, "stacks", 60);

	tcase_add_loop_test(tc, parked_tasks_are_small, 0, 2);
	tcase_add_test(tc, bursts_do_not_grow);
	tcase_add_loop_test(tc, an_older_kernel_guards_the_first, 0, 4);
	tcase_add_loop_test(tc, an_older_kernel_checks_the_others, 0, 4);
	tcase_add_test(tc, guarded_stacks_are_used_first);
	tcase_add_test(tc, guards_are_given_back);
	return hkt_main(suite);
}
