/* SPDX-License-Identifier: MIT */
/* Values of a task, by key: what is inherited, and when a value is destroyed. */
#include "../check_hocket.h"

#include <errno.h>
#include <stdlib.h>

static _Atomic int destroyed[8];

static void destroy(void *value)
{
	destroyed[*(int *)value]++;
	free(value);
}

static struct hk_local a = HK_LOCAL_INIT(destroy), b = HK_LOCAL_INIT(destroy);
static struct hk_local plain = HK_LOCAL_INIT(NULL);

static void *value(int n)
{
	int *at = malloc(sizeof(*at));

	ck_assert_ptr_nonnull(at);
	*at = n;
	return at;
}

static void set(struct hk_local *key, int n)
{
	ck_assert_int_eq(hk_local_set(key, value(n)), 0);
}

static int get(struct hk_local *key)
{
	const int *at = hk_local_get(key);

	return at ? *at : -1;
}

/* Goal: keys are apart, a value that is replaced is destroyed, NULL is none. */
static int set_and_replace(void *arg)
{
	(void)arg;
	ck_assert_ptr_null(hk_local_get(&a));
	set(&a, 1);
	set(&b, 2);
	ck_assert_int_eq(get(&a), 1);
	ck_assert_int_eq(get(&b), 2);
	set(&a, 3);
	ck_assert_int_eq(destroyed[1], 1);
	ck_assert_int_eq(get(&a), 3);
	ck_assert_int_eq(hk_local_set(&a, NULL), 0);
	ck_assert_int_eq(destroyed[3], 1);
	ck_assert_ptr_null(hk_local_get(&a));
	ck_assert_int_eq(hk_local_set(&plain, &plain), 0);
	ck_assert_ptr_eq(hk_local_get(&plain), &plain);
	return 0;
}

START_TEST(values_are_set_and_replaced)
{
	ck_assert_int_eq(hkt_run(_i, set_and_replace, NULL), 0);
	ck_assert_int_eq(destroyed[1], 1);
	ck_assert_int_eq(destroyed[2], 1); /* at the end of the task */
	ck_assert_int_eq(destroyed[3], 1);
}
END_TEST

/* Goal: children have what their spawner had; each sets its own. */
static int inherit(void *arg)
{
	(void)arg;
	ck_assert_int_eq(get(&a), 1);
	set(&a, 4);
	ck_assert_int_eq(get(&a), 4);
	ck_assert_int_eq(get(&b), 2);
	set(&a, 5);
	ck_assert_int_eq(destroyed[4] + destroyed[1], 1); /* the child's own, at once */
	return 0;
}

static int bequeath(void *arg)
{
	(void)arg;
	set(&a, 1);
	set(&b, 2);
	HK_SCOPE(s);
	hk_spawn(&s, inherit, NULL);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(get(&a), 1);
	ck_assert_int_eq(destroyed[1], 0);
	ck_assert_int_eq(destroyed[5], 1);
	return 0;
}

START_TEST(children_inherit)
{
	ck_assert_int_eq(hkt_run(_i, bequeath, NULL), 0);
	for (int i = 1; i <= 5; i++)
		ck_assert_int_eq(destroyed[i], i == 3 ? 0 : 1);
}
END_TEST

/*
 * Goal: a value lives as long as one task has it. Method: the task that set it ends, or replaces
 * it, while a sibling that it spawned goes on.
 */
static struct hk_sem ended;
static struct hk_scope *shared;

static int outlive(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sem_wait(&ended), 0);
	ck_assert_int_eq(get(&a), 1);
	ck_assert_int_eq(get(&b), 2);
	ck_assert_int_eq(destroyed[1], 0);
	ck_assert_int_eq(destroyed[2], 0);
	return 0;
}

static int set_and_end(void *arg)
{
	(void)arg;
	set(&a, 1);
	set(&b, 2);
	hk_spawn(shared, outlive, NULL);
	set(&b, 3);
	ck_assert_int_eq(get(&b), 3);
	return 0;
}

static int spawn_a_heir(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	shared = &s;
	hk_spawn(&s, set_and_end, NULL);
	while (destroyed[3] == 0)
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	hk_sem_post(&ended);
	return hk_join(&s);
}

START_TEST(a_value_outlives_who_set_it)
{
	ck_assert_int_eq(hkt_run(_i, spawn_a_heir, NULL), 0);
	for (int i = 1; i <= 3; i++)
		ck_assert_int_eq(destroyed[i], 1);
}
END_TEST

/* Goal: a destructor may call the library, and set values again. */
static struct hk_local late;
static char again;

static void destroy_late(void *value)
{
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	if (value != &again)
		ck_assert_int_eq(hk_local_set(&late, &again), 0);
	destroyed[6]++;
}

static int set_late(void *arg)
{
	(void)arg;
	return hk_local_set(&late, &late);
}

START_TEST(a_destructor_may_call)
{
	late = (struct hk_local)HK_LOCAL_INIT(destroy_late);
	ck_assert_int_eq(hkt_run(_i, set_late, NULL), 0);
	ck_assert_int_eq(destroyed[6], 2);
}
END_TEST

/* Goal: outside a task there are no values. */
START_TEST(a_thread_has_none)
{
	ck_assert_ptr_null(hk_local_get(&a));
}
END_TEST

/* Goal: counts stay right when many tasks share a list. Method: a tree of tasks that all set. */
static int grow(void *arg)
{
	uintptr_t depth = (uintptr_t)arg;

	set(&a, 1);
	if (depth % 2)
		set(&b, 2);
	HK_SCOPE(s);
	for (int i = 0; i < 3 && depth > 0; i++)
		hk_spawn(&s, grow, (void *)(depth - 1));
	if (depth % 3)
		set(&a, 3);
	return hk_join(&s);
}

START_TEST(many_share)
{
	int sets[4] = { 0 };
	int tasks = 1;

	for (int depth = 6; depth >= 0; depth--, tasks *= 3) {
		sets[1] += tasks;
		sets[2] += depth % 2 ? tasks : 0;
		sets[3] += depth % 3 ? tasks : 0;
	}
	ck_assert_int_eq(hkt_run(_i, grow, (void *)6), 0);
	for (int i = 1; i <= 3; i++)
		ck_assert_int_eq(destroyed[i], sets[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/local");
	TCase *tc = hkt_case(suite, "local", 20);

	hkt_add_every(tc, values_are_set_and_replaced);
	hkt_add_every(tc, children_inherit);
	hkt_add_overlap(tc, a_value_outlives_who_set_it);
	hkt_add_every(tc, a_destructor_may_call);
	tcase_add_test(tc, a_thread_has_none);
	hkt_add_every(tc, many_share);
	return hkt_main(suite);
}
