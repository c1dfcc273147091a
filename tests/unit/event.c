/* SPDX-License-Identifier: MIT */
/* The event: set, reset, whom that lets go on, and when its memory may be freed. */
#include "../check_waits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct hk_event event;

/* Goal: it is set from the time it is set until it is reset. Method: every call, from a task and a
   thread. */
static int set_and_reset(void *arg)
{
	struct hk_event fresh = HK_EVENT_INIT;

	(void)arg;
	ck_assert_int_eq(memcmp(&fresh, &event, sizeof(event)), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert(!hk_event_is_set(&event));
		ck_assert_int_eq(hk_event_wait_until(&event, 0), -ETIMEDOUT);
		hk_event_set(&event);
		hk_event_set(&event);
		ck_assert(hk_event_is_set(&event));
		ck_assert_int_eq(hk_event_wait(&event), 0);
		ck_assert_int_eq(hk_event_wait_until(&event, 0), 0);
		hk_event_reset(&event);
		hk_event_reset(&event);
	}
	hkt_assert_no_trace(&event.waiters);
	return 0;
}

START_TEST(it_is_set_until_it_is_reset)
{
	ck_assert_int_eq(set_and_reset(NULL), 0);
	ck_assert_int_eq(hkt_run(_i, set_and_reset, NULL), 0);
}
END_TEST

/* Goal: all that wait go on, though it is reset at once, and who comes then waits. Method: the
   first task sets and resets without letting anybody run in between. */
static _Atomic int passed;

static int wait_and_pass(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_event_wait(&event), 0);
	passed++;
	return 0;
}

static int pulse(void *arg)
{
	(void)arg;
	for (int round = 0; round < 20; round++) {
		HK_SCOPE(s);
		for (int i = 0; i < 5; i++)
			hk_spawn(&s, wait_and_pass, NULL);
		hkt_await(5, "the event");
		ck_assert_int_eq(passed, 5 * round);
		hk_event_set(&event);
		hk_event_reset(&event);
		ck_assert_int_eq(hk_event_wait_until(&event, hk_now() + HK_US), -ETIMEDOUT);
		ck_assert_int_eq(hk_join(&s), 0);
	}
	ck_assert_int_eq(passed, 100);
	hkt_assert_no_trace(&event.waiters);
	return 0;
}

START_TEST(a_set_ends_all_waits_and_a_reset_begins_none_anew)
{
	ck_assert_int_eq(hkt_run(_i, pulse, NULL), 0);
}
END_TEST

/*
 * Goal: who goes on sees what was done before, and may free the event at once, while the setter is
 * still on its way out. Method: events on the heap, set by a task, a thread, or a task of another
 * run; the sanitizers see a late touch. Two wait; the one that goes last frees it.
 */
struct letter {
	struct hk_event sent;
	_Atomic int readers;
	int text;
};

enum { LETTERS = 200 };
static struct letter *letters[LETTERS];

static int read_letters(void *arg)
{
	(void)arg;
	for (int i = 0; i < LETTERS; i++) {
		struct letter *letter = letters[i];
		ck_assert_int_eq(hk_event_wait(&letter->sent), 0);
		ck_assert_int_eq(letter->text, i);
		if (--letter->readers == 0)
			free(letter);
	}
	return 0;
}

static int send_letters(void *arg)
{
	(void)arg;
	for (int i = 0; i < LETTERS; i++) {
		letters[i]->text = i;
		hk_event_set(&letters[i]->sent);
		if (i % 8 == 0)
			ck_assert_int_eq(hk_sleep(HK_US), 0);
	}
	return 0;
}

static void write_letters(int readers)
{
	for (int i = 0; i < LETTERS; i++) {
		letters[i] = calloc(1, sizeof(*letters[i]));
		ck_assert_ptr_nonnull(letters[i]);
		letters[i]->readers = readers;
	}
}

static int read_and_send(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, read_letters, NULL);
	hk_spawn(&s, read_letters, NULL);
	hk_spawn(&s, send_letters, NULL);
	return hk_join(&s);
}

START_TEST(who_went_on_may_free_what_a_task_set)
{
	write_letters(2);
	ck_assert_int_eq(hkt_run(_i, read_and_send, NULL), 0);
}
END_TEST

static int send_from_another_run(void *arg)
{
	return hkt_run(*(int *)arg, send_letters, NULL);
}

START_TEST(who_went_on_may_free_what_others_set)
{
	struct hkt_outside sender, reader;

	for (int run = 0; run < 2; run++) {
		write_letters(2);
		hkt_outside(&reader, read_letters, NULL);
		hkt_outside(&sender, run ? send_from_another_run : send_letters, &_i);
		ck_assert_int_eq(hkt_run(_i, read_letters, NULL), 0);
		ck_assert_int_eq(hkt_outside_end(&sender), 0);
		ck_assert_int_eq(hkt_outside_end(&reader), 0);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/event");
	TCase *tc = hkt_case(suite, "event", 20);

	hkt_add_every(tc, it_is_set_until_it_is_reset);
	hkt_add_overlap(tc, a_set_ends_all_waits_and_a_reset_begins_none_anew);
	hkt_add_overlap(tc, who_went_on_may_free_what_a_task_set);
	hkt_add_every(tc, who_went_on_may_free_what_others_set);
	return hkt_main(suite);
}
