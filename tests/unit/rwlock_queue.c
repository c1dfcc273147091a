/* SPDX-License-Identifier: MIT */
/*
 * Goal: a reader that has waited gets the readers-writer lock, though a writer waits behind it, and
 * the writer after it. Method: both queue behind a writer, the reader first; then that unlocks.
 */
#include "../check_hocket.h"

static struct hk_rwlock lock;
static char served[3];
static int count;

static int read_locked(void *arg)
{
	(void)arg;
	hk_rwlock_rdlock(&lock);
	served[count++] = 'r';
	hk_rwlock_unlock(&lock);
	return 0;
}

static int write_locked(void *arg)
{
	(void)arg;
	hk_rwlock_wrlock(&lock);
	served[count++] = 'w';
	hk_rwlock_unlock(&lock);
	return 0;
}

static int queue_both(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_rwlock_wrlock(&lock);
	hk_spawn(&s, read_locked, NULL);
	ck_assert_int_eq(hk_sleep(20 * HK_MS), 0);
	hk_spawn(&s, write_locked, NULL);
	ck_assert_int_eq(hk_sleep(20 * HK_MS), 0);
	hk_rwlock_unlock(&lock);
	return hk_join(&s);
}

START_TEST(a_reader_is_let_in_before_a_writer_that_came_later)
{
	ck_assert_int_eq(hkt_run(_i, queue_both, NULL), 0);
	ck_assert_str_eq(served, "rw");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/rwlock_queue");
	TCase *tc = hkt_case(suite, "rwlock", 20);

	hkt_add_overlap(tc, a_reader_is_let_in_before_a_writer_that_came_later);
	return hkt_main(suite);
}
