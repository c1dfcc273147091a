/* SPDX-License-Identifier: MIT */
/*
 * A stack that overflows is reported with the task's name, and the process dies of SIGSEGV: at
 * once, not after it has overwritten somebody else's memory.
 */
#include "../check_hocket.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static size_t frame;
static volatile bool deeper = true;

/* Recursion the compiler cannot turn into a loop; frames of a chosen size. */
static int dig(int depth)
{
	volatile char area[256];
	volatile char *more = __builtin_alloca(frame);

	area[0] = (char)depth;
	more[0] = area[0];
	more[frame - 1] = area[0];
	return (deeper ? dig(depth + 1) : 0) + more[0];
}

static int digger(void *arg)
{
	(void)arg;
	return dig(0);
}

static int spawn_digger(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, digger, NULL);
	return hk_join(&s);
}

static void assert_overflow(const struct hk_options *options, int (*fn)(void *), const char *name)
{
	struct hkt_child child;
	char pattern[128];

	snprintf(pattern, sizeof(pattern), "hocket: .*task [0-9]+ \"%s\".*stack", name);
	hkt_child_run(&child, options, fn);
	hkt_assert_signal(&child, SIGSEGV, pattern);
}

/* Goal: overflow is reported in every execution. Method: endless recursion, small frames. */
START_TEST(an_overflow_names_the_task)
{
	struct hk_options options = hkt_options(_i);

	frame = 64;
	assert_overflow(&options, spawn_digger, "digger");
}
END_TEST

/* Goal: whatever the stack's size; the report fits a small one too. Method: four sizes. */
START_TEST(stacks_of_all_sizes_are_guarded)
{
	static const size_t sizes[] = { 16 << 10, 64 << 10, 1 << 20, 64 << 20 };
	struct hk_options options = HK_OPTIONS_INIT;

	frame = 1024;
	options.stack_size = sizes[_i];
	assert_overflow(&options, spawn_digger, "digger");
}
END_TEST

/* Goal: the first task is guarded too. Method: it digs itself. */
START_TEST(the_first_task_is_guarded)
{
	struct hk_options options = hkt_options(_i);

	frame = 64;
	options.name = "excavator";
	assert_overflow(&options, digger, "excavator");
}
END_TEST

/* Goal: a task deep in its stack does not harm neighbours. Method: others hold patterns. */
static int hold_pattern(void *arg)
{
	char pattern[8192];

	memset(pattern, *(char *)arg, sizeof(pattern));
	ck_assert_int_eq(hk_sleep(20 * HK_MS), 0);
	for (size_t i = 0; i < sizeof(pattern); i++)
		if (pattern[i] != *(char *)arg)
			return -1;
	return 0;
}

static int spawn_holders(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (char i = 0; i < 50; i++)
		hk_spawn_copy(&s, hold_pattern, &i, 1);
	return hk_join(&s);
}

START_TEST(neighbours_are_left_alone)
{
	struct hk_options options = hkt_options(_i);

	options.stack_size = 32 << 10;
	ck_assert_int_eq(hk_run(&options, spawn_holders, NULL), 0);
}
END_TEST

/*
 * Goal: another fault is not taken for an overflow. Method: a task writes to a page without
 * access far from any stack: SIGSEGV, and no word of a stack.
 */
static int write_nowhere(void *arg)
{
	volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)arg;
	*page = 1;
	return 0;
}

static int run_with_default(void *arg)
{
	/* a sanitizer may have a handler of its own */
	signal(SIGSEGV, SIG_DFL);
	return hkt_run(*(int *)arg, write_nowhere, NULL);
}

START_TEST(another_fault_is_no_overflow)
{
	struct hkt_child child;

	hkt_child(&child, run_with_default, &_i);
	hkt_assert_signal(&child, SIGSEGV, "");
	ck_assert(!hkt_matches(child.err, "hocket: .*stack"));
}
END_TEST

/* Goal: the program's own handler still gets its faults. Method: it leaves with a code. */
static void leave(int signal)
{
	_Exit(40 + (signal == SIGSEGV));
}

static int run_with_handler(void *arg)
{
	(void)arg;
	signal(SIGSEGV, leave);
	return hk_run(NULL, write_nowhere, NULL);
}

START_TEST(the_programs_own_handler_is_kept)
{
	struct hkt_child child;

	hkt_child(&child, run_with_handler, NULL);
	hkt_assert_exit(&child, 41, "^$");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("misuse/overflow");
	TCase *tc = hkt_case(suite, "overflow", 20);

	hkt_add_every(tc, an_overflow_names_the_task);
	tcase_add_loop_test(tc, stacks_of_all_sizes_are_guarded, 0, 4);
	hkt_add_every(tc, the_first_task_is_guarded);
	hkt_add_every(tc, neighbours_are_left_alone);
	hkt_add_every(tc, another_fault_is_no_overflow);
	tcase_add_test(tc, the_programs_own_handler_is_kept);
	return hkt_main(suite);
}
