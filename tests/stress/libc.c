/* SPDX-License-Identifier: MIT */
/*
 * Tasks that are interrupted anywhere in libc: in malloc, stdio, qsort, strtol with errno, under
 * pthread mutexes, in callbacks under libc's own locks. Slices of 100 us, 1, 2 and 8 workers, some
 * seconds (HOCKET_TEST_REPEAT=1000 makes it a minute). Everything must come out exact.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Atomic bool stop;
static _Atomic long loops;

/* Runs body(task's number) until told to stop. */
struct body {
	void (*once)(unsigned number);
};

static int repeat(void *arg)
{
	const struct body *body = arg;
	unsigned number = (unsigned)hk_task_id();

	while (!stop) {
		body->once(number);
		loops++;
	}
	return 0;
}

/* Blocks of many sizes, filled, some kept for a while. */
static void allocate(unsigned number)
{
	unsigned char *kept[16] = { NULL };

	for (unsigned i = 0; i < 200; i++) {
		unsigned slot = i % 16;
		size_t size = (i * 37 + number * 101) % 3000 + 1;

		if (kept[slot])
			ck_assert_uint_eq(kept[slot][0], (slot + number) & 0xff);
		free(kept[slot]);
		kept[slot] = malloc(size);
		ck_assert_ptr_nonnull(kept[slot]);
		memset(kept[slot], (int)(slot + number), size);
	}
	for (int i = 0; i < 16; i++)
		free(kept[i]);
}

static void print(unsigned number)
{
	char text[64], expected[64];
	char *memory = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&memory, &size);

	ck_assert_ptr_nonnull(stream);
	for (int i = 0; i < 20; i++)
		fprintf(stream, "%u-%d-%.3f;", number, i, i / 8.0);
	fclose(stream);
	snprintf(text, sizeof(text), "%u-%d-%.3f;", number, 19, 19 / 8.0);
	ck_assert_str_eq(memory + size - strlen(text), text);
	free(memory);
	snprintf(expected, sizeof(expected), "%08x", number);
	ck_assert_uint_eq(strtoul(expected, NULL, 16), number);
}

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void sort(unsigned number)
{
	int values[500];

	for (int i = 0; i < 500; i++)
		values[i] = (int)((unsigned)i * 7919u * (number + 1) % 10007u);
	qsort(values, 500, sizeof(values[0]), compare);
	for (int i = 1; i < 500; i++)
		ck_assert_int_le(values[i - 1], values[i]);
}

/*
 * errno is the kernel thread's, and a task that is interrupted stays on its thread. It is read
 * before the next assertion, which may call malloc, whose first call in a thread may change it.
 */
static void convert(unsigned number)
{
	for (int i = 0; i < 100; i++) {
		errno = 0;
		long most = strtol("99999999999999999999", NULL, 10);
		int error = errno;
		ck_assert_int_eq(most, LONG_MAX);
		ck_assert_int_eq(error, ERANGE);
		errno = 0;
		long twelve = strtol("12", NULL, 10);
		error = errno;
		ck_assert_int_eq(twelve, 12);
		ck_assert_int_eq(error, 0);
		int result = close(-1 - (int)number % 2);
		error = errno;
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(error, EBADF);
	}
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counted, counts[64];

static void count(unsigned number)
{
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(pthread_mutex_lock(&mutex), 0);
		long before = counted;
		for (volatile int work = 0; work < 50; work++)
			;
		counted = before + 1;
		ck_assert_int_eq(pthread_mutex_unlock(&mutex), 0);
		counts[number % 64]++;
	}
}

/* Callbacks that libc calls with its own locks held. */
static int look_at_object(struct dl_phdr_info *info, size_t size, void *found)
{
	(void)size;
	for (volatile int work = 0; work < 2000; work++)
		;
	*(int *)found += info->dlpi_phnum > 0;
	return 0;
}

static ssize_t keep_cookie(void *sum, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		*(long *)sum += text[i];
	return (ssize_t)size;
}

static void call_back(unsigned number)
{
	int found = 0;
	long sum = 0, expected = 0;
	char text[200];

	dl_iterate_phdr(look_at_object, &found);
	ck_assert_int_gt(found, 0);
	FILE *stream = fopencookie(&sum, "w", (cookie_io_functions_t){ .write = keep_cookie });
	ck_assert_ptr_nonnull(stream);
	for (int i = 0; i < 200; i++) {
		text[i] = (char)('a' + ((unsigned)i + number) % 26);
		expected += text[i];
		fputc(text[i], stream);
	}
	fclose(stream);
	ck_assert_int_eq(sum, expected);
}

static const struct body bodies[] = { { allocate }, { print }, { sort }, { convert }, { count },
	{ call_back } };
enum { BODIES = sizeof(bodies) / sizeof(bodies[0]) };

static int all_bodies(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 4 * BODIES; i++)
		hk_spawn(&s, repeat, (void *)(uintptr_t)&bodies[i % BODIES]);
	ck_assert_int_eq(hk_sleep(hkt_times(6000) * HK_MS), 0);
	stop = true;
	return hk_join(&s);
}

START_TEST(libc_is_whole_wherever_a_task_is_interrupted)
{
	struct hk_options options = hkt_options(_i);
	long sum = 0;

	options.slice_ns = 100 * HK_US;
	ck_assert_int_eq(hk_run(&options, all_bodies, NULL), 0);
	for (int i = 0; i < 64; i++)
		sum += counts[i];
	ck_assert_int_eq(counted, sum);
	ck_assert_int_gt(loops, BODIES);
}
END_TEST

static Suite *libc(void)
{
	Suite *suite = suite_create("libc");
	TCase *tc = hkt_case(suite, "interrupted", 120);

	hkt_add_workers(tc, libc_is_whole_wherever_a_task_is_interrupted);
	return suite;
}

int main(void)
{
	return hkt_main(libc());
}
