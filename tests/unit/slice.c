/* SPDX-License-Identifier: MIT */
/*
 * Time slices: a task that computes is interrupted when others wait, wherever it is; how long it
 * may run, for which tasks, and who goes first. Each test runs on 1, 2 and 8 workers.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic bool stop;
static _Atomic int running;

/* Computes, without a call of the library or of libc, until told to stop. */
static int hog(void *arg)
{
	_Atomic long *rounds = arg;

	running++;
	while (!stop)
		++*rounds;
	return 0;
}

static int stop_all(void *arg)
{
	(void)arg;
	stop = true;
	return 0;
}

static int run_with(int setup, hk_time slice_ns, int (*fn)(void *), void *arg)
{
	struct hk_options options = hkt_options(setup);

	options.slice_ns = slice_ns;
	return hk_run(&options, fn, arg);
}

/*
 * Goal: hogs do not keep others from running. Method: two for each worker, then a task that alone
 * can end them.
 */
static _Atomic long rounds[16];

static int hogs_then_stop(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 16; i++)
		hk_spawn(&s, hog, &rounds[i]);
	hk_spawn(&s, stop_all, NULL);
	return hk_join(&s);
}

START_TEST(hogs_cannot_keep_others_from_running)
{
	ck_assert_int_eq(run_with(_i, 0, hogs_then_stop, NULL), 0);
	ck_assert_int_eq(running, 16);
}
END_TEST

START_TEST(short_slices_are_the_same)
{
	ck_assert_int_eq(run_with(_i, 100 * HK_US, hogs_then_stop, NULL), 0);
	ck_assert_int_eq(running, 16);
}
END_TEST

/* Goal: time and descriptors get in beside hogs. Method: sleeps and a pipe; then they are ended. */
static int ends[2];

static int sleep_and_read(void *arg)
{
	char c;

	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	ck_assert_int_eq(hk_read(ends[0], &c, 1), 1);
	return stop_all(arg);
}

static int write_later(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sleep(30 * HK_MS), 0);
	ck_assert_int_eq(hk_write(ends[1], "x", 1), 1);
	return 0;
}

static int sleepers_beside_hogs(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 16; i++)
		hk_spawn(&s, hog, &rounds[i]);
	hk_spawn(&s, sleep_and_read, NULL);
	hk_spawn(&s, write_later, NULL);
	return hk_join(&s);
}

START_TEST(time_and_descriptors_get_in)
{
	hkt_pipe(ends);
	ck_assert_int_eq(run_with(_i, 0, sleepers_beside_hogs, NULL), 0);
}
END_TEST

/*
 * Goal: a slice can be switched off, and on. Method: two tasks on one worker: the first ends first.
 * With slices the second does, however long the lookout is held up: the first computes until then.
 */
static struct hkt_log order;
static bool until_second;

/* Of the CPU's time: others may have it meanwhile. No assertion: it is no hog. */
static void use_cpu(hk_time ns)
{
	struct timespec now;
	hk_time end = 0;

	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
		if (end == 0)
			end = now.tv_sec * HK_S + now.tv_nsec + ns;
	} while (now.tv_sec * HK_S + now.tv_nsec < end);
}

static int compute(void *letter)
{
	use_cpu(60 * HK_MS);
	while (until_second && order.length == 0)
		;
	hkt_log(&order, *(char *)letter);
	return 0;
}

static int quick(void *letter)
{
	hkt_log(&order, *(char *)letter);
	return 0;
}

static int two_tasks(void *options)
{
	HK_SCOPE(s);
	hk_spawn_with(&s, options, compute, "c");
	hk_spawn(&s, quick, "q");
	return hk_join(&s);
}

static void run_two(const struct hk_options *run, struct hk_task_options *task,
	const char *expected)
{
	struct hk_options options = *run;

	memset(&order, 0, sizeof(order));
	until_second = expected[0] == 'q';
	options.as = HK_CONCURRENT;
	ck_assert_int_eq(hk_run(&options, two_tasks, task), 0);
	ck_assert_str_eq(order.text, expected);
}

START_TEST(slices_can_be_on)
{
	struct hk_options options = HK_OPTIONS_INIT;
	struct hk_task_options task = HK_TASK_OPTIONS_INIT;

	run_two(&options, NULL, "qc");
	options.slice_ns = -1;
	task.slice_ns = HK_MS;
	run_two(&options, &task, "qc");
	options.slice_ns = HK_MS;
	options.signal = SIGUSR2;
	run_two(&options, NULL, "qc");
}
END_TEST

START_TEST(slices_can_be_off)
{
	struct hk_options options = HK_OPTIONS_INIT;
	struct hk_task_options task = HK_TASK_OPTIONS_INIT;

	options.slice_ns = -1;
	run_two(&options, NULL, "cq");
	options.slice_ns = HK_MS;
	task.slice_ns = -1;
	run_two(&options, &task, "cq");
	options.signal = -1;
	run_two(&options, NULL, "cq");
}
END_TEST

/* Goal: the program's handler still gets its signals. Method: raise the one that is used. */
static _Atomic int handled;

static void handle(int number)
{
	handled += number == SIGURG;
}

static int raise_ten(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10; i++)
		raise(SIGURG);
	return hogs_then_stop(NULL);
}

START_TEST(other_signals_go_to_the_program)
{
	struct sigaction now, mine = { .sa_flags = 0 };

	mine.sa_handler = handle;

	sigaction(SIGURG, &mine, NULL);
	ck_assert_int_eq(run_with(_i, HK_MS, raise_ten, NULL), 0);
	ck_assert_int_eq(handled, 10);
	sigaction(SIGURG, NULL, &now);
	ck_assert(now.sa_handler == handle);
}
END_TEST

/*
 * Goal: a background task runs when nothing else is ready, and has a minimum beside others. Method:
 * one hog of each kind on one worker; the rounds they make, first until there are any, then in
 * a thousand slices, of which those that the machine lengthens are few.
 */
static int background_beside(void *arg)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;

	(void)arg;
	options.flags = HK_BACKGROUND;
	HK_SCOPE(s);
	hk_spawn_with(&s, &options, hog, &rounds[0]);
	while (rounds[0] == 0)
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	hk_spawn(&s, hog, &rounds[1]);
	while (rounds[1] == 0)
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	rounds[0] = rounds[1] = 0;
	ck_assert_int_eq(hk_sleep(HK_S), 0);
	stop = true;
	return hk_join(&s);
}

START_TEST(background_tasks_come_last)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_CONCURRENT;
	options.slice_ns = HK_MS;
	ck_assert_int_eq(hk_run(&options, background_beside, NULL), 0);
	ck_assert_int_gt(rounds[0], rounds[1] / 100);
	ck_assert_int_lt(rounds[0], rounds[1] / 4);
}
END_TEST

/*
 * Goal: a task that wakes again and again cannot starve others by going first. Method: one that
 * computes almost all the time, between shortest sleeps, beside four hogs on one worker, which have
 * their kernel threads by then: its share of the time that this took.
 */
static int64_t waking_share;
static hk_time waking_for;

static int waking_hog(void *arg)
{
	int64_t *share = arg;

	while (!stop) {
		hk_time end = hk_now() + 900 * HK_US;

		while (hk_now() < end && !stop)
			;
		*share += 900 * HK_US;
		hk_sleep(1);
	}
	return 0;
}

static int waking_beside(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 4; i++)
		hk_spawn(&s, hog, &rounds[i]);
	while (running < 4)
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	hk_time begin = hk_now();
	for (int i = 0; i < 4; i++)
		rounds[i] = 0;
	hk_spawn(&s, waking_hog, &waking_share);
	ck_assert_int_eq(hk_sleep(HK_S), 0);
	stop = true;
	waking_for = hk_now() - begin;
	return hk_join(&s);
}

START_TEST(a_waking_hog_starves_nobody)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_CONCURRENT;
	options.slice_ns = 2 * HK_MS;
	ck_assert_int_eq(hk_run(&options, waking_beside, NULL), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_gt(rounds[i], 0);
	/* Its share is 1/5. */
	ck_assert_int_lt(waking_share, waking_for * 35 / 100);
}
END_TEST

/* Goal: hogs go on at the cap of carriers. Method: 40 of them, carriers for two. */
static int many_hogs(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 40; i++)
		hk_spawn(&s, compute, "c");
	return hk_join(&s);
}

START_TEST(the_cap_of_carriers_stops_nobody)
{
	struct hk_options options = hkt_options(_i);

	options.slice_ns = HK_MS;
	options.carriers = options.workers + 2;
	ck_assert_int_eq(hk_run(&options, many_hogs, NULL), 0);
	ck_assert_uint_eq(order.length, 40);
}
END_TEST

/*
 * Goal: who keeps its worker for long is named once, with its place. Method: it computes for three
 * times as long as stall=, without slices and with; a CPU that others use for as long would look
 * the same.
 */
enum { STALL_NS = 200 * 1000000 };

static int compute_long(void *arg)
{
	(void)arg;
	use_cpu(3 * (hk_time)STALL_NS);
	return 0;
}

static int long_and_quick(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, compute_long, NULL);
	hk_spawn(&s, quick, "q");
	return hk_join(&s);
}

static int stall(void *slice_ns)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_CONCURRENT;
	options.stall_ns = STALL_NS;
	options.slice_ns = *(hk_time *)slice_ns;
	return hk_run(&options, long_and_quick, NULL);
}

START_TEST(a_long_turn_is_named)
{
	struct hkt_child child;
	hk_time slice_ns = -1;

	hkt_child(&child, stall, &slice_ns);
	hkt_assert_exit(&child, 0,
		"^hocket: stalled: task 2 \"compute_long\" [^\n]* ms though others wait\n"
		"hocket:     at [^\n]+\n(hocket:   from [^\n]+\n)*$");
	slice_ns = HK_MS;
	hkt_child(&child, stall, &slice_ns);
	hkt_assert_exit(&child, 0, "^$");
}
END_TEST

static Suite *slices(void)
{
	Suite *suite = suite_create("slice");
	TCase *tc = hkt_case(suite, "slices", 60);
	/* Without /proc a task that is held up for 20 ms loses its worker as if it slept. */
	const char *forbidden = getenv("HOCKET_TEST_FORBID");
	bool blind = forbidden != NULL && strcmp(forbidden, "open") == 0;

	hkt_add_workers(tc, hogs_cannot_keep_others_from_running);
	hkt_add_workers(tc, short_slices_are_the_same);
	hkt_add_workers(tc, time_and_descriptors_get_in);
	tcase_add_test(tc, slices_can_be_on);
	if (!blind)
		tcase_add_test(tc, slices_can_be_off);
	tcase_add_test(tc, a_long_turn_is_named);
	hkt_add_workers(tc, other_signals_go_to_the_program);
	tcase_add_test(tc, background_tasks_come_last);
	tcase_add_test(tc, a_waking_hog_starves_nobody);

	tc = hkt_case(suite, "crowds", 60);
	hkt_add_workers(tc, the_cap_of_carriers_stops_nobody);
	return suite;
}

int main(void)
{
	return hkt_main(slices());
}
