/* SPDX-License-Identifier: MIT */
/* The readers-writer lock: who shares it, in which order, and that nobody is kept out for ever. */
#include "../check_waits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct hk_rwlock rw;
static struct hkt_log served;

static void assert_pristine(void)
{
	ck_assert_uint_eq(rw.word, 0);
	ck_assert_ptr_null(rw.owner);
	hkt_assert_no_trace(&rw.waiters);
}

/* Goal: what one caller sees of a lock. Method: all that does not wait, from a task and a thread.
 */
static int share_and_exclude(void *arg)
{
	struct hk_rwlock fresh = HK_RWLOCK_INIT;

	(void)arg;
	ck_assert_int_eq(memcmp(&fresh, &rw, sizeof(rw)), 0);
	hk_rwlock_rdlock(&rw);
	ck_assert(hk_rwlock_tryrdlock(&rw));
	ck_assert_int_eq(hk_rwlock_rdlock_until(&rw, 0), 0);
	ck_assert(!hk_rwlock_trywrlock(&rw));
	ck_assert_int_eq(hk_rwlock_wrlock_until(&rw, hk_now() + HK_MS), -ETIMEDOUT);
	ck_assert(hk_rwlock_tryrdlock(&rw));
	for (int i = 0; i < 4; i++) {
		ck_assert(!hk_rwlock_trywrlock(&rw));
		hk_rwlock_unlock(&rw);
	}
	hk_rwlock_wrlock(&rw);
	ck_assert(!hk_rwlock_tryrdlock(&rw));
	ck_assert(!hk_rwlock_trywrlock(&rw));
	hk_rwlock_unlock(&rw);
	ck_assert(hk_rwlock_trywrlock(&rw));
	hk_rwlock_unlock(&rw);
	ck_assert_int_eq(hk_rwlock_wrlock_until(&rw, -1), 0);
	hk_rwlock_unlock(&rw);
	assert_pristine();
	return 0;
}

START_TEST(readers_share_it_and_a_writer_is_alone)
{
	share_and_exclude(NULL);
	ck_assert_int_eq(hkt_run(_i, share_and_exclude, NULL), 0);
}
END_TEST

/* Goal: every reader and every writer is counted. Method: tasks and threads with a plain counter,
   which all that share the lock must find unchanged. */
enum { ACTORS = 8, ROUNDS = 200 };
static long counter;

static int read_and_write(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		hk_rwlock_wrlock(&rw);
		long before = counter;
		hk_yield();
		counter = before + 1;
		hk_rwlock_unlock(&rw);
		hk_rwlock_rdlock(&rw);
		before = counter;
		hk_yield();
		ck_assert_int_eq(counter, before);
		hk_rwlock_unlock(&rw);
	}
	return 0;
}

static void *read_and_write_outside(void *arg)
{
	read_and_write(arg);
	return NULL;
}

static int spawn_actors(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < ACTORS; i++)
		hk_spawn(&s, read_and_write, NULL);
	return hk_join(&s);
}

START_TEST(it_excludes_tasks_and_threads)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		threads[i] = hkt_thread(read_and_write_outside, NULL);
	ck_assert_int_eq(hkt_run(_i, spawn_actors, NULL), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(counter, (ACTORS + 2) * ROUNDS);
	assert_pristine();
}
END_TEST

/*
 * Goal: readers that wait are let in together, before a writer that came after them, and those that
 * came after it wait for it. Method: the first task writes; each reader waits inside for as many
 * others as were to be let in with it.
 */
static _Atomic int inside;

static int read_beside(void *arg)
{
	int with = *(int *)arg;

	hk_rwlock_rdlock(&rw);
	inside++;
	while (inside < with)
		hk_yield();
	hkt_log(&served, with == 3 ? 'w' : 'r');
	hk_rwlock_unlock(&rw);
	return 0;
}

static int write_alone(void *arg)
{
	(void)arg;
	hk_rwlock_wrlock(&rw);
	ck_assert_int_eq(inside, 2);
	hkt_log(&served, 'W');
	hk_rwlock_unlock(&rw);
	return 0;
}

static void spawn_reader(struct hk_scope *s, int with, int now)
{
	hk_spawn_copy(s, read_beside, &with, sizeof(with));
	hkt_await(now, "the readers-writer lock");
}

static int let_in_together(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_rwlock_wrlock(&rw);
	spawn_reader(&s, 2, 1);
	spawn_reader(&s, 2, 2);
	hk_spawn(&s, write_alone, NULL);
	hkt_await(3, "the readers-writer lock");
	spawn_reader(&s, 3, 4);
	hk_rwlock_unlock(&rw);
	ck_assert_int_eq(hk_join(&s), 0);
	assert_pristine();
	return 0;
}

START_TEST(readers_are_let_in_together_and_writers_in_turn)
{
	ck_assert_int_eq(hkt_run(_i, let_in_together, NULL), 0);
	ck_assert_str_eq(served.text, "rrWw");
}
END_TEST

/*
 * Goal: a reader before a writer gets in, whether it has waited for less than 1 ms or for more.
 * Method: both wait for a writer, who gives up the lock with no reader or other writer to come.
 */
static int read_once(void *arg)
{
	(void)arg;
	hk_rwlock_rdlock(&rw);
	hkt_log(&served, 'r');
	hk_rwlock_unlock(&rw);
	return 0;
}

static int write_once(void *arg)
{
	(void)arg;
	hk_rwlock_wrlock(&rw);
	hkt_log(&served, 'W');
	hk_rwlock_unlock(&rw);
	return 0;
}

static int reader_then_writer(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++) {
		HK_SCOPE(s);
		hk_rwlock_wrlock(&rw);
		hk_spawn(&s, read_once, NULL);
		hkt_await(1, "the readers-writer lock");
		hk_spawn(&s, write_once, NULL);
		hkt_await(2, "the readers-writer lock");
		if (i % 2 == 1)
			ck_assert_int_eq(hk_sleep(2 * HK_MS), 0);
		hk_rwlock_unlock(&rw);
		ck_assert_int_eq(hk_join(&s), 0);
		assert_pristine();
	}
	return 0;
}

START_TEST(a_reader_before_a_writer_gets_in)
{
	ck_assert_int_eq(hkt_run(_i, reader_then_writer, NULL), 0);
	ck_assert_uint_eq(served.length, 40);
}
END_TEST

/* Goal: a waiting writer keeps new readers out, and gets the lock next. Method: while the first
   task reads, a writer waits, then a reader; nothing is served before the first task is done. */
static int wait_behind(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_rwlock_rdlock(&rw);
	hk_spawn(&s, write_once, NULL);
	hkt_await(1, "the readers-writer lock");
	ck_assert(!hk_rwlock_tryrdlock(&rw));
	ck_assert_int_eq(hk_rwlock_rdlock_until(&rw, hk_now() + 2 * HK_MS), -ETIMEDOUT);
	hk_spawn(&s, read_once, NULL);
	hkt_await(2, "the readers-writer lock");
	ck_assert_str_eq(served.text, "");
	hk_rwlock_unlock(&rw);
	ck_assert_int_eq(hk_join(&s), 0);
	assert_pristine();
	return 0;
}

START_TEST(a_waiting_writer_keeps_new_readers_out)
{
	ck_assert_int_eq(hkt_run(_i, wait_behind, NULL), 0);
	ck_assert_str_eq(served.text, "Wr");
}
END_TEST

/* Goal: without a deadline, locking is no cancellation point. Method: a reader and a writer are
   cancelled while they wait; they get it nonetheless. */
static int cancel_in_vain(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_rwlock_wrlock(&rw);
	hk_spawn(&s, read_once, NULL);
	hk_spawn(&s, write_once, NULL);
	hkt_await(2, "the readers-writer lock");
	hk_cancel(&s);
	ck_assert_int_eq(hk_sleep(2 * HK_MS), 0);
	hkt_await(2, "the readers-writer lock");
	hk_rwlock_unlock(&rw);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	ck_assert_uint_eq(served.length, 2);
	assert_pristine();
	return 0;
}

START_TEST(locking_without_a_deadline_is_no_cancellation_point)
{
	ck_assert_int_eq(hkt_run(_i, cancel_in_vain, NULL), 0);
}
END_TEST

/*
 * Goal: readers behind a writer that gives up come in, though nobody gives the lock up. Method: the
 * first task reads all the time; the writer is cancelled, or its time is over.
 */
static int give_up(void *arg)
{
	hk_time deadline = *(bool *)arg ? HK_FOREVER : hk_now() + 30 * HK_MS;
	int result = hk_rwlock_wrlock_until(&rw, deadline);

	ck_assert_int_eq(result, *(bool *)arg ? -ECANCELED : -ETIMEDOUT);
	return 0;
}

static int read_behind_a_quitter(void *arg)
{
	bool cancels = *(bool *)arg;

	HK_SCOPE(writers);
	HK_SCOPE(readers);
	hk_rwlock_rdlock(&rw);
	hk_spawn(&writers, give_up, arg);
	while (hk_rwlock_tryrdlock(&rw)) {
		hk_rwlock_unlock(&rw);
		hk_yield();
	}
	for (int i = 0; i < 3; i++)
		hk_spawn(&readers, read_once, NULL);
	if (cancels) {
		hkt_await(4, "the readers-writer lock");
		hk_cancel(&writers);
	}
	ck_assert_int_eq(hk_join(&readers), 0);
	ck_assert_int_eq(hk_join(&writers), cancels ? -ECANCELED : 0);
	hk_rwlock_unlock(&rw);
	assert_pristine();
	return 0;
}

START_TEST(readers_behind_a_writer_that_gives_up_come_in)
{
	for (int cancels = 0; cancels < 2; cancels++) {
		bool arg = cancels;
		ck_assert_int_eq(hkt_run(_i, read_behind_a_quitter, &arg), 0);
	}
	ck_assert_str_eq(served.text, "rrrrrr");
}
END_TEST

/*
 * Goal: readers behind a writer come in when it gives up, also when it had been overtaken and was
 * to be given the lock next. Method: on one worker, so that it finds the lock taken just when the
 * first task wants it to: by the first task itself, which reads until the end.
 */
static int overtake_and_cancel(void *arg)
{
	bool cancels = true;

	(void)arg;
	HK_SCOPE(writer);
	HK_SCOPE(reader);
	hk_rwlock_wrlock(&rw);
	hk_spawn(&writer, give_up, &cancels);
	hkt_await(1, "the readers-writer lock");
	hk_spawn(&reader, read_once, NULL);
	hkt_await(2, "the readers-writer lock");
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	hk_rwlock_unlock(&rw);
	ck_assert(hk_rwlock_tryrdlock(&rw));
	/* The writer finds it taken, and asks for it. */
	hk_yield();
	ck_assert(!hk_rwlock_tryrdlock(&rw));
	hk_cancel(&writer);
	ck_assert_int_eq(hk_join(&writer), -ECANCELED);
	ck_assert_int_eq(hk_join(&reader), 0);
	ck_assert(hk_rwlock_tryrdlock(&rw));
	hk_rwlock_unlock(&rw);
	hk_rwlock_unlock(&rw);
	assert_pristine();
	return 0;
}

START_TEST(a_writer_that_gives_up_leaves_no_claim)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_CONCURRENT;
	options.slice_ns = -1;
	ck_assert_int_eq(hk_run(&options, overtake_and_cancel, NULL), 0);
}
END_TEST

/*
 * Goal: a writer comes in although there are always readers, a reader although there are always
 * writers, and a writer beside another. Method: two tasks have it again as soon as they gave it up,
 * holding it across a yield, until the third has had its turns: on one worker nobody else would
 * ever find it free.
 */
static _Atomic bool satisfied;

static int hog(void *arg)
{
	bool writes = *(bool *)arg;

	while (!satisfied) {
		if (writes)
			hk_rwlock_wrlock(&rw);
		else
			hk_rwlock_rdlock(&rw);
		hk_yield();
		hk_rwlock_unlock(&rw);
	}
	return 0;
}

static int want_turns(void *arg)
{
	bool writes = *(bool *)arg;

	for (int i = 0; i < 10; i++) {
		if (writes)
			hk_rwlock_wrlock(&rw);
		else
			hk_rwlock_rdlock(&rw);
		hk_rwlock_unlock(&rw);
		hk_yield();
	}
	satisfied = true;
	return 0;
}

static int compete(void *arg)
{
	const bool *writes = arg;

	satisfied = false;
	HK_SCOPE(s);
	hk_spawn_copy(&s, hog, &writes[0], sizeof(bool));
	hk_spawn_copy(&s, hog, &writes[0], sizeof(bool));
	hk_spawn_copy(&s, want_turns, &writes[1], sizeof(bool));
	ck_assert_int_eq(hk_join(&s), 0);
	assert_pristine();
	return 0;
}

START_TEST(nobody_is_kept_out_for_ever)
{
	static bool pairs[3][2] = { { false, true }, { true, false }, { true, true } };

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hkt_run(_i, compete, pairs[i]), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/rwlock");
	TCase *tc = hkt_case(suite, "rwlock", 20);

	hkt_add_every(tc, readers_share_it_and_a_writer_is_alone);
	hkt_add_every(tc, it_excludes_tasks_and_threads);
	hkt_add_overlap(tc, readers_are_let_in_together_and_writers_in_turn);
	hkt_add_overlap(tc, a_reader_before_a_writer_gets_in);
	hkt_add_overlap(tc, a_waiting_writer_keeps_new_readers_out);
	hkt_add_overlap(tc, locking_without_a_deadline_is_no_cancellation_point);
	hkt_add_overlap(tc, readers_behind_a_writer_that_gives_up_come_in);
	tcase_add_test(tc, a_writer_that_gives_up_leaves_no_claim);
	hkt_add_overlap(tc, nobody_is_kept_out_for_ever);
	return hkt_main(suite);
}
