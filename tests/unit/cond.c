/* SPDX-License-Identifier: MIT */
/* The condition variable: whom a signal wakes, that no wait ends without one, and the mutex. */
#include "../check_waits.h"

#include <errno.h>
#include <string.h>

static struct hk_mutex m;
static struct hk_cond cond;
static struct hkt_log served;

static void assert_pristine(void)
{
	hkt_assert_no_trace(&cond.waiters);
	hkt_assert_no_trace(&m.waiters);
	ck_assert_uint_eq(m.word, 0);
}

/* Goal: a signal that nobody waits for is forgotten, and the mutex is held after each return.
   Method: signals first, then waits that can only time out. */
static int signal_nobody(void *arg)
{
	struct hk_cond fresh = HK_COND_INIT;

	(void)arg;
	ck_assert_int_eq(memcmp(&fresh, &cond, sizeof(cond)), 0);
	hk_cond_signal(&cond);
	hk_cond_broadcast(&cond);
	hk_mutex_lock(&m);
	hk_cond_signal(&cond);
	ck_assert_int_eq(hk_cond_wait_until(&cond, &m, hk_now() + HK_MS), -ETIMEDOUT);
	ck_assert(!hk_mutex_trylock(&m));
	ck_assert_int_eq(hk_cond_wait_until(&cond, &m, 0), -ETIMEDOUT);
	ck_assert(!hk_mutex_trylock(&m));
	hk_mutex_unlock(&m);
	assert_pristine();
	return 0;
}

START_TEST(a_signal_for_nobody_is_forgotten)
{
	ck_assert_int_eq(signal_nobody(NULL), 0);
	ck_assert_int_eq(hkt_run(_i, signal_nobody, NULL), 0);
}
END_TEST

/*
 * Goal: a signal ends one wait, the longest; a broadcast all; none ends without. Method: waiters
 * that come one by one log that they were woken; after each signal the log is one longer.
 */
static int wait_and_log(void *arg)
{
	HK_LOCKED(&m) {
		ck_assert_int_eq(hk_cond_wait(&cond, &m), 0);
		ck_assert(!hk_mutex_trylock(&m));
		hkt_log(&served, *(char *)arg);
	}
	return 0;
}

static void await_length(unsigned length)
{
	while (served.length < length)
		hk_yield();
	ck_assert_uint_eq(served.length, length);
}

static int signal_one_by_one(void *arg)
{
	char *letters = arg;

	HK_SCOPE(s);
	for (int i = 0; i < 6; i++) {
		hk_spawn(&s, wait_and_log, &letters[i]);
		hkt_await(i + 1, "the condition variable");
	}
	for (unsigned i = 0; i < 3; i++) {
		await_length(i);
		if (i == 1)
			hk_mutex_lock(&m);
		hk_cond_signal(&cond);
		if (i == 1)
			hk_mutex_unlock(&m);
		await_length(i + 1);
		ck_assert_int_eq(hk_sleep(2 * HK_MS), 0);
	}
	await_length(3);
	hk_cond_broadcast(&cond);
	ck_assert_int_eq(hk_join(&s), 0);
	assert_pristine();
	return 0;
}

START_TEST(a_signal_ends_the_longest_wait_and_a_broadcast_all)
{
	char letters[] = "qwerty";

	ck_assert_int_eq(hkt_run(_i, signal_one_by_one, letters), 0);
	ck_assert_uint_eq(served.length, 6);
	ck_assert_int_eq(memcmp(served.text, "qwe", 3), 0);
}
END_TEST

/* Goal: a signal goes to one that still waits. Method: the first was cancelled, but cannot return
   yet, for it has to lock the mutex again. */
static int wait_cancelled(void *arg)
{
	(void)arg;
	HK_LOCKED(&m) {
		ck_assert_int_eq(hk_cond_wait(&cond, &m), -ECANCELED);
		ck_assert(!hk_mutex_trylock(&m));
		hkt_log(&served, 'c');
	}
	return 0;
}

static int cancel_the_first(void *arg)
{
	char *letter = arg;

	HK_SCOPE(first);
	HK_SCOPE(second);
	hk_spawn(&first, wait_cancelled, NULL);
	hkt_await(1, "the condition variable");
	hk_spawn(&second, wait_and_log, letter);
	hkt_await(2, "the condition variable");
	HK_LOCKED(&m) {
		hk_cancel(&first);
		hk_cond_signal(&cond);
		/* Locking is no cancellation point. */
		hkt_await(2, "the mutex");
		ck_assert_uint_eq(served.length, 0);
	}
	ck_assert_int_eq(hk_join(&second), 0);
	ck_assert_int_eq(hk_join(&first), -ECANCELED);
	ck_assert_uint_eq(served.length, 2);
	assert_pristine();
	return 0;
}

START_TEST(a_signal_goes_to_one_that_still_waits)
{
	char letter[] = "a";

	ck_assert_int_eq(hkt_run(_i, cancel_the_first, letter), 0);
}
END_TEST

/*
 * Goal: unlocking and waiting are one step. Method: two take turns, each signalling the other once;
 * a signal between the two halves of the step would be lost, and both wait for ever.
 */
enum { TURNS = 500 };
static int turn;

static int take_turns(void *arg)
{
	int mine = *(int *)arg;

	for (int i = 0; i < TURNS; i++) {
		HK_LOCKED(&m) {
			while (turn != mine)
				ck_assert_int_eq(hk_cond_wait(&cond, &m), 0);
			turn = 1 - mine;
		}
		hk_cond_signal(&cond);
	}
	return 0;
}

static int numbers[2] = { 0, 1 };

static int take_turns_of_tasks(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 2; i++)
		hk_spawn(&s, take_turns, &numbers[i]);
	return hk_join(&s);
}

static int take_the_other_turns(void *arg)
{
	(void)arg;
	return take_turns(&numbers[1]);
}

START_TEST(no_signal_is_lost_between_tasks)
{
	ck_assert_int_eq(hkt_run(_i, take_turns_of_tasks, NULL), 0);
	assert_pristine();
}
END_TEST

START_TEST(no_signal_is_lost_between_a_task_and_a_thread)
{
	struct hkt_outside call;

	hkt_outside(&call, take_turns, &numbers[0]);
	ck_assert_int_eq(hkt_run(_i, take_the_other_turns, NULL), 0);
	ck_assert_int_eq(hkt_outside_end(&call), 0);
	assert_pristine();
}
END_TEST

/* Goal: a recursive mutex that is held once will do. Method: wait with one. */
static int wait_with_recursive(void *arg)
{
	struct hk_mutex recursive = HK_MUTEX_RECURSIVE_INIT;

	(void)arg;
	hk_mutex_lock(&recursive);
	hk_mutex_lock(&recursive);
	hk_mutex_unlock(&recursive);
	ck_assert_int_eq(hk_cond_wait_until(&cond, &recursive, hk_now() + HK_MS), -ETIMEDOUT);
	ck_assert(hk_mutex_trylock(&recursive));
	hk_mutex_unlock(&recursive);
	hk_mutex_unlock(&recursive);
	ck_assert_uint_eq(recursive.word, 0);
	return 0;
}

START_TEST(a_recursive_mutex_that_is_held_once_will_do)
{
	ck_assert_int_eq(wait_with_recursive(NULL), 0);
	ck_assert_int_eq(hkt_run(_i, wait_with_recursive, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/cond");
	TCase *tc = hkt_case(suite, "cond", 20);

	hkt_add_every(tc, a_signal_for_nobody_is_forgotten);
	hkt_add_overlap(tc, a_signal_ends_the_longest_wait_and_a_broadcast_all);
	hkt_add_overlap(tc, a_signal_goes_to_one_that_still_waits);
	hkt_add_overlap(tc, no_signal_is_lost_between_tasks);
	hkt_add_every(tc, no_signal_is_lost_between_a_task_and_a_thread);
	hkt_add_every(tc, a_recursive_mutex_that_is_held_once_will_do);
	return hkt_main(suite);
}
