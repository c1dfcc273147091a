/* SPDX-License-Identifier: MIT */
/*
 * Deadlocks that must be proven and reported at once. Each program runs in a child process and
 * must end with HK_EXIT_DEADLOCK; its report names who waits for whom and where each task was
 * spawned. A deadlock that is not found is a time-out here.
 */
#include "../check_hocket.h"

#include <errno.h>

#define PLACE "deadlock\\.c:[0-9]+"

static struct hk_mutex a, b;
static struct hk_sem a_locked, b_locked, never;

static void assert_deadlock(int setup, int (*fn)(void *), const char *pattern)
{
	struct hk_options options = hkt_options(setup);
	struct hkt_child child;

	hkt_child_run(&child, &options, fn);
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK, pattern);
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK, "deadlock");
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK, PLACE);
}

/* Goal: two mutexes locked in opposite order. Method: both hold one before they want the other. */
static int fry(void *arg)
{
	(void)arg;
	hk_mutex_lock(&a);
	hk_sem_post(&a_locked);
	ck_assert_int_eq(hk_sem_wait(&b_locked), 0);
	hk_mutex_lock(&b);
	return 0;
}

static int grill(void *arg)
{
	(void)arg;
	hk_mutex_lock(&b);
	hk_sem_post(&b_locked);
	ck_assert_int_eq(hk_sem_wait(&a_locked), 0);
	hk_mutex_lock(&a);
	return 0;
}

static int opposite_order(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, fry, NULL);
	hk_spawn(&s, grill, NULL);
	return hk_join(&s);
}

START_TEST(two_mutexes_in_opposite_order)
{
	assert_deadlock(_i, opposite_order,
		"fry[^\n]*mutex[^\n]*grill[^\n]*, called at "
		"flow-deadlock\\+0x[0-9a-f]+; holds 1 lock\n");
	assert_deadlock(_i, opposite_order, "grill[^\n]*mutex[^\n]*fry");
}
END_TEST

/* Goal: without interleaving the same program never gets so far. Method: fry waits for grill. */
START_TEST(two_mutexes_one_at_a_time)
{
	assert_deadlock(_i, opposite_order, "fry[^\n]*sem");
	assert_deadlock(_i, opposite_order, "needs interleaving");
}
END_TEST

/* Goal: a longer cycle. Method: five cooks at a round table, each with one fork. */
enum { COOKS = 5 };
static struct hk_mutex forks[COOKS];
static struct hk_sem seated, start;

static int dine(void *arg)
{
	int seat = *(int *)arg;

	hk_mutex_lock(&forks[seat]);
	hk_sem_post(&seated);
	ck_assert_int_eq(hk_sem_wait(&start), 0);
	hk_mutex_lock(&forks[(seat + 1) % COOKS]);
	return 0;
}

static int dinner(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < COOKS; i++)
		hk_spawn_copy(&s, dine, &i, sizeof(i));
	for (int i = 0; i < COOKS; i++)
		ck_assert_int_eq(hk_sem_wait(&seated), 0);
	for (int i = 0; i < COOKS; i++)
		hk_sem_post(&start);
	return hk_join(&s);
}

START_TEST(five_cooks_at_a_round_table)
{
	assert_deadlock(_i, dinner, "dine[^\n]*mutex[^\n]*dine");
}
END_TEST

/* Goal: nobody will ever post. Method: one task waits, its parent joins it. */
static int wait_for_ever(void *arg)
{
	(void)arg;
	return hk_sem_wait(&never);
}

static int join_waiter(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, wait_for_ever, NULL);
	return hk_join(&s);
}

START_TEST(a_semaphore_that_is_never_posted)
{
	assert_deadlock(_i, join_waiter, "wait_for_ever[^\n]*sem");
}
END_TEST

/* Goal: the same without any other task. Method: the first task waits itself. */
START_TEST(a_first_task_that_waits_for_ever)
{
	struct hk_options options = hkt_options(_i);
	struct hkt_child child;

	hkt_child_run(&child, &options, wait_for_ever);
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK, "main[^\n]*sem");
}
END_TEST

/* Goal: the joiner holds what the joined task wants. Method: join with the mutex locked. */
static int lock_a(void *arg)
{
	(void)arg;
	hk_mutex_lock(&a);
	hk_mutex_unlock(&a);
	return 0;
}

static int join_with_lock(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_mutex_lock(&a);
	hk_spawn(&s, lock_a, NULL);
	return hk_join(&s);
}

START_TEST(a_joiner_that_holds_the_lock)
{
	assert_deadlock(_i, join_with_lock, "lock_a[^\n]*mutex[^\n]*main");
}
END_TEST

static int compute_for_ever(void *arg)
{
	(void)arg;
	for (;;)
		hk_yield();
	return 0;
}

/* Goal: cycles go through writers and through what is to be done once, too. Method: one of each. */
static struct hk_rwlock shelf;
static struct hk_once oven = HK_ONCE_INIT;

static int read_shelf(void *arg)
{
	(void)arg;
	hk_sem_post(&b_locked);
	ck_assert_int_eq(hk_sem_wait(&a_locked), 0);
	hk_rwlock_rdlock(&shelf);
	return 0;
}

static int heat(void *arg)
{
	(void)arg;
	return hk_once_run(&oven, read_shelf, NULL);
}

static int stack(void *arg)
{
	(void)arg;
	hk_rwlock_wrlock(&shelf);
	hk_sem_post(&a_locked);
	ck_assert_int_eq(hk_sem_wait(&b_locked), 0);
	return hk_once_run(&oven, wait_for_ever, NULL);
}

static int heat_and_stack(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, compute_for_ever, NULL);
	hk_spawn(&s, heat, arg);
	hk_spawn(&s, stack, arg);
	return hk_join(&s);
}

START_TEST(a_cycle_of_a_writer_and_a_once)
{
	assert_deadlock(_i, heat_and_stack, "heat[^\n]*readers-writer lock[^\n]*\"stack\" holds");
	assert_deadlock(_i, heat_and_stack, "stack[^\n]*the once[^\n]*\"heat\" runs");
}
END_TEST

/* Goal: channels, and what else tasks wait for, are in the report of a program that stands still.
   */
static struct hk_chan orders = HK_CHAN_UNBUFFERED(int);
static struct hk_cond changed;
static struct hk_barrier table = HK_BARRIER_INIT(2);

static int send_order(void *arg)
{
	int order = 1;

	(void)arg;
	return hk_chan_send(&orders, &order);
}

static int take_two(void *arg)
{
	int order;

	(void)arg;
	for (int i = 0; i < 2; i++) {
		int error = hk_chan_recv(&orders, &order);
		if (error)
			return error;
	}
	return 0;
}

static int wait_for_change(void *arg)
{
	(void)arg;
	hk_mutex_lock(&a);
	int result = hk_cond_wait(&changed, &a);
	hk_mutex_unlock(&a);
	return result;
}

static int sit_down(void *arg)
{
	(void)arg;
	return hk_barrier_wait(&table);
}

static int stand_still(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, send_order, arg);
	hk_spawn(&s, take_two, arg);
	hk_spawn(&s, wait_for_change, arg);
	hk_spawn(&s, sit_down, arg);
	return hk_join(&s);
}

START_TEST(channels_and_others_are_in_the_report)
{
	assert_deadlock(_i, stand_still, "take_two[^\n]*an item from the channel");
	assert_deadlock(_i, stand_still, "wait_for_change[^\n]*the condition variable");
	assert_deadlock(_i, stand_still, "sit_down[^\n]*the others at the barrier");
}
END_TEST

/*
 * Goal: without interleaving a wait that only a suspended caller could end is reported at once,
 * with the remedy. Method: the caller holds the mutex, or would post after the spawn.
 */
static int hold_spawn_release(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_mutex_lock(&a);
	hk_spawn(&s, lock_a, NULL);
	hk_mutex_unlock(&a);
	return hk_join(&s);
}

static int spawn_then_post(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, wait_for_ever, NULL);
	hk_sem_post(&never);
	return hk_join(&s);
}

START_TEST(a_program_that_needs_interleaving)
{
	struct hk_options options = HK_OPTIONS_INIT;
	struct hkt_child child;

	options.as = _i % 2 == 0 ? HK_SEQUENTIAL : HK_PARALLEL;
	options.workers = 1;
	options.stall_ns = -1;
	hkt_child_run(&child, &options, _i < 2 ? hold_spawn_release : spawn_then_post);
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK, "needs interleaving");
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK,
		_i < 2 ? "lock_a[^\n]*mutex[^\n]*main" : "wait_for_ever[^\n]*sem");
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK, PLACE);
}
END_TEST

/* Goal: the same programs are right with interleaving. Method: run them; result 0. */
START_TEST(the_same_program_interleaved)
{
	ck_assert_int_eq(hkt_run(_i, hold_spawn_release, NULL), 0);
	ck_assert_int_eq(hkt_run(_i, spawn_then_post, NULL), 0);
}
END_TEST

/*
 * Goal: a cycle is reported at once though other tasks run. Method: two tasks lock each other
 * out while a third computes and a fourth sleeps for an hour.
 */
static int sleep_an_hour(void *arg)
{
	(void)arg;
	return hk_sleep(3600 * HK_S);
}

static int opposite_order_among_others(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, compute_for_ever, NULL);
	hk_spawn(&s, sleep_an_hour, NULL);
	return opposite_order(arg);
}

START_TEST(a_cycle_while_others_run)
{
	assert_deadlock(_i, opposite_order_among_others, "fry[^\n]*mutex[^\n]*grill");
}
END_TEST

/*
 * Goal: HK_DEADLOCK_RETURN returns -EDEADLK, and the process goes on. Method: deadlock, run
 * something else, deadlock again; other mutexes each time, for the old ones stay locked.
 */
static struct hk_mutex pairs[6][2];
static int round_number;

static int lock_both(void *arg)
{
	int first = *(int *)arg;

	hk_mutex_lock(&pairs[round_number][first]);
	hk_sem_post(first == 0 ? &a_locked : &b_locked);
	ck_assert_int_eq(hk_sem_wait(first == 0 ? &b_locked : &a_locked), 0);
	hk_mutex_lock(&pairs[round_number][1 - first]);
	return 0;
}

static int deadlock_again(void *arg)
{
	static int zero = 0, one = 1;

	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, lock_both, &zero);
	hk_spawn(&s, lock_both, &one);
	return hk_join(&s);
}

static int sleep_briefly(void *arg)
{
	(void)arg;
	return hk_sleep(HK_MS);
}

static int work(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 50; i++)
		hk_spawn(&s, sleep_briefly, NULL);
	return hk_join(&s);
}

START_TEST(a_deadlock_can_be_returned)
{
	struct hk_options options = hkt_options(_i);

	options.deadlock = HK_DEADLOCK_RETURN;
	for (round_number = 0; round_number < 6; round_number++) {
		ck_assert_int_eq(hk_run(&options, deadlock_again, NULL), -EDEADLK);
		ck_assert_int_eq(hk_run(&options, work, NULL), 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flow/deadlock");
	TCase *tc = hkt_case(suite, "proven", 20);

	hkt_add_overlap(tc, two_mutexes_in_opposite_order);
	tcase_add_loop_test(tc, two_mutexes_one_at_a_time, HKT_OVERLAP, HKT_OVERLAP + 2);
	hkt_add_overlap(tc, five_cooks_at_a_round_table);
	hkt_add_every(tc, a_semaphore_that_is_never_posted);
	hkt_add_every(tc, a_first_task_that_waits_for_ever);
	hkt_add_every(tc, a_joiner_that_holds_the_lock);
	hkt_add_overlap(tc, a_cycle_while_others_run);
	tcase_add_loop_test(tc, a_cycle_of_a_writer_and_a_once, 0, HKT_OVERLAP - 1);
	hkt_add_overlap(tc, channels_and_others_are_in_the_report);
	tc = hkt_case(suite, "interleaving", 20);
	tcase_add_loop_test(tc, a_program_that_needs_interleaving, 0, 4);
	hkt_add_overlap(tc, the_same_program_interleaved);
	tc = hkt_case(suite, "returned", 20);
	hkt_add_overlap(tc, a_deadlock_can_be_returned);
	return hkt_main(suite);
}
