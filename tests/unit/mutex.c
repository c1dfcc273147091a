/* SPDX-License-Identifier: MIT */
/* The mutex: exclusion, order, time limits, cancellation, and HK_LOCKED. */
#include "../check_waits.h"

#include <errno.h>
#include <string.h>

static struct hk_mutex m;

/*
 * Goal: one task at a time is inside. Method: a plain counter with a yield between load and
 * store, which loses updates when two tasks are inside.
 */
enum { TASKS = 20, ROUNDS = 50 };
static long counter;

static int count(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		hk_mutex_lock(&m);
		long seen = counter;
		hk_yield();
		counter = seen + 1;
		hk_mutex_unlock(&m);
	}
	return 0;
}

static int spawn_counters(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < TASKS; i++)
		hk_spawn(&s, count, NULL);
	return hk_join(&s);
}

START_TEST(one_task_at_a_time_is_inside)
{
	ck_assert_int_eq(hkt_run(_i, spawn_counters, NULL), 0);
	ck_assert_int_eq(counter, TASKS * ROUNDS);
}
END_TEST

/* Goal: HK_LOCKED unlocks however its block is left. Method: each way, then trylock. */
static void assert_free(void)
{
	ck_assert(hk_mutex_trylock(&m));
	hk_mutex_unlock(&m);
}

static int leave_by_return(void)
{
	HK_LOCKED(&m)
		return 7;
	return 8;
}

static int leave_in_all_ways(void *arg)
{
	int inside = 0, after = 0;

	(void)arg;
	HK_LOCKED(&m) {
		ck_assert(!hk_mutex_trylock(&m));
		inside++;
	}
	assert_free();
	HK_LOCKED(&m) {
		inside++;
		break;
	}
	assert_free();
	for (int i = 0; i < 3; i++) {
		HK_LOCKED(&m) {
			inside++;
			continue;
		}
		after++; /* continue ended the block, not the loop */
		assert_free();
	}
	HK_LOCKED(&m) {
		inside++;
		goto out;
	}
	ck_abort_msg("goto did not leave the block");
out:
	assert_free();
	ck_assert_int_eq(leave_by_return(), 7);
	assert_free();
	ck_assert_int_eq(inside, 6);
	ck_assert_int_eq(after, 3);
	return 0;
}

START_TEST(locked_block_unlocks_however_it_is_left)
{
	ck_assert_int_eq(hkt_run(_i, leave_in_all_ways, NULL), 0);
}
END_TEST

/* Goal: blocks of two mutexes nest, and a braceless form works. Method: count inside both. */
static int nest(void *arg)
{
	static struct hk_mutex other = HK_MUTEX_INIT;
	int inside = 0;

	(void)arg;
	HK_LOCKED(&m)
		HK_LOCKED(&other)
			inside++;
	ck_assert_int_eq(inside, 1);
	assert_free();
	HK_LOCKED(&other)
		inside++;
	ck_assert_int_eq(inside, 2);
	return 0;
}

START_TEST(locked_blocks_nest)
{
	ck_assert_int_eq(hkt_run(_i, nest, NULL), 0);
}
END_TEST

/*
 * Goal: what a task sees of a mutex that its parent holds. Method: the parent holds it across
 * the join, so that this works in every execution.
 */
static int try_held(void *arg)
{
	hk_time start = hk_now();

	(void)arg;
	ck_assert(!hk_mutex_trylock(&m));
	ck_assert_int_eq(hk_mutex_lock_until(&m, hk_now() - HK_S), -ETIMEDOUT);
	ck_assert_int_eq(hk_mutex_lock_until(&m, 0), -ETIMEDOUT);
	ck_assert_int_eq(hk_mutex_lock_until(&m, -1), -ETIMEDOUT);
	ck_assert_int_eq(hk_mutex_lock_until(&m, start + 20 * HK_MS), -ETIMEDOUT);
	ck_assert_int_ge(hk_now(), start + 20 * HK_MS);
	return 0;
}

static int hold_and_spawn(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_mutex_lock(&m);
	hk_spawn(&s, try_held, NULL);
	hk_spawn(&s, try_held, NULL);
	ck_assert_int_eq(hk_join(&s), 0);
	hk_mutex_unlock(&m);
	assert_free();
	ck_assert_int_eq(hk_mutex_lock_until(&m, 0), 0);
	hk_mutex_unlock(&m);
	ck_assert_int_eq(hk_mutex_lock_until(&m, HK_FOREVER), 0);
	hk_mutex_unlock(&m);
	return 0;
}

START_TEST(a_held_mutex_times_out_and_a_free_one_does_not)
{
	ck_assert_int_eq(hkt_run(_i, hold_and_spawn, NULL), 0);
}
END_TEST

/* Goal: first come, first served. Method: waiters queue one by one, then log in what order. */
static struct hkt_log served;

static int wait_and_log(void *arg)
{
	HK_LOCKED(&m)
		hkt_log(&served, *(char *)arg);
	return 0;
}

static int wait_until_and_log(void *arg)
{
	ck_assert_int_eq(hk_mutex_lock_until(&m, HK_FOREVER), 0);
	hkt_log(&served, *(char *)arg);
	hk_mutex_unlock(&m);
	return 0;
}

static int queue_up(void *arg)
{
	char *letters = arg;

	HK_SCOPE(s);
	hk_mutex_lock(&m);
	for (int i = 0; letters[i] != '\0'; i++) {
		if (i % 2 == 0)
			hk_spawn(&s, wait_and_log, &letters[i]);
		else
			hk_spawn(&s, wait_until_and_log, &letters[i]);
		hkt_await(i + 1, "the mutex");
	}
	hk_mutex_unlock(&m);
	return hk_join(&s);
}

START_TEST(waiters_are_served_in_order)
{
	char letters[] = "qwerty";

	ck_assert_int_eq(hkt_run(_i, queue_up, letters), 0);
	ck_assert_str_eq(served.text, letters);
}
END_TEST

/* Goal: a waiter that gave up is skipped. Method: the first of two waiters times out. */
static int give_up(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_mutex_lock_until(&m, hk_now() + 10 * HK_MS), -ETIMEDOUT);
	hkt_log(&served, 'x');
	return 0;
}

static int queue_with_a_quitter(void *arg)
{
	static char letter[] = "a";

	(void)arg;
	HK_SCOPE(quits);
	HK_SCOPE(stays);
	hk_mutex_lock(&m);
	hk_spawn(&quits, give_up, NULL);
	hk_spawn(&stays, wait_and_log, letter);
	ck_assert_int_eq(hk_join(&quits), 0);
	hkt_await(1, "the mutex");
	hk_mutex_unlock(&m);
	return hk_join(&stays);
}

START_TEST(a_waiter_that_gave_up_is_skipped)
{
	ck_assert_int_eq(hkt_run(_i, queue_with_a_quitter, NULL), 0);
	ck_assert_str_eq(served.text, "xa");
}
END_TEST

/*
 * Goal: cancellation ends lock_until, not lock. Method: cancel both while their parent holds
 * the mutex; the plain lock must still get it afterwards.
 */
static int lock_until_cancelled(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_mutex_lock_until(&m, HK_FOREVER), -ECANCELED);
	ck_assert_int_eq(hk_mutex_lock_until(&m, hk_now() + HK_S), -ECANCELED);
	hkt_log(&served, 'c');
	return 0;
}

static int lock_whatever_comes(void *arg)
{
	(void)arg;
	hk_mutex_lock(&m);
	ck_assert(hk_task_cancelled());
	hkt_log(&served, 'l');
	hk_mutex_unlock(&m);
	return 0;
}

static int cancel_lockers(void *arg)
{
	(void)arg;
	HK_SCOPE(until);
	HK_SCOPE(whatever);
	hk_mutex_lock(&m);
	hk_spawn(&until, lock_until_cancelled, NULL);
	hk_spawn(&whatever, lock_whatever_comes, NULL);
	hkt_await(2, "the mutex");
	hk_cancel(&whatever);
	hk_cancel(&until);
	ck_assert_int_eq(hk_join(&until), -ECANCELED);
	hk_mutex_unlock(&m);
	ck_assert_int_eq(hk_join(&whatever), -ECANCELED);
	assert_free();
	return 0;
}

START_TEST(cancellation_ends_lock_until_but_not_lock)
{
	ck_assert_int_eq(hkt_run(_i, cancel_lockers, NULL), 0);
	ck_assert_str_eq(served.text, "cl");
}
END_TEST

/* Goal: zeroed memory is a free mutex. Method: lock one made by memset and one by the macro. */
static int lock_fresh(void *arg)
{
	struct hk_mutex zeroed, initialised = HK_MUTEX_INIT;

	(void)arg;
	memset(&zeroed, 0, sizeof(zeroed));
	HK_LOCKED(&zeroed)
		ck_assert(!hk_mutex_trylock(&zeroed));
	HK_LOCKED(&initialised)
		ck_assert(!hk_mutex_trylock(&initialised));
	return 0;
}

START_TEST(zeroed_memory_is_a_free_mutex)
{
	ck_assert_int_eq(hkt_run(_i, lock_fresh, NULL), 0);
}
END_TEST

/*
 * Goal: a recursive mutex is its owner's again and again, and free after as many unlocks. Method:
 * all three ways of locking it, in blocks, too; another task or thread tries in between.
 */
static struct hk_mutex recursive = HK_MUTEX_RECURSIVE_INIT;

static int try_recursive(void *arg)
{
	bool is_free = *(bool *)arg;

	ck_assert_int_eq(hk_mutex_trylock(&recursive), is_free);
	if (is_free)
		hk_mutex_unlock(&recursive);
	return 0;
}

static void another_tries(bool outside, bool is_free)
{
	struct hkt_outside call;

	if (outside) {
		hkt_outside(&call, try_recursive, &is_free);
		ck_assert_int_eq(hkt_outside_end(&call), 0);
	} else {
		HK_SCOPE(s);
		hk_spawn(&s, try_recursive, &is_free);
		ck_assert_int_eq(hk_join(&s), 0);
	}
}

static int lock_again_and_again(void *arg)
{
	bool outside = *(bool *)arg;

	hk_mutex_lock(&recursive);
	hk_mutex_lock(&recursive);
	ck_assert(hk_mutex_trylock(&recursive));
	ck_assert_int_eq(hk_mutex_lock_until(&recursive, 0), 0);
	HK_LOCKED(&recursive)
		HK_LOCKED(&recursive)
			another_tries(outside, false);
	for (int i = 0; i < 4; i++) {
		another_tries(outside, false);
		hk_mutex_unlock(&recursive);
	}
	another_tries(outside, true);
	ck_assert_uint_eq(recursive.word, 0);
	ck_assert_uint_eq(recursive.depth, 0);
	ck_assert_ptr_null(recursive.owner);
	return 0;
}

START_TEST(a_recursive_mutex_is_free_after_as_many_unlocks)
{
	bool no = false, yes = true;

	ck_assert_int_eq(lock_again_and_again(&yes), 0);
	ck_assert_int_eq(hkt_run(_i, lock_again_and_again, &no), 0);
}
END_TEST

/* Goal: tasks, threads and tasks of another run exclude each other. Method: one counter. */

static int count_in_another_run(void *arg)
{
	return hkt_run(*(int *)arg, spawn_counters, NULL);
}

START_TEST(tasks_threads_and_other_runs_exclude_each_other)
{
	struct hkt_outside calls[3];

	for (int i = 0; i < 3; i++)
		hkt_outside(&calls[i], i == 0 ? count_in_another_run : count, &_i);
	ck_assert_int_eq(hkt_run(_i, spawn_counters, NULL), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hkt_outside_end(&calls[i]), 0);
	ck_assert_int_eq(counter, (2 * TASKS + 2) * ROUNDS);
	ck_assert_uint_eq(m.word, 0);
	hkt_assert_no_trace(&m.waiters);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/mutex");
	TCase *tc = hkt_case(suite, "mutex", 20);

	hkt_add_every(tc, one_task_at_a_time_is_inside);
	hkt_add_every(tc, locked_block_unlocks_however_it_is_left);
	hkt_add_every(tc, locked_blocks_nest);
	hkt_add_every(tc, a_held_mutex_times_out_and_a_free_one_does_not);
	hkt_add_overlap(tc, waiters_are_served_in_order);
	hkt_add_overlap(tc, a_waiter_that_gave_up_is_skipped);
	hkt_add_overlap(tc, cancellation_ends_lock_until_but_not_lock);
	hkt_add_every(tc, zeroed_memory_is_a_free_mutex);
	hkt_add_every(tc, a_recursive_mutex_is_free_after_as_many_unlocks);
	hkt_add_every(tc, tasks_threads_and_other_runs_exclude_each_other);
	return hkt_main(suite);
}
