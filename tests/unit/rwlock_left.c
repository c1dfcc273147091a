/* SPDX-License-Identifier: MIT */
/* The readers-writer lock: what a writer leaves behind that gave up waiting. */
#include "../check_hocket.h"

#include <errno.h>

static struct hk_rwlock lock;
static int writer_got, reader_ended;

static int write_for_a_while(void *arg)
{
	(void)arg;
	writer_got = hk_rwlock_wrlock_until(&lock, hk_now() + 50 * HK_MS);
	return 0;
}

static int read_once(void *arg)
{
	(void)arg;
	hk_rwlock_rdlock(&lock);
	reader_ended++;
	hk_rwlock_unlock(&lock);
	return 0;
}

/*
 * Goal: a writer that waited long enough to have the lock kept for it, then left, does not keep
 * the readers out that queue behind it. Method: the writer is overtaken after 2 ms by this task,
 * which then reads until the other reader has read: a deadlock if that waits for its end.
 */
static int read_beside_one_that_left(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	writer_got = 0;
	hk_rwlock_rdlock(&lock);
	hk_spawn(&s, write_for_a_while, NULL);
	hk_sleep(2 * HK_MS);
	hk_rwlock_unlock(&lock); /* the writer is woken, but does not run yet */
	hk_rwlock_rdlock(&lock);
	hk_yield();
	hk_spawn(&s, read_once, NULL);
	int result = hk_join(&s);
	hk_rwlock_unlock(&lock);
	return result;
}

START_TEST(a_writer_that_left_keeps_no_reader_out)
{
	struct hk_options options = HK_OPTIONS_INIT;
	options.as = HK_CONCURRENT;
	options.slice_ns = -1;
	ck_assert_int_eq(hk_run(&options, read_beside_one_that_left, NULL), 0);
	ck_assert_int_eq(writer_got, -ETIMEDOUT);
	ck_assert_int_eq(reader_ended, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/rwlock_left");
	TCase *tc = hkt_case(suite, "left", 5);
	tcase_add_test(tc, a_writer_that_left_keeps_no_reader_out);
	return hkt_main(suite);
}
