/* SPDX-License-Identifier: MIT */
/* Waits with and without pthread mutexes held, and locks in two orders: for checks.sh. */
#include <pthread.h>
#include <stdio.h>

#include <hocket.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static struct hk_mutex a, b;

static int sleep_with(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&first);
	if (pthread_mutex_trylock(&second) != 0)
		return -1;
	for (volatile int i = 0; i < 2; i++)
		hk_sleep(HK_MS);
	pthread_mutex_unlock(&second);
	pthread_mutex_unlock(&first);
	hk_sleep(HK_MS);
	return 0;
}

static int yield_with(void *arg)
{
	(void)arg;
	/* Not unrolled: the same place twice. */
	for (volatile int i = 0; i < 2; i++) {
		pthread_mutex_lock(&first);
		hk_yield();
		pthread_mutex_unlock(&first);
		hk_yield();
	}
	return 0;
}

static int lock_in_two_orders(void *arg)
{
	(void)arg;
	HK_LOCKED(&a)
		HK_LOCKED(&b)
			hk_yield();
	HK_LOCKED(&b)
		HK_LOCKED(&a)
			hk_yield();
	return 0;
}

static int all(void *arg)
{
	struct hk_task_options sticky = HK_TASK_OPTIONS_INIT;

	(void)arg;
	sticky.flags = HK_STICKY;
	HK_SCOPE(s);
	hk_spawn_with(&s, &sticky, sleep_with, NULL);
	if (hk_join(&s) != 0)
		return 1;
	fputs("sticky\n", stderr);
	hk_spawn(&s, sleep_with, NULL);
	if (hk_join(&s) != 0)
		return 1;
	hk_spawn(&s, yield_with, NULL);
	hk_spawn(&s, lock_in_two_orders, NULL);
	return hk_join(&s);
}

int main(void)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.workers = 1;
	return hk_run(&options, all, NULL);
}
