/* SPDX-License-Identifier: MIT */
/*
 * Four tasks that are interrupted again and again, and one that sleeps beside them. The argument
 * says how often they compute the same, for machines that take a while to interrupt them.
 */
#include <stdio.h>
#include <stdlib.h>

#include <hocket.h>

enum { HOGS = 4, ROUNDS = 4000000, NAPS = 5 };

static volatile long sums[HOGS];
static long repeats = 1;

/* A breakpoint is put here: in the middle of a task. */
__attribute__((noinline)) static void half_way(void)
{
	__asm__ volatile("" ::: "memory");
}

static int hog(void *arg)
{
	volatile long *sum = arg;

	for (long k = 0; k < repeats; k++) {
		for (long i = 0; i < ROUNDS; i++) {
			*sum += i;
			if (i == ROUNDS / 2)
				half_way();
		}
	}
	return 0;
}

static int nap(void *arg)
{
	char *text = malloc(100);

	(void)arg;
	for (int i = 0; i < NAPS; i++)
		hk_sleep(HK_MS);
	free(text);
	return 0;
}

static int all(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < HOGS; i++)
		hk_spawn(&s, hog, (void *)(uintptr_t)&sums[i]);
	hk_spawn(&s, nap, NULL);
	return hk_join(&s);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		repeats = strtol(argv[1], NULL, 10);
	int result = hk_run(NULL, all, NULL);

	for (int i = 0; i < HOGS; i++)
		result |= sums[i] != repeats * ROUNDS * (ROUNDS - 1) / 2;
	printf("result %d\n", result);
	return result;
}
