/* SPDX-License-Identifier: MIT */
/* hk_dump() and hk_explain(): what a user sees of a program and of the runtime's decisions. */
#include "../check_hocket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file in memory to write to, and its text. */
static int memory_file(void)
{
	int fd = memfd_create("text", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static const char *text_of(int fd)
{
	static char text[1 << 20];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return text;
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static struct hk_mutex m;
static struct hk_sem none;
static int ends[2];

static int sleeper(void *arg)
{
	(void)arg;
	return hk_sleep(HK_FOREVER);
}

static int locker(void *arg)
{
	(void)arg;
	return hk_mutex_lock_until(&m, HK_FOREVER);
}

static int taker(void *arg)
{
	(void)arg;
	return hk_sem_wait(&none);
}

static int reader(void *arg)
{
	char c;

	(void)arg;
	return (int)hk_read(ends[0], &c, 1);
}

static int poller(void *arg)
{
	struct pollfd fd = { ends[0], POLLIN, 0 };

	(void)arg;
	return hk_poll(&fd, 1, HK_FOREVER);
}

static int joiner(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, sleeper, arg);
	return hk_join(&s);
}

/* Some line holds the name, this file's name behind it, and then what the task waits for. */
static void assert_line(const char *text, const char *name, const char *wait)
{
	char pattern[256];

	snprintf(pattern, sizeof(pattern), "(^|\n)[^\n]*%s[^\n]*see\\.c:[0-9]+[^\n]*%s", name,
		wait);
	ck_assert_msg(hkt_matches(text, pattern), "no line '%s ... %s' in %s", name, wait, text);
}

/*
 * Goal: the dump has a line for each live task with name, cause and place; of a mutex, who holds
 * it. Method: a task in each kind of wait; the dump that counts is made when an earlier one has
 * shown them all there.
 */
static int dump_waiters(void *arg)
{
	int fd = memory_file();
	const char *text;

	(void)arg;
	HK_SCOPE(s);
	hk_mutex_lock(&m);
	hk_spawn(&s, locker, NULL);
	hk_spawn(&s, taker, NULL);
	hk_spawn(&s, reader, NULL);
	hk_spawn(&s, poller, NULL);
	hk_spawn(&s, joiner, NULL);
	hkt_await(4, "waits (for the|in hk_)");
	hkt_await(1, "waits to join|has called");
	hkt_await(1, "sleeps");
	ck_assert_int_eq(hk_dump(fd), 7);
	text = text_of(fd);
	ck_assert_int_eq(count(text, "\n"), 7);
	assert_line(text, "locker", "mutex");
	assert_line(text, "locker", "main");
	ck_assert(hkt_matches(text, "\"main\" \\(the first task\\)[^\n]* holds 1 lock\n"));
	assert_line(text, "taker", "semaphore");
	assert_line(text, "reader", "descriptor");
	assert_line(text, "poller", "descriptor");
	assert_line(text, "joiner",
		"(join the tasks of its scope of [^ ]*see\\.c:[0-9]+, called at unit-see\\+0x|"
		"has called)");
	assert_line(text, "sleeper", "sleep");
	ck_assert(hkt_matches(text, "main"));
	hk_cancel(&s);
	ck_assert_int_lt(hk_join(&s), 0);
	hk_mutex_unlock(&m);
	close(fd);
	return 0;
}

START_TEST(a_dump_lists_each_task)
{
	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, dump_waiters, NULL), 0);
}
END_TEST

/* Goal: a lone task sees itself in every execution. Method: one line. */
static int dump_self(void *arg)
{
	int fd = memory_file();

	(void)arg;
	ck_assert_int_eq(hk_dump(fd), 1);
	ck_assert_int_eq(count(text_of(fd), "\n"), 1);
	ck_assert(hkt_matches(text_of(fd), "chef"));
	ck_assert_int_eq(hk_dump(-1), -EBADF);
	ck_assert_int_eq(hk_dump(99999), -EBADF);
	close(fd);
	return 0;
}

START_TEST(a_lone_task_sees_itself)
{
	struct hk_options options = hkt_options(_i);

	options.name = "chef";
	ck_assert_int_eq(hk_run(&options, dump_self, NULL), 0);
}
END_TEST

/*
 * Goal: outside, the dump covers every runtime; without one it is empty. Method: dump before,
 * from a thread during, and after two runs on other threads, whose tasks have begun.
 */
static _Atomic int begun;

static int wait_for_end(void *arg)
{
	char c;

	(void)arg;
	begun++;
	return hk_read(ends[0], &c, 1) == 1 ? 0 : -EIO;
}

static void *run_until_end(void *name)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.name = name;
	ck_assert_int_eq(hk_run(&options, wait_for_end, NULL), 0);
	return NULL;
}

START_TEST(outside_the_dump_covers_every_runtime)
{
	char one[] = "left", two[] = "right";
	pthread_t threads[2];
	int fd = memory_file();

	hkt_pipe(ends);
	ck_assert_int_eq(hk_dump(fd), 0);
	threads[0] = hkt_thread(run_until_end, one);
	threads[1] = hkt_thread(run_until_end, two);
	while (begun < 2)
		hkt_block(HK_MS);
	ck_assert_int_eq(hk_dump(fd), 2);
	ck_assert(hkt_matches(text_of(fd), "left"));
	ck_assert(hkt_matches(text_of(fd), "right"));
	ck_assert_int_eq(write(ends[1], "xx", 2), 2);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	ck_assert_int_eq(hk_dump(fd), 0);
	close(fd);
}
END_TEST

/* Goal: dumping while tasks come and go is safe. Method: one task dumps, others spawn. */
static _Atomic bool dumped;

static int yield_once(void *arg)
{
	(void)arg;
	hk_yield();
	return 0;
}

static int come_and_go(void *arg)
{
	while (!dumped) {
		HK_SCOPE(s);
		for (int i = 0; i < 5; i++)
			hk_spawn(&s, yield_once, arg);
		ck_assert_int_eq(hk_join(&s), 0);
	}
	return 0;
}

static int dump_often(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(300); i++) {
		int fd = memory_file();
		int n = hk_dump(fd);

		ck_assert_int_gt(n, 0);
		ck_assert_int_eq(count(text_of(fd), "\n"), n);
		close(fd);
		hk_yield();
	}
	dumped = true;
	return 0;
}

static int dump_among_many(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, come_and_go, NULL);
	hk_spawn(&s, come_and_go, NULL);
	hk_spawn(&s, dump_often, NULL);
	return hk_join(&s);
}

START_TEST(dumping_while_tasks_come_and_go)
{
	ck_assert_int_eq(hkt_run(_i, dump_among_many, NULL), 0);
}
END_TEST

/* Goal: each decision is a line "what: decision (reason)". Method: match every line. */
static void assert_decisions(const char *text)
{
	ck_assert_int_ge(count(text, "\n"), 3);
	ck_assert_msg(hkt_matches(text, "^([a-z][^:\n]*: [^\n]+ \\([^\n]+\\)\n)+$"), "%.500s",
		text);
}

static int explain_default(void *arg)
{
	int fd = memory_file();

	(void)arg;
	ck_assert_int_eq(hk_explain(NULL, fd), 0);
	assert_decisions(text_of(fd));
	ck_assert(hkt_matches(text_of(fd), "execution: combined"));
	ck_assert(hkt_matches(text_of(fd), "workers: [0-9]+"));
	close(fd);
	return 0;
}

START_TEST(decisions_are_explained)
{
	explain_default(NULL);
	ck_assert_int_eq(hk_run(NULL, explain_default, NULL), 0);
}
END_TEST

/* Goal: what guards cost is said. Method: with the kernel's own answer, then as on an older one. */
START_TEST(guards_are_explained)
{
	int fd = memory_file();

	if (_i)
		hkt_forbid("guards");
	ck_assert_int_eq(hk_explain(NULL, fd), 0);
	if (_i)
		ck_assert(hkt_matches(text_of(fd),
			"stacks: .*mprotect for [1-9][0-9]* tasks, half of"));
	else
		ck_assert(hkt_matches(text_of(fd), "stacks: .*guards by (MADV_GUARD|mprotect)"));
	close(fd);
}
END_TEST

/* Goal: options and HOCKET_OPTIONS are respected. Method: each asks for odd numbers. */
START_TEST(explanations_respect_the_options)
{
	struct hk_options options = HK_OPTIONS_INIT;
	int fd = memory_file();

	options.workers = 37;
	ck_assert_int_eq(hk_explain(&options, fd), 0);
	ck_assert(hkt_matches(text_of(fd), "workers: 37"));
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	lseek(fd, 0, SEEK_SET);
	setenv("HOCKET_OPTIONS", "workers=41:exec=parallel", 1);
	ck_assert_int_eq(hk_explain(&options, fd), 0);
	ck_assert(hkt_matches(text_of(fd), "workers: 41"));
	ck_assert(hkt_matches(text_of(fd), "execution: parallel"));
	ck_assert(!hkt_matches(text_of(fd), "37"));
	close(fd);
}
END_TEST

/* Goal: what the options lead to is said, with why. Method: a table of texts. */
static const struct {
	const char *text, *said;
} explained[] = {
	{ "exec=sequential", "\nworkers: 1 \\(the execution says one; " },
	{ "exec=concurrent", "\nworkers: 1 \\(the execution says one; " },
	{ "slice=2ms:signals=none", "\nslices: 2000 us while others wait \\(signals=none: " },
	{ "slice=off", "\nslices: off" },
};

START_TEST(texts_are_explained)
{
	int fd = memory_file();

	setenv("HOCKET_OPTIONS", explained[_i].text, 1);
	ck_assert_int_eq(hk_explain(NULL, fd), 0);
	assert_decisions(text_of(fd));
	ck_assert_msg(hkt_matches(text_of(fd), explained[_i].said), "%s", text_of(fd));
	close(fd);
}
END_TEST

/* Goal: bad options and descriptors are refused. Method: a child for the sentence on stderr. */
static int explain_badly(void *arg)
{
	struct hk_options options = HK_OPTIONS_INIT;

	(void)arg;
	options.workers = 10000;
	return -hk_explain(&options, STDERR_FILENO);
}

START_TEST(bad_options_are_not_explained)
{
	struct hkt_child child;

	hkt_child(&child, explain_badly, NULL);
	hkt_assert_exit(&child, EINVAL, "^hocket: [^\n]*10000[^\n]*\n$");
	ck_assert_int_eq(hk_explain(NULL, -1), -EBADF);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/see");
	TCase *tc = hkt_case(suite, "dump", 30);

	hkt_add_overlap(tc, a_dump_lists_each_task);
	hkt_add_every(tc, a_lone_task_sees_itself);
	tcase_add_test(tc, outside_the_dump_covers_every_runtime);
	hkt_add_overlap(tc, dumping_while_tasks_come_and_go);
	tc = hkt_case(suite, "explain", 20);
	tcase_add_test(tc, decisions_are_explained);
	tcase_add_loop_test(tc, guards_are_explained, 0, 2);
	tcase_add_loop_test(tc, texts_are_explained, 0, 4);
	tcase_add_test(tc, explanations_respect_the_options);
	tcase_add_test(tc, bad_options_are_not_explained);
	return hkt_main(suite);
}
