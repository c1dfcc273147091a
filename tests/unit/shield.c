/* SPDX-License-Identifier: MIT */
/* Shields: clean-up that waits in a cancelled task. */
#include "../check_hocket.h"

#include <errno.h>

static struct hk_sem never, started, cleaned;
static struct hkt_log log_;

/*
 * Goal: in a shield a cancelled task waits as any other, before it, in it and after it the
 * cancellation counts as it should. Method: cancel it while it waits.
 */
static int clean_up(void *arg)
{
	(void)arg;
	hk_sem_post(&started);
	ck_assert_int_eq(hk_sem_wait(&never), -ECANCELED);
	HK_SHIELDED {
		ck_assert(!hk_task_cancelled());
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
		ck_assert_int_eq(hk_sem_wait_until(&never, hk_now() + HK_MS), -ETIMEDOUT);
		HK_SHIELDED
			ck_assert_int_eq(hk_sleep(HK_MS), 0);
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
		HK_SCOPE(s);
		ck_assert_int_eq(hk_join(&s), 0);
		hkt_log(&log_, 'c');
	}
	ck_assert(hk_task_cancelled());
	ck_assert_int_eq(hk_sleep(HK_MS), -ECANCELED);
	return 0;
}

static int cancel_child(int (*fn)(void *))
{
	HK_SCOPE(s);
	hk_spawn(&s, fn, NULL);
	ck_assert_int_eq(hk_sem_wait(&started), 0);
	hk_cancel(&s);
	return hk_join(&s);
}

static int cancel_cleaner(void *arg)
{
	(void)arg;
	ck_assert_int_eq(cancel_child(clean_up), -ECANCELED);
	return 0;
}

START_TEST(a_shielded_task_can_wait)
{
	ck_assert_int_eq(hkt_run(_i, cancel_cleaner, NULL), 0);
	ck_assert_str_eq(log_.text, "c");
}
END_TEST

/* Goal: a cancellation that comes while the task waits under its shield counts only afterwards. */
static int wait_shielded(void *arg)
{
	(void)arg;
	HK_SHIELDED {
		hk_sem_post(&started);
		ck_assert_int_eq(hk_sem_wait(&cleaned), 0);
		ck_assert(!hk_task_cancelled());
	}
	ck_assert(hk_task_cancelled());
	return 0;
}

static int cancel_under_shield(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, wait_shielded, NULL);
	ck_assert_int_eq(hk_sem_wait(&started), 0);
	hk_cancel(&s);
	ck_assert_int_eq(hk_join_until(&s, hk_now() + 5 * HK_MS), -ETIMEDOUT);
	hk_sem_post(&cleaned);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	return 0;
}

START_TEST(a_cancellation_under_a_shield_counts_later)
{
	ck_assert_int_eq(hkt_run(_i, cancel_under_shield, NULL), 0);
}
END_TEST

/*
 * Goal: tasks that are spawned under a shield, into a scope of its own, are shielded with it, in
 * scopes below, too; those of a scope from before are not. Method: one of each, cancelled before
 * and after they were spawned.
 */
static int live_on(void *arg)
{
	HK_SCOPE(s);
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	if (arg)
		hk_spawn(&s, live_on, NULL);
	ck_assert_int_eq(hk_join(&s), 0);
	hkt_log(&log_, 'l');
	return 0;
}

static int be_cancelled(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sem_wait(&never), -ECANCELED);
	hkt_log(&log_, 'x');
	return 0;
}

static int spawn_shielded(void *arg)
{
	(void)arg;
	HK_SCOPE(before);
	hk_spawn(&before, be_cancelled, NULL);
	HK_SHIELDED {
		HK_SCOPE(own);
		hk_spawn(&own, live_on, &own);
		hk_sem_post(&started);
		ck_assert_int_eq(hk_sem_wait(&cleaned), 0); /* cancelled by now */
		hk_spawn(&own, live_on, NULL);
		hk_spawn(&before, be_cancelled, NULL);
		ck_assert_int_eq(hk_join(&own), 0);
		ck_assert_int_eq(hk_join(&before), 0);
	}
	return 0;
}

static int cancel_spawner(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, spawn_shielded, NULL);
	ck_assert_int_eq(hk_sem_wait(&started), 0);
	hk_cancel(&s);
	hk_sem_post(&cleaned);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	return 0;
}

static int count_of(char what)
{
	int n = 0;

	for (const char *at = log_.text; *at; at++)
		n += *at == what;
	return n;
}

START_TEST(scopes_of_a_shield_are_shielded)
{
	ck_assert_int_eq(hkt_run(_i, cancel_spawner, NULL), 0);
	ck_assert_int_eq(count_of('l'), 3);
	ck_assert_int_eq(count_of('x'), 2);
}
END_TEST

/* Goal: a scope that outlives the shield it was used under is cancelled at its end. */
static int leave_scope_open(void *arg)
{
	(void)arg;
	HK_SCOPE(own);
	HK_SHIELDED {
		hk_spawn(&own, be_cancelled, NULL);
		hk_sem_post(&started);
		ck_assert_int_eq(hk_sem_wait(&cleaned), 0);
	}
	ck_assert_int_eq(hk_join(&own), -ECANCELED);
	return 0;
}

static int cancel_leaver(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, leave_scope_open, NULL);
	ck_assert_int_eq(hk_sem_wait(&started), 0);
	hk_cancel(&s);
	hk_sem_post(&cleaned);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	return 0;
}

START_TEST(the_end_of_a_shield_cancels_its_scopes)
{
	ck_assert_int_eq(hkt_run(_i, cancel_leaver, NULL), 0);
	ck_assert_str_eq(log_.text, "x");
}
END_TEST

/* Goal: a scope of the shield can still be cancelled by itself, and have a deadline. */
static int bound_cleaning(void *arg)
{
	(void)arg;
	HK_SHIELDED {
		HK_SCOPE(own);
		hk_scope_deadline(&own, hk_now() + 5 * HK_MS);
		hk_spawn(&own, be_cancelled, NULL);
		ck_assert_int_eq(hk_join(&own), -ETIMEDOUT);
		hk_spawn(&own, be_cancelled, NULL);
		hk_cancel(&own);
		ck_assert_int_eq(hk_join(&own), -ECANCELED);
	}
	return 0;
}

START_TEST(a_scope_of_a_shield_has_its_own_end)
{
	ck_assert_int_eq(hkt_run(_i, bound_cleaning, NULL), 0);
	ck_assert_str_eq(log_.text, "xx");
}
END_TEST

/* Goal: a shield ends however its block is left. Method: each way. */
static int leave_by_return(void)
{
	HK_SHIELDED
		return 7;
	return 8;
}

static int leave_in_all_ways(void *arg)
{
	int after = 0;

	(void)arg;
	hk_sem_post(&started);
	ck_assert_int_eq(hk_sem_wait(&never), -ECANCELED);
	HK_SHIELDED
		break;
	ck_assert(hk_task_cancelled());
	for (int i = 0; i < 3; i++) {
		HK_SHIELDED
			continue;
		after++;
		ck_assert(hk_task_cancelled());
	}
	ck_assert_int_eq(after, 3);
	ck_assert_int_eq(leave_by_return(), 7);
	ck_assert(hk_task_cancelled());
	HK_SHIELDED
		goto out;
	ck_abort_msg("goto did not leave the block");
out:
	ck_assert(hk_task_cancelled());
	return 0;
}

static int cancel_leaving(void *arg)
{
	(void)arg;
	ck_assert_int_eq(cancel_child(leave_in_all_ways), -ECANCELED);
	return 0;
}

START_TEST(a_shield_ends_however_it_is_left)
{
	ck_assert_int_eq(hkt_run(_i, cancel_leaving, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/shield");
	TCase *tc = hkt_case(suite, "shield", 20);

	hkt_add_overlap(tc, a_shielded_task_can_wait);
	hkt_add_overlap(tc, a_cancellation_under_a_shield_counts_later);
	hkt_add_overlap(tc, scopes_of_a_shield_are_shielded);
	hkt_add_overlap(tc, the_end_of_a_shield_cancels_its_scopes);
	hkt_add_overlap(tc, a_scope_of_a_shield_has_its_own_end);
	hkt_add_overlap(tc, a_shield_ends_however_it_is_left);
	return hkt_main(suite);
}
