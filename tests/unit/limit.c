/* SPDX-License-Identifier: MIT */
/* Scopes with a limit: how many tasks are in one at a time, and what becomes of who waits. */
#include "../check_hocket.h"

#include <errno.h>
#include <stdatomic.h>

enum { LIMIT = 3, TASKS = 20 };

static _Atomic int inside, most, ran;

/*
 * Goal: no more than the limit are in the scope, and all run. Method: each counts itself in and out
 * with a wait in between.
 */
static int count_itself(void *arg)
{
	int now = ++inside, seen = most;

	(void)arg;
	while (now > seen && !atomic_compare_exchange_weak(&most, &seen, now))
		;
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	inside--;
	ran++;
	return 0;
}

static int spawn_many(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_scope_limit(&s, LIMIT);
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(hk_spawn(&s, count_itself, NULL), 0);
	return hk_join(&s);
}

START_TEST(no_more_than_the_limit_are_inside)
{
	ck_assert_int_eq(hkt_run(_i, spawn_many, NULL), 0);
	ck_assert_int_eq(ran, TASKS);
	ck_assert_int_le(most, LIMIT);
	if (hkt_interleaves(_i))
		ck_assert_int_ge(most, 2);
}
END_TEST

/*
 * Goal: the limit stays after a join, and can be taken away. Method: fill the scope with waiting
 * tasks; one more spawn waits until one of them is let go; without a limit none waits.
 */
static struct hk_sem gate, arrived;

static int wait_at_gate(void *arg)
{
	(void)arg;
	hk_sem_post(&arrived);
	return hk_sem_wait(&gate);
}

static int open_gate(void *arg)
{
	(void)arg;
	for (int i = 0; i < LIMIT; i++)
		ck_assert_int_eq(hk_sem_wait(&arrived), 0);
	/* All that may be inside are there, and the spawner waits, or is about to. */
	ck_assert(!hk_sem_trywait(&arrived));
	hk_sem_post(&gate);
	return hk_sem_wait(&arrived);
}

static int fill_and_spawn(void *arg)
{
	(void)arg;
	HK_SCOPE(helper);
	HK_SCOPE(s);
	hk_scope_limit(&s, LIMIT);
	ck_assert_int_eq(hk_join(&s), 0);
	hk_spawn(&helper, open_gate, NULL);
	for (int i = 0; i < LIMIT + 1; i++)
		ck_assert_int_eq(hk_spawn(&s, wait_at_gate, NULL), 0);
	ck_assert_int_eq(hk_join(&helper), 0);
	hk_scope_limit(&s, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hk_spawn(&s, wait_at_gate, NULL), 0);
	for (int i = 0; i < LIMIT + 3; i++)
		hk_sem_post(&gate);
	return hk_join(&s);
}

START_TEST(a_spawn_waits_for_room)
{
	ck_assert_int_eq(hkt_run(_i, fill_and_spawn, NULL), 0);
}
END_TEST

/*
 * Goal: a spawner that waits is let in when the owner raises the limit. Method: the spawner is
 * inside the scope; nobody leaves.
 */
static int spawn_inside(void *arg)
{
	hk_sem_post(&arrived);
	return hk_spawn((struct hk_scope *)arg, wait_at_gate, NULL);
}

static int raise_limit(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_scope_limit(&s, 1);
	hk_spawn(&s, spawn_inside, &s);
	ck_assert_int_eq(hk_sem_wait(&arrived), 0);
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	ck_assert(!hk_sem_trywait(&arrived));
	hk_scope_limit(&s, 2);
	ck_assert_int_eq(hk_sem_wait(&arrived), 0);
	hk_sem_post(&gate);
	return hk_join(&s);
}

START_TEST(a_higher_limit_lets_spawners_in)
{
	ck_assert_int_eq(hkt_run(_i, raise_limit, NULL), 0);
}
END_TEST

/*
 * Goal: a spawner that is cancelled while it waits gets -ECANCELED, nothing was spawned, and that
 * is no error of the scope that it wanted to spawn into. Method: two scopes, the inner one
 * cancelled.
 */
static struct hk_scope *full;
static int refused;

static int never(void *arg)
{
	(void)arg;
	ck_abort_msg("a task ran although its spawn was refused");
	return 0;
}

static int spawn_into_full(void *arg)
{
	(void)arg;
	hk_sem_post(&arrived);
	refused = hk_spawn(full, never, NULL);
	return 0;
}

static int cancel_a_spawner(void *arg)
{
	(void)arg;
	HK_SCOPE(inner);
	ck_assert_int_eq(hk_spawn(&inner, spawn_into_full, NULL), 0);
	ck_assert_int_eq(hk_sem_wait(&arrived), 0);
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	hk_cancel(&inner);
	ck_assert_int_eq(hk_join(&inner), -ECANCELED);
	return 0;
}

static int fill_with_one(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	full = &s;
	hk_scope_limit(&s, 1);
	hk_spawn(&s, cancel_a_spawner, NULL);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(refused, -ECANCELED);
	return 0;
}

START_TEST(a_cancelled_spawner_is_no_error_of_the_scope)
{
	ck_assert_int_eq(hkt_run(_i, fill_with_one, NULL), 0);
	ck_assert_int_eq(refused, -ECANCELED);
}
END_TEST

/* Goal: spawners are let in first come first served. Method: they come one after another. */
static struct hkt_log order;

static int log_itself(void *arg)
{
	hkt_log(&order, *(const char *)arg);
	return 0;
}

static int queue_up(void *arg)
{
	hk_sem_post(&arrived);
	return hk_spawn(full, log_itself, arg);
}

static int hold_and_queue(void *arg)
{
	static const char names[] = "abcde";

	(void)arg;
	HK_SCOPE(queue);
	for (int i = 0; i < 5; i++) {
		hk_spawn(&queue, queue_up, (void *)(uintptr_t)&names[i]);
		ck_assert_int_eq(hk_sem_wait(&arrived), 0);
		hkt_await(i + 1, "waits for room");
	}
	hk_sem_post(&gate);
	return hk_join(&queue);
}

static int serve_in_order(void *arg)
{
	(void)arg;
	HK_SCOPE(outer);
	full = &outer;
	hk_scope_limit(&outer, 2);
	hk_spawn(&outer, wait_at_gate, NULL);
	ck_assert_int_eq(hk_sem_wait(&arrived), 0);
	hk_spawn(&outer, hold_and_queue, NULL);
	return hk_join(&outer);
}

START_TEST(spawners_are_let_in_in_order)
{
	ck_assert_int_eq(hkt_run(1, serve_in_order, NULL), 0);
	ck_assert_str_eq(order.text, "abcde");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/limit");
	TCase *tc = hkt_case(suite, "limit", 20);

	hkt_add_every(tc, no_more_than_the_limit_are_inside);
	hkt_add_overlap(tc, a_spawn_waits_for_room);
	hkt_add_overlap(tc, a_higher_limit_lets_spawners_in);
	hkt_add_overlap(tc, a_cancelled_spawner_is_no_error_of_the_scope);
	tcase_add_test(tc, spawners_are_let_in_in_order);
	return hkt_main(suite);
}
