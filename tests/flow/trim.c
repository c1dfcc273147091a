/* SPDX-License-Identifier: MIT */
/*
 * Memory of freed stacks goes back to the system, though nobody asks for it: not so soon that the
 * next burst would miss it, and harming neither guards nor those who look at tasks meanwhile.
 */
#include "../check_hocket.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TASKS = 1000, STACK = 32 << 10 };

static struct hk_sem go;
static char *frames[TASKS]; /* a page of each task's stack */
static int which;

static int note_frame(void *arg)
{
	char **frame = arg;
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	*frame = (char *)((uintptr_t)__builtin_frame_address(0) & ~(page - 1));
	return hk_sem_wait(&go);
}

/* How many of the pages are in memory. */
static int in_memory(void)
{
	unsigned char found;
	int n = 0;

	for (int i = 0; i < TASKS; i++) {
		ck_assert_int_eq(mincore(frames[i], 1, &found), 0);
		n += found & 1;
	}
	return n;
}

static void burst(void)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;

	/* not the size of the first task's stack, which is in use all the time */
	options.stack_size = STACK;
	HK_SCOPE(s);
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(hk_spawn_with(&s, &options, note_frame, &frames[i]), 0);
	for (int i = 0; i < TASKS; i++)
		hk_sem_post(&go);
	ck_assert_int_eq(hk_join(&s), 0);
}

static void await_trim(void)
{
	hk_time end = hk_now() + 10 * HK_S;

	while (in_memory() > 0 && hk_now() < end)
		hk_sleep(50 * HK_MS);
	ck_assert_int_eq(in_memory(), 0);
}

/*
 * Goal: memory comes back, all of it, while the program only waits; a burst after it works as the
 * first did. Method: mincore(2), right after the burst and later.
 */
static int burst_and_wait(void *arg)
{
	(void)arg;
	for (long round = 0; round < hkt_times(2); round++) {
		hk_time began = hk_now();

		burst();
		int warm = in_memory();
		if (hk_now() - began < 400 * HK_MS)
			ck_assert_int_eq(warm, TASKS);
		await_trim();
	}
	return 0;
}

START_TEST(freed_stacks_go_back)
{
	ck_assert_int_eq(hkt_run(_i, burst_and_wait, NULL), 0);
}
END_TEST

/* Goal: stacks in use are kept. Method: one of a chunk stays, with a pattern. */
static int hold_pattern(void *arg)
{
	char pattern[8192];

	memset(pattern, 'p', sizeof(pattern));
	*(char **)arg = pattern;
	ck_assert_int_eq(hk_sem_wait(&go), 0);
	for (size_t i = 0; i < sizeof(pattern); i++)
		ck_assert_int_eq(pattern[i], 'p');
	return 0;
}

static int burst_around_one(void *arg)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;
	char *pattern = NULL;

	(void)arg;
	options.stack_size = STACK;
	HK_SCOPE(s);
	hk_spawn_with(&s, &options, hold_pattern, &pattern);
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(hk_spawn_with(&s, &options, note_frame, &frames[i]), 0);
	/* it waits first, and gets the last permit */
	hk_sleep(HK_MS);
	for (int i = 0; i < TASKS / 2; i++)
		hk_sem_post(&go);
	hk_sleep(2 * HK_S);
	for (int i = 0; i < TASKS / 2 + 1; i++)
		hk_sem_post(&go);
	return hk_join(&s);
}

START_TEST(stacks_in_use_are_kept)
{
	ck_assert_int_eq(hkt_run(_i, burst_around_one, NULL), 0);
}
END_TEST

/* Goal: a trimmed stack still has its guard. Method: a task on one overflows. */
static int dig(int depth)
{
	volatile char area[1024];

	area[0] = (char)depth;
	return (depth >= 0 ? dig(depth + 1) : 0) + area[0];
}

static int digger(void *arg)
{
	(void)arg;
	return dig(0);
}

static int dig_after_trim(void *arg)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;

	(void)arg;
	burst();
	await_trim();
	options.stack_size = STACK;
	HK_SCOPE(s);
	hk_spawn_with(&s, &options, digger, NULL);
	return hk_join(&s);
}

static int dig_in(void *arg)
{
	(void)arg;
	if (which)
		hkt_forbid("guards");
	return hk_run(NULL, dig_after_trim, NULL);
}

START_TEST(guards_survive)
{
	struct hkt_child child;

	which = _i;
	hkt_child(&child, dig_in, NULL);
	hkt_assert_signal(&child, SIGSEGV,
		"hocket: stack overflow: task [0-9]+ \"digger\".*32 KiB");
}
END_TEST

/* Goal: how deep stacks were is known though they are trimmed. Method: the stats of such a run. */
static int deep(void *arg)
{
	/* a compiler that knew the size would keep single bytes */
	static volatile size_t size = 24 << 10;
	volatile char *area = __builtin_alloca(size);

	for (size_t i = 0; i < size; i += 512)
		area[i] = 1;
	return note_frame(arg) + (area[0] == 0);
}

static int burst_deep(void *arg)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;

	(void)arg;
	options.stack_size = STACK;
	HK_SCOPE(s);
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(hk_spawn_with(&s, &options, deep, &frames[i]), 0);
	for (int i = 0; i < TASKS; i++)
		hk_sem_post(&go);
	ck_assert_int_eq(hk_join(&s), 0);
	await_trim();
	return 0;
}

START_TEST(the_high_water_mark_outlives_the_stacks)
{
	struct hk_options options = HK_OPTIONS_INIT;
	struct hkt_file file;
	char text[8192] = "";

	hkt_file(&file);
	options.stats = file.path;
	ck_assert_int_eq(hk_run(&options, burst_deep, NULL), 0);
	FILE *stats = fopen(file.path, "r");
	ck_assert_ptr_nonnull(stats);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), stats));
	fclose(stats);
	hkt_file_remove(&file);
	const char *mark = strstr(text, "\"stack_high_water\":");
	ck_assert_ptr_nonnull(mark);
	ck_assert_int_ge(strtol(strchr(mark, ':') + 1, NULL, 10), 24 << 10);
}
END_TEST

/*
 * Goal: who looks at tasks is not disturbed, and does not stop the trimming for good. Method: a
 * thread dumps all tasks, again and again, while stacks are used, freed and trimmed.
 */
static bool over;

static void *dump_often(void *arg)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		hk_time begin = hk_now();

		ck_assert_int_ge(hk_dump(null), 0);
		/* in an emulator a dump takes long */
		hkt_block(5 * HK_MS + 4 * (hk_now() - begin));
	}
	close(null);
	return arg;
}

START_TEST(dumps_and_trims_go_together)
{
	pthread_t thread = hkt_thread(dump_often, NULL);

	ck_assert_int_eq(hkt_run(_i, burst_and_wait, NULL), 0);
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow/trim");
	TCase *tc = hkt_case(suite, "trim", 40);

	hkt_add_workers(tc, freed_stacks_go_back);
	hkt_add_workers(tc, stacks_in_use_are_kept);
	tcase_add_loop_test(tc, guards_survive, 0, 2);
	tcase_add_test(tc, the_high_water_mark_outlives_the_stacks);
	hkt_add_workers(tc, dumps_and_trims_go_together);
	return hkt_main(suite);
}
