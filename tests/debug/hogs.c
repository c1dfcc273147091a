/* SPDX-License-Identifier: MIT */
/* Four tasks that are interrupted again and again, and one that sleeps beside them. */
#include <stdio.h>
#include <stdlib.h>

#include <hocket.h>

enum { HOGS = 4, ROUNDS = 4000000, NAPS = 5 };

static volatile long sums[HOGS];

/* A breakpoint is put here: in the middle of a task. */
__attribute__((noinline)) static void half_way(void)
{
	__asm__ volatile("" ::: "memory");
}

static int hog(void *arg)
{
	volatile long *sum = arg;

	for (long i = 0; i < ROUNDS; i++) {
		*sum += i;
		if (i == ROUNDS / 2)
			half_way();
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

int main(void)
{
	int result = hk_run(NULL, all, NULL);

	for (int i = 0; i < HOGS; i++)
		result |= sums[i] != (long)ROUNDS * (ROUNDS - 1) / 2;
	printf("result %d\n", result);
	return result;
}
