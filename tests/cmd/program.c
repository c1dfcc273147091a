/* SPDX-License-Identifier: MIT */
/* A Hocket program that ends in the way its first argument says. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#define NAP_NS	 (20 * HK_MS)
#define LIMIT_NS (20 * HK_S)

static volatile sig_atomic_t signals;
static hk_time nap_ns = NAP_NS;

static int nap(void *arg)
{
	(void)arg;
	return hk_sleep(nap_ns);
}

/* Three tasks that wait at the same time, if they may. */
static int naps(void *result)
{
	HK_SCOPE(scope);
	for (int i = 0; i < 3; i++)
		hk_spawn(&scope, nap, NULL);
	int err = hk_join(&scope);
	return err != 0 ? err : *(int *)result;
}

static int die(void *signal)
{
	raise(*(int *)signal);
	return 0;
}

static int leave(void *code)
{
	exit(*(int *)code);
}

static struct hk_mutex mutex;

static int lock(void *arg)
{
	(void)arg;
	hk_mutex_lock(&mutex);
	hk_mutex_unlock(&mutex);
	return 0;
}

/* Waits for a task that waits for the lock held meanwhile. */
static int lock_and_join(void *arg)
{
	HK_SCOPE(scope);
	HK_LOCKED(&mutex) {
		hk_spawn(&scope, lock, arg);
		return hk_join(&scope);
	}
	return 0;
}

static int unlock(void *arg)
{
	(void)arg;
	hk_mutex_unlock(&mutex);
	return 0;
}

/* Says its number and that it waits, to whoever waits for that. */
static void say_ready(void)
{
	char text[32];
	int length = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (write(STDOUT_FILENO, text, (size_t)length) != length)
		abort();
}

static int wait_long(void *arg)
{
	(void)arg;
	say_ready();
	return hk_sleep(LIMIT_NS);
}

static void count(int signal)
{
	(void)signal;
	signals++;
}

/* Waits for a signal, and then for one too many. */
static int wait_counted(void *arg)
{
	(void)arg;
	say_ready();
	hk_time deadline = hk_now() + LIMIT_NS;
	while (signals == 0 && hk_now() < deadline)
		hk_sleep(10 * HK_MS);
	hk_sleep(300 * HK_MS);
	return 0;
}

static int usage(void)
{
	fputs("usage: program code|naps|result|leave|raise|deadlock|panic|wait|count|runs NUMBER\n",
		stderr);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return usage();
	const char *mode = argv[1];
	int number = (int)strtol(argv[2], NULL, 10);
	struct hk_options options = HK_OPTIONS_INIT;
	int zero = 0;

	if (strcmp(mode, "code") == 0)
		return hk_run(NULL, naps, &zero) == 0 ? number : 1;
	if (strcmp(mode, "naps") == 0) {
		nap_ns = number * HK_MS;
		return hk_run(NULL, naps, &zero) == 0 ? 0 : 1;
	}
	if (strcmp(mode, "result") == 0)
		return hk_run(NULL, naps, &number) == number ? 0 : 1;
	if (strcmp(mode, "leave") == 0)
		return hk_run(NULL, leave, &number);
	if (strcmp(mode, "raise") == 0)
		return hk_run(NULL, die, &number) == 0 ? 0 : 1;
	if (strcmp(mode, "deadlock") == 0)
		return hk_run(NULL, lock_and_join, NULL) == -EDEADLK ? number : 1;
	if (strcmp(mode, "panic") == 0)
		return hk_run(NULL, unlock, NULL) == 0 ? 0 : 1;
	if (strcmp(mode, "wait") == 0)
		return hk_run(NULL, wait_long, NULL) == 0 ? 0 : 1;
	if (strcmp(mode, "count") == 0) {
		signal(number, count);
		return hk_run(NULL, wait_counted, NULL) == 0 ? 100 + signals : 1;
	}
	if (strcmp(mode, "runs") != 0)
		return usage();
	for (int run = 0; run < number; run++) {
		options.name = run % 2 == 0 ? "even" : "odd";
		if (hk_run(&options, naps, &zero) != 0)
			return 1;
	}
	return 0;
}
