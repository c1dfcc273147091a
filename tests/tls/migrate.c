/* SPDX-License-Identifier: MIT */
/*
 * Goal: a task that goes on in another kernel thread finds what hocket(7) promises, however it
 * was compiled: errno read the documented way, results of hk_ calls, the runtime's idea of who
 * calls, and for an HK_STICKY task everything else too.
 * Method: tasks on two workers call until their thread number changes, then look. What is not
 * promised is looked at as well: stdout says for each such use whether it went wrong ("stale").
 * tests/tls/matrix compiles this in many ways. Exit code: 0 all promises kept, 1 not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <hocket.h>

#include "migrate.h"

enum { ROUNDS = 20, STAYS = 200, LOOKS = 5 };

static bool over; /* only set, by the first task; the others look at it between calls */
static int broken;

static void promise(bool kept, const char *what)
{
	if (!kept) {
		fprintf(stderr, "migrate: broken promise: %s\n", what);
		__atomic_store_n(&broken, 1, __ATOMIC_RELAXED);
	}
}

/* Keeps both workers busy, so that a task that yields is soon picked by the other one. */
static int stir(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		mark_thread();
		hk_yield();
	}
	return 0;
}

static int promised(void *arg)
{
	uint64_t id = hk_task_id();
	const char *name = hk_task_name();
	struct hk_mutex mutex = HK_MUTEX_INIT;
	char byte;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		promise(open_missing() == -ENOENT, "errno of a call before migration");
		hk_mutex_lock(&mutex);
		migrate();
		promise(close_nothing() == -EBADF, "errno of a call after migration");
		promise(hk_read(-1, &byte, 1) == -EBADF, "hk_read() returns its error");
		migrate();
		promise(hk_write(-1, "x", 1) == -EBADF, "hk_write() returns its error");
		promise(hk_task_id() == id, "hk_task_id() is the same after migration");
		promise(hk_task_name() == name, "hk_task_name() is the same after migration");
		promise(!hk_mutex_trylock(&mutex), "a mutex is held across migration");
		hk_mutex_unlock(&mutex); /* panics in a task that does not own it */
	}
	return 0;
}

static int sticky(void *arg)
{
	int number = thread_number();
	int *error = &errno;

	(void)arg;
	mark_thread();
	for (int i = 0; i < STAYS; i++) {
		errno = ERANGE;
		table[i % 4] = i;
		hk_yield();
		if (hk_sleep(50 * HK_US) != 0)
			break;
		promise(thread_number() == number, "an HK_STICKY task keeps its thread");
		promise(error == &errno, "the address of errno in an HK_STICKY task");
		promise(mine == number, "a thread-local variable of an HK_STICKY task");
		promise(close(-1) == -1 && errno == EBADF, "raw errno in an HK_STICKY task");
	}
	return 0;
}

/* Each of these does what a program should not, and returns whether it went wrong. */
static NOINLINE bool stale_errno(void)
{
	bool before = open("/nonexistent/file", O_RDONLY) < 0 && errno == ENOENT;

	migrate();
	return !before || close(-1) != -1 || errno != EBADF;
}

static NOINLINE bool stale_scalar(void)
{
	int before = mine;

	migrate();
	return mine == before || mine != thread_number();
}

static NOINLINE bool stale_array(void)
{
	int wrong = 0;

	for (int i = 0; i < 4; i++) {
		wrong += table[i] != thread_number();
		migrate();
	}
	return wrong != 0;
}

static NOINLINE bool stale_accessor(void)
{
	int before = *where_is_mine();

	migrate();
	return *where_is_mine() == before || *where_is_mine() != thread_number();
}

/* Several looks, for the other thread's variable may hold the right value by chance. */
static const char *look(bool (*stale)(void))
{
	for (int i = 0; i < LOOKS; i++) {
		mark_thread();
		if (stale())
			return "stale";
	}
	return "right";
}

static int shown(void *arg)
{
	(void)arg;
	printf("%s", look(stale_errno));
	printf(" %s", look(stale_scalar));
	printf(" %s", look(stale_array));
	printf(" %s\n", look(stale_accessor));
	return 0;
}

static int run_all(void *arg)
{
	const struct hk_task_options stay = { .size = sizeof stay, .flags = HK_STICKY };
	HK_SCOPE(stirrers);

	(void)arg;
	hk_spawn(&stirrers, stir, NULL);
	hk_spawn(&stirrers, stir, NULL);
	{
		HK_SCOPE(s);
		hk_spawn(&s, promised, NULL);
		hk_spawn(&s, promised, NULL);
		hk_spawn(&s, shown, NULL);
		hk_spawn_with(&s, &stay, sticky, NULL);
		promise(hk_join(&s) == 0, "all tasks return 0");
	}
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	return hk_join(&stirrers);
}

int main(void)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_COMBINED;
	options.workers = 2;
	promise(hk_run(&options, run_all, NULL) == 0, "hk_run() returns 0");
	return broken || fflush(stdout) != 0;
}
