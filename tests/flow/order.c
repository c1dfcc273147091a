/* SPDX-License-Identifier: MIT */
/*
 * What the executions mean exactly: who runs when. Order is asserted by a log of letters, never
 * by time; where one task must be in the middle of a wait, that lasts 500 ms. Without slices, which
 * would be over for a task that the machine holds up.
 */
#include "../check_hocket.h"

#include <errno.h>

static struct hkt_log order;

static int run_as(enum hk_execution as, unsigned workers, int (*fn)(void *), void *arg)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = as;
	options.workers = workers;
	options.slice_ns = -1;
	return hk_run(&options, fn, arg);
}

/*
 * Goal: with one worker and no interleaving a spawn is a plain call: the child is over when
 * hk_spawn() returns. Method: three generations, yields in between, the exact order.
 */
static int grandchild(void *arg)
{
	hkt_log(&order, *(char *)arg);
	hk_yield();
	hkt_log(&order, *(char *)arg);
	return 0;
}

static int child(void *arg)
{
	char *letter = arg;
	char small[2] = { (char)(*letter + 'a' - 'A'), (char)(*letter + 'b' - 'A') };

	HK_SCOPE(s);
	hkt_log(&order, *letter);
	hk_spawn(&s, grandchild, &small[0]);
	hk_yield();
	hk_spawn(&s, grandchild, &small[1]);
	hkt_log(&order, *letter);
	return hk_join(&s);
}

static int parent(void *arg)
{
	static char letters[] = { 'A', 'P' };

	(void)arg;
	HK_SCOPE(s);
	hkt_log(&order, '1');
	hk_spawn(&s, child, &letters[0]);
	hkt_log(&order, '2');
	hk_spawn(&s, child, &letters[1]);
	hkt_log(&order, '3');
	return hk_join(&s);
}

START_TEST(without_interleaving_a_spawn_is_a_call)
{
	ck_assert_int_eq(run_as(HK_SEQUENTIAL, 0, parent, NULL), 0);
	ck_assert_str_eq(order.text, "1AaabbA2PppqqP3");
}
END_TEST

START_TEST(one_parallel_worker_is_sequential)
{
	ck_assert_int_eq(run_as(HK_PARALLEL, 1, parent, NULL), 0);
	ck_assert_str_eq(order.text, "1AaabbA2PppqqP3");
}
END_TEST

/* Goal: interleaved, a spawn only makes ready. Method: the parent logs before any child. */
static int log_letter(void *arg)
{
	hkt_log(&order, *(char *)arg);
	return 0;
}

static int spawn_letters(void *arg)
{
	static char letters[] = "abcdef";

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 6; i++) {
		hk_spawn(&s, log_letter, &letters[i]);
		hkt_log(&order, '.');
	}
	return hk_join(&s);
}

START_TEST(concurrent_children_start_in_order_at_the_join)
{
	ck_assert_int_eq(run_as(HK_CONCURRENT, 0, spawn_letters, NULL), 0);
	ck_assert_str_eq(order.text, "......abcdef");
}
END_TEST

/* Goal: yield lets the others go first, in turn. Method: three tasks of three steps. */
static int three_steps(void *arg)
{
	for (int i = 0; i < 3; i++) {
		hkt_log(&order, *(char *)arg);
		hk_yield();
	}
	return 0;
}

static int spawn_steps(void *arg)
{
	static char letters[] = "abc";

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 3; i++)
		hk_spawn(&s, three_steps, &letters[i]);
	return hk_join(&s);
}

START_TEST(concurrent_yields_take_turns)
{
	ck_assert_int_eq(run_as(HK_CONCURRENT, 0, spawn_steps, NULL), 0);
	ck_assert_str_eq(order.text, "abcabcabc");
}
END_TEST

START_TEST(sequential_yields_do_nothing)
{
	ck_assert_int_eq(run_as(HK_SEQUENTIAL, 0, spawn_steps, NULL), 0);
	ck_assert_str_eq(order.text, "aaabbbccc");
}
END_TEST

/*
 * Goal: a wait without interleaving holds the core; with it, the core is given away. Method: a
 * task that sleeps, one that does not.
 */
static int before_and_after(void *arg)
{
	hkt_log(&order, *(char *)arg);
	if (*(char *)arg == 'a')
		ck_assert_int_eq(hk_sleep(500 * HK_MS), 0);
	hkt_log(&order, *(char *)arg);
	return 0;
}

static int spawn_waiter_first(void *arg)
{
	static char letters[] = "ab";

	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, before_and_after, &letters[0]);
	hk_spawn(&s, before_and_after, &letters[1]);
	return hk_join(&s);
}

START_TEST(a_sequential_wait_holds_the_core)
{
	ck_assert_int_eq(run_as(HK_SEQUENTIAL, 0, spawn_waiter_first, NULL), 0);
	ck_assert_str_eq(order.text, "aabb");
}
END_TEST

START_TEST(a_concurrent_wait_gives_the_core_away)
{
	ck_assert_int_eq(run_as(HK_CONCURRENT, 0, spawn_waiter_first, NULL), 0);
	ck_assert_str_eq(order.text, "abba");
}
END_TEST

START_TEST(a_parallel_wait_holds_its_own_core_only)
{
	ck_assert_int_eq(run_as(HK_PARALLEL, 3, spawn_waiter_first, NULL), 0);
	ck_assert_str_eq(order.text + 2, "ba");
}
END_TEST

/*
 * Goal: a sequential wait is served while the core idles: timers, descriptors, cancellation by
 * time. Method: every timed wait in a row, each in a child, in a log.
 */
static int timed_waits(void *arg)
{
	struct hk_sem none = HK_SEM_INIT(0);
	int ends[2];
	char c;

	(void)arg;
	hkt_pipe(ends);
	struct pollfd fd = { ends[0], POLLIN, 0 };
	ck_assert_int_eq(hk_sleep(5 * HK_MS), 0);
	ck_assert_int_eq(hk_sem_wait_until(&none, hk_now() + 5 * HK_MS), -ETIMEDOUT);
	ck_assert_int_eq(hk_poll(&fd, 1, hk_now() + 5 * HK_MS), 0);
	ck_assert_int_eq(hk_write(ends[1], "x", 1), 1);
	ck_assert_int_eq(hk_read(ends[0], &c, 1), 1);
	return 0;
}

static int spawn_timed_waits(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(hk_spawn(&s, timed_waits, NULL), 0);
	return hk_join(&s);
}

START_TEST(waits_are_served_in_every_execution)
{
	ck_assert_int_eq(hkt_run(_i, spawn_timed_waits, NULL), 0);
}
END_TEST

/*
 * Goal: tasks that spawn and join tasks of their own are never stuck for want of workers, and
 * stay on theirs. Method: a tree of six levels on one to five parallel workers.
 */
static int split(void *arg)
{
	int depth = *(int *)arg, below = depth - 1;
	int worker = hk_task_worker();

	if (depth == 0)
		return 0;
	HK_SCOPE(s);
	for (int i = 0; i < 3; i++)
		hk_spawn_copy(&s, split, &below, sizeof(below));
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(hk_task_worker(), worker);
	return 0;
}

START_TEST(a_tree_of_joins_needs_few_workers)
{
	int depth = 6;

	for (unsigned workers = 1; workers <= 5; workers++)
		ck_assert_int_eq(run_as(HK_PARALLEL, workers, split, &depth), 0);
}
END_TEST

/*
 * Goal: a parallel spawn goes to a free worker while the spawner goes on. Method: the parent
 * waits for a permit that only the child posts, which a called child could not delay.
 */
static struct hk_sem ready, go;

static int answer(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sem_wait(&go), 0);
	hk_sem_post(&ready);
	return 0;
}

static int ask(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, answer, NULL);
	hk_sem_post(&go);
	ck_assert_int_eq(hk_sem_wait(&ready), 0);
	return hk_join(&s);
}

START_TEST(a_parallel_spawn_goes_to_a_free_worker)
{
	ck_assert_int_eq(hkt_run(_i, ask, NULL), 0);
}
END_TEST

/* Goal: fewer workers than tasks. Method: 50 sleeping tasks on 1 to 4 parallel workers. */
static int sleep_and_count(void *arg)
{
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	(*(_Atomic int *)arg)++;
	return 0;
}

static int spawn_fifty(void *arg)
{
	HK_SCOPE(s);
	for (int i = 0; i < 50; i++)
		hk_spawn(&s, sleep_and_count, arg);
	return hk_join(&s);
}

START_TEST(fewer_parallel_workers_than_tasks)
{
	for (unsigned workers = 1; workers <= 4; workers++) {
		struct {
			_Atomic int count;
		} done = { 0 };

		ck_assert_int_eq(run_as(HK_PARALLEL, workers, spawn_fifty, &done), 0);
		ck_assert_int_eq(done.count, 50);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow/order");
	TCase *tc = hkt_case(suite, "one at a time", 20);

	tcase_add_test(tc, without_interleaving_a_spawn_is_a_call);
	tcase_add_test(tc, one_parallel_worker_is_sequential);
	tcase_add_test(tc, sequential_yields_do_nothing);
	tcase_add_test(tc, a_sequential_wait_holds_the_core);
	tc = hkt_case(suite, "interleaved", 20);
	tcase_add_test(tc, concurrent_children_start_in_order_at_the_join);
	tcase_add_test(tc, concurrent_yields_take_turns);
	tcase_add_test(tc, a_concurrent_wait_gives_the_core_away);
	hkt_add_every(tc, waits_are_served_in_every_execution);
	tc = hkt_case(suite, "parallel", 20);
	tcase_add_test(tc, a_parallel_wait_holds_its_own_core_only);
	tcase_add_test(tc, a_tree_of_joins_needs_few_workers);
	hkt_add_overlap(tc, a_parallel_spawn_goes_to_a_free_worker);
	tcase_add_test(tc, fewer_parallel_workers_than_tasks);
	return hkt_main(suite);
}
