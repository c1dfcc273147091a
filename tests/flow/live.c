/* SPDX-License-Identifier: MIT */
/*
 * What is no deadlock must not be taken for one: a wait that a timer, another process or a
 * thread outside the runtime will end. And the warning for what only may be one.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static struct hk_sem sem;
static int ends[2];

/* Goal: a pending timer is a reason to wait. Method: only timed waits, long after each other. */
static int wait_with_deadline(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sem_wait_until(&sem, hk_now() + 100 * HK_MS), -ETIMEDOUT);
	return 0;
}

static int join_timed_waits(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, wait_with_deadline, NULL);
	hk_spawn(&s, wait_with_deadline, NULL);
	return hk_join(&s);
}

START_TEST(a_timer_may_end_the_wait)
{
	ck_assert_int_eq(hkt_run(_i, join_timed_waits, NULL), 0);
}
END_TEST

/* Goal: another process may write. Method: a child process does so 200 ms later. */
static int read_byte(void *arg)
{
	char c;

	(void)arg;
	ck_assert_int_eq(hk_read(ends[0], &c, 1), 1);
	return 0;
}

static int join_reader(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, read_byte, NULL);
	return hk_join(&s);
}

START_TEST(another_process_may_write)
{
	pid_t pid;

	hkt_pipe(ends);
	pid = fork();
	if (pid == 0) {
		hkt_block(200 * HK_MS);
		_exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
	}
	close(ends[1]);
	ck_assert_int_eq(hkt_run(_i, join_reader, NULL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

/* Goal: a thread outside the runtime may post. Method: it does so 200 ms later. */
static void *post_late(void *arg)
{
	(void)arg;
	hkt_block(200 * HK_MS);
	hk_sem_post(&sem);
	return NULL;
}

static int take(void *arg)
{
	(void)arg;
	return hk_sem_wait(&sem);
}

static int join_taker(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, take, NULL);
	return hk_join(&s);
}

START_TEST(a_foreign_thread_may_post)
{
	pthread_t thread = hkt_thread(post_late, NULL);

	ck_assert_int_eq(hkt_run(_i, join_taker, NULL), 0);
	pthread_join(thread, NULL);
}
END_TEST

/* Goal: such a thread may be started by a task. Method: a task starts it, another waits. */
static int start_thread(void *arg)
{
	pthread_t *thread = arg;

	*thread = hkt_thread(post_late, NULL);
	return 0;
}

static int start_and_take(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, start_thread, arg);
	hk_spawn(&s, take, NULL);
	return hk_join(&s);
}

START_TEST(a_task_may_start_the_thread_that_posts)
{
	pthread_t thread;

	ck_assert_int_eq(hkt_run(_i, start_and_take, &thread), 0);
	pthread_join(thread, NULL);
}
END_TEST

/* Goal: a task that blocks in the kernel may post. Method: it sleeps the plain way first. */
static int post_after_raw_sleep(void *arg)
{
	(void)arg;
	hkt_block(200 * HK_MS);
	hk_sem_post(&sem);
	return 0;
}

static int block_and_take(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, post_after_raw_sleep, NULL);
	hk_spawn(&s, take, NULL);
	return hk_join(&s);
}

START_TEST(a_task_in_a_blocking_call_may_post)
{
	ck_assert_int_eq(hkt_run(_i, block_and_take, NULL), 0);
}
END_TEST

/* Goal: nothing is mistaken in between. Method: 10,000 short sleeps, all others waiting. */
static int sleep_often_and_post(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(10000); i++)
		ck_assert_int_eq(hk_sleep(1 + i % 20 * 1000), 0);
	hk_sem_post(&sem);
	return 0;
}

static int wait_for_sleeper(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, sleep_often_and_post, NULL);
	hk_spawn(&s, take, NULL);
	return hk_join(&s);
}

START_TEST(many_short_sleeps)
{
	ck_assert_int_eq(hkt_run(_i, wait_for_sleeper, NULL), 0);
}
END_TEST

/*
 * Goal: with a worker to spare, waits end while another task computes. Method: a task that never
 * calls the runtime computes until two that sleep and one that takes a permit from a thread
 * have gone on; many rounds, for idle workers change their duties.
 */
static _Atomic int gone_on;

static int nap(void *arg)
{
	int got = hk_sleep(*(hk_time *)arg);

	gone_on++;
	return got;
}

static int take_and_go_on(void *arg)
{
	int got = hk_sem_wait(&sem);

	(void)arg;
	gone_on++;
	return got;
}

static int compute_until_gone_on(void *arg)
{
	hk_time limit = hk_now() + 10 * HK_S;

	(void)arg;
	while (gone_on < 3)
		if (hk_now() > limit)
			return -ETIME;
	return 0;
}

static void *post_soon(void *arg)
{
	hkt_block(*(hk_time *)arg);
	hk_sem_post(&sem);
	return NULL;
}

static int wait_beside_computation(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(1000); i++) {
		hk_time pause = (1 + i % 100) * HK_US;
		pthread_t thread = hkt_thread(post_soon, &pause);

		gone_on = 0;
		HK_SCOPE(s);
		hk_spawn(&s, nap, &pause);
		hk_spawn(&s, take_and_go_on, NULL);
		hk_spawn(&s, nap, &pause);
		hk_spawn(&s, compute_until_gone_on, NULL);
		ck_assert_int_eq(hk_join(&s), 0);
		pthread_join(thread, NULL);
	}
	return 0;
}

START_TEST(waits_end_beside_a_computation)
{
	ck_assert_int_eq(hkt_run(_i, wait_beside_computation, NULL), 0);
}
END_TEST

/*
 * Goal: a doubtful wait is one warning, and goes on. Method: stall=100ms, a thread that posts
 * after 600 ms; the lines on stderr are counted. With stall off there are none.
 */
static void *post_very_late(void *arg)
{
	hkt_block(400 * HK_MS);
	return post_late(arg);
}

struct stall {
	int setup;
	hk_time limit;
};

static int stall(void *arg)
{
	const struct stall *stall = arg;
	struct hk_options options = hkt_options(stall->setup);
	pthread_t thread;
	int got;

	options.stall_ns = stall->limit;
	if (pthread_create(&thread, NULL, post_very_late, NULL) != 0)
		return 1;
	got = hk_run(&options, join_taker, NULL);
	pthread_join(thread, NULL);
	return got;
}

#define WARNING "^hocket: stall[^\n]*\n(  [^\n]*\n)+(hocket: [^\n]* interleaving[^\n]*\n)?$"

START_TEST(a_doubtful_wait_is_one_warning)
{
	struct hkt_child child;

	hkt_child(&child, stall, &(struct stall){ _i, 100 * HK_MS });
	hkt_assert_exit(&child, 0, WARNING);
	hkt_assert_exit(&child, 0, "take[^\n]*sem");
	hkt_child(&child, stall, &(struct stall){ _i, -1 });
	hkt_assert_exit(&child, 0, "^$");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow/live");
	TCase *tc = hkt_case(suite, "no deadlock", 30);

	hkt_add_every(tc, a_timer_may_end_the_wait);
	hkt_add_every(tc, another_process_may_write);
	hkt_add_every(tc, a_foreign_thread_may_post);
	hkt_add_every(tc, a_task_may_start_the_thread_that_posts);
	hkt_add_every(tc, a_task_in_a_blocking_call_may_post);
	tc = hkt_case(suite, "often", 60);
	hkt_add_every(tc, many_short_sleeps);
	tcase_add_loop_test(tc, waits_end_beside_a_computation, 2, HKT_OVERLAP);
	tc = hkt_case(suite, "warning", 20);
	hkt_add_every(tc, a_doubtful_wait_is_one_warning);
	return hkt_main(suite);
}
