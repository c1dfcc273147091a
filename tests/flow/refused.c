/* SPDX-License-Identifier: MIT */
/*
 * Where the system refuses something to the whole process, from the start or from some moment on:
 * signals to threads, threads, descriptors, /proc. Each in a child process.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static int setup;

static int run(int (*fn)(void *))
{
	struct hk_options options = hkt_options(setup);

	options.slice_ns = HK_MS;
	return hk_run(&options, fn, NULL);
}

/* --- signals --- */

static int compute(void *arg)
{
	hk_time end = hk_now() + 20 * HK_MS;

	(void)arg;
	while (hk_now() < end)
		;
	return 0;
}

static int compute_beside_sleepers(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 4; i++)
		hk_spawn(&s, compute, NULL);
	for (int i = 0; i < 10; i++)
		if (hk_sleep(HK_MS) != 0)
			return -EIO;
	return hk_join(&s);
}

static int run_without_interrupts(void *arg)
{
	(void)arg;
	hkt_forbid("interrupt");
	return run(compute_beside_sleepers) != 0 || run(compute_beside_sleepers) != 0 ||
		hk_explain(NULL, STDERR_FILENO) != 0;
}

/* Goal: without signals a run is right, only not interrupted, and says so once for a process. */
START_TEST(without_signals_nobody_is_interrupted)
{
	struct hkt_child child;

	setup = _i;
	hkt_child(&child, run_without_interrupts, NULL);
	hkt_assert_exit(&child, 0,
		"^hocket: cannot interrupt tasks, rt_tgsigqueueinfo[^\n]*\nexecution:.*"
		"rt_tgsigqueueinfo\\(2\\) is refused: nobody is interrupted");
}
END_TEST

/* --- threads --- */

/* The limit of threads does not hold for root. */
static void limit_threads(rlim_t limit)
{
	struct rlimit threads;

	if (getuid() == 0)
		ck_assert_int_eq(setuid(65534), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NPROC, &threads), 0);
	threads.rlim_cur = limit < threads.rlim_max ? limit : threads.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &threads), 0);
}

static int run_without_threads(void *arg)
{
	(void)arg;
	limit_threads(1);
	return -run(compute_beside_sleepers);
}

START_TEST(a_run_without_threads_is_refused)
{
	struct hkt_child child;

	setup = _i;
	hkt_child(&child, run_without_threads, NULL);
	hkt_assert_exit(&child, EAGAIN, "^hocket: cannot start the thread of worker 0: [^\n]*\n$");
}
END_TEST

static int block(void *arg)
{
	(void)arg;
	hkt_block(100 * HK_MS); /* long enough for the lookout of a busy machine */
	return hk_sleep(HK_MS);
}

/* More tasks block than there are threads for. */
static int block_all(void *arg)
{
	(void)arg;
	limit_threads(1);
	HK_SCOPE(s);
	for (int i = 0; i < 20; i++)
		hk_spawn(&s, block, NULL);
	return hk_join(&s);
}

static int run_short_of_threads(void *arg)
{
	(void)arg;
	return run(block_all) != 0;
}

/* Goal: when threads run out in mid-run it goes on with those it has. */
START_TEST(a_run_goes_on_without_more_threads)
{
	struct hkt_child child;

	setup = _i;
	hkt_child(&child, run_short_of_threads, NULL);
	hkt_assert_exit(&child, 0, "^hocket: cannot start kernel thread [0-9]+: [^\n]*\n$");
}
END_TEST

/* A sticky task needs a thread more; after a while there is one. */
static int allow_threads(void *arg)
{
	(void)arg;
	if (hk_sleep(50 * HK_MS) != 0)
		return -EIO;
	limit_threads(RLIM_INFINITY);
	return 0;
}

static int spawn_sticky(void *arg)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;

	(void)arg;
	options.flags = HK_STICKY;
	limit_threads(1);
	HK_SCOPE(s);
	for (int i = 0; i < 20; i++)
		hk_spawn_with(&s, &options, block, NULL);
	hk_spawn(&s, allow_threads, NULL);
	return hk_join(&s);
}

static int run_short_of_threads_for_a_while(void *arg)
{
	(void)arg;
	return run(spawn_sticky) != 0;
}

/* Goal: a refusal is not for ever, and no deadlock while the next attempt may succeed. */
START_TEST(refused_threads_are_asked_for_again)
{
	struct hkt_child child;

	setup = _i;
	hkt_child(&child, run_short_of_threads_for_a_while, NULL);
	hkt_assert_exit(&child, 0, "^hocket: cannot start kernel thread [0-9]+: [^\n]*\n$");
}
END_TEST

/* --- descriptors --- */

static int ends[2];

static int read_all(void *arg)
{
	char c;

	(void)arg;
	return hk_read(ends[0], &c, 1) == 1 ? 0 : -EIO;
}

static int use_descriptors(void *arg)
{
	struct rlimit limit;

	(void)arg;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &limit);
	HK_SCOPE(s);
	for (int i = 0; i < 10; i++)
		hk_spawn(&s, block, NULL);
	for (int i = 0; i < 4; i++)
		hk_spawn(&s, read_all, NULL);
	if (hk_sleep(HK_MS) != 0 || hk_write(ends[1], "1234", 4) != 4)
		return -EIO;
	return hk_join(&s);
}

static int run_short_of_descriptors(void *arg)
{
	(void)arg;
	return pipe(ends) != 0 || run(use_descriptors) != 0;
}

/* Goal: a run needs no new descriptors. Method: it may open none, blocks, reads and writes. */
START_TEST(a_run_goes_on_without_more_descriptors)
{
	struct hkt_child child;

	setup = _i;
	hkt_child(&child, run_short_of_descriptors, NULL);
	hkt_assert_exit(&child, 0, "^$");
}
END_TEST

/* Goal: a program that closes the runtime's descriptors is told, and does not hang. */
static int close_all(void *arg)
{
	(void)arg;
	for (int fd = 3; fd < 256; fd++)
		if (fd != STDERR_FILENO)
			close(fd);
	return hk_sleep(10 * HK_MS);
}

static int run_without_its_descriptors(void *arg)
{
	(void)arg;
	return run(close_all) != 0;
}

START_TEST(closing_the_descriptors_of_the_run_panics)
{
	struct hkt_child child;

	setup = _i;
	hkt_child(&child, run_without_its_descriptors, NULL);
	hkt_assert_signal(&child, SIGABRT, "^hocket: panic: .*descriptor [0-9]+ cannot be used");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow/refused");
	TCase *tc = hkt_case(suite, "refused", 30);

	if (!HKT_ADDRESS_SANITIZER && !HKT_THREAD_SANITIZER)
		hkt_add_workers(tc, without_signals_nobody_is_interrupted);
	hkt_add_every(tc, a_run_without_threads_is_refused);
	hkt_add_workers(tc, a_run_goes_on_without_more_threads);
	hkt_add_workers(tc, refused_threads_are_asked_for_again);
	hkt_add_workers(tc, a_run_goes_on_without_more_descriptors);
	/* To ThreadSanitizer a call on a descriptor that is being closed is a race. */
	if (!HKT_THREAD_SANITIZER)
		hkt_add_workers(tc, closing_the_descriptors_of_the_run_panics);
	return hkt_main(suite);
}
