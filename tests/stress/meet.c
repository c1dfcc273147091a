/* SPDX-License-Identifier: MIT */
/*
 * Where tasks meet, while deadlines pass and tasks are cancelled: memory that is freed at once,
 * signals that are not lost, rounds and calls that are counted exactly. Tasks and threads together.
 */
#include "../check_waits.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 2, TASKS = 4 };

/* The number of a stream of random numbers. */
static _Atomic uint64_t streams;
/* Actors that are not cancelled and have not ended. */
static _Atomic int left;

static int (*actor)(void *);

static int spawn_actors(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < TASKS; i++)
		hk_spawn(&s, actor, NULL);
	return hk_join(&s);
}

/* Runs it in threads and in tasks at once. */
static void act_everywhere(int setup, int (*fn)(void *), int (*first)(void *))
{
	struct hkt_outside calls[THREADS];

	actor = fn;
	left = THREADS + TASKS;
	for (int i = 0; i < THREADS; i++)
		hkt_outside(&calls[i], fn, NULL);
	ck_assert_int_eq(hkt_run(setup, first, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(hkt_outside_end(&calls[i]), 0);
}

/*
 * Goal: whoever waited for an event or a latch may free it at once, while the one that ended the
 * wait is still on its way out of its call. Method: actors that wait give notes to two clerks, a
 * task and a thread; the memory gets another content at once, which nobody changes; the sanitizers
 * see a late touch, too.
 */
struct note {
	bool signs; /* two sign; else one sees it */
	struct hk_event seen;
	struct hk_latch signatures;
};

enum { BOXES = THREADS + TASKS };
static _Atomic(struct note *) boxes[2][BOXES];
static _Atomic int next_box;

static int serve_boxes(void *arg)
{
	int clerk = *(int *)arg;

	while (left > 0) {
		bool idle = true;
		for (int i = 0; i < BOXES; i++) {
			struct note *note = atomic_exchange(&boxes[clerk][i], NULL);
			if (!note)
				continue;
			idle = false;
			if (note->signs)
				hk_latch_count_down(&note->signatures, 1);
			else
				hk_event_set(&note->seen);
		}
		if (idle)
			ck_assert_int_eq(hk_sleep(5 * HK_US), 0);
	}
	return 0;
}

static int wait_for(struct note *note, hk_time deadline)
{
	return note->signs ? hk_latch_wait_until(&note->signatures, deadline) :
			     hk_event_wait_until(&note->seen, deadline);
}

static bool holds_only(const void *memory, int byte, size_t size)
{
	const unsigned char *bytes = memory;

	for (size_t i = 0; i < size; i++)
		if (bytes[i] != byte)
			return false;
	return true;
}

static int hand_in_notes(void *arg)
{
	struct hkt_random r = hkt_random(streams++);
	int box = next_box++;

	(void)arg;
	for (long i = hkt_times(3000); i > 0; i--) {
		struct note *note = malloc(sizeof(*note));
		ck_assert_ptr_nonnull(note);
		*note = (struct note){ i % 2, HK_EVENT_INIT, HK_LATCH_INIT(2) };
		boxes[0][box] = note;
		if (note->signs)
			boxes[1][box] = note;
		int result = wait_for(note, hk_now() + hkt_random_below(&r, 20000) - 4000);
		if (result == -ETIMEDOUT)
			result = wait_for(note, HK_FOREVER);
		ck_assert_int_eq(result, 0);
		memset(note, 0xa5, sizeof(*note));
		if (hkt_random_below(&r, 8) == 0)
			hk_yield();
		ck_assert(holds_only(note, 0xa5, sizeof(*note)));
		free(note);
	}
	left--;
	return 0;
}

static int hand_in_and_serve(void *arg)
{
	int clerk = 0;

	HK_SCOPE(s);
	hk_spawn(&s, serve_boxes, &clerk);
	ck_assert_int_eq(spawn_actors(arg), 0);
	return hk_join(&s);
}

START_TEST(memory_is_free_as_soon_as_the_wait_is_over)
{
	struct hkt_outside call;
	int clerk = 1;

	left = THREADS + TASKS;
	hkt_outside(&call, serve_boxes, &clerk);
	act_everywhere(_i, hand_in_notes, hand_in_and_serve);
	ck_assert_int_eq(hkt_outside_end(&call), 0);
}
END_TEST

/*
 * Goal: no signal of a condition variable is lost, whatever becomes of those that wait. Method: a
 * buffer of four, one signal for each thing put in or taken out; all but the consumers that are
 * cancelled, or time out, wait for ever when one is lost. Nothing is lost or doubled.
 */
enum { ROOM = 4 };
static struct hk_mutex m;
static struct hk_cond filled, emptied;
static long stored, put, taken;
static _Atomic int producers;

static int produce(void *arg)
{
	(void)arg;
	for (long i = hkt_times(30000); i > 0; i--) {
		HK_LOCKED(&m) {
			while (stored == ROOM)
				ck_assert_int_eq(hk_cond_wait(&emptied, &m), 0);
			stored++;
			put++;
			hk_cond_signal(&filled);
		}
	}
	producers--;
	left--;
	return 0;
}

/* Whether something was taken; else the result of the wait. */
static int consume_one(hk_time deadline)
{
	int result = 0;

	HK_LOCKED(&m) {
		while (stored == 0 && result == 0)
			result = hk_cond_wait_until(&filled, &m, deadline);
		if (stored > 0) {
			stored--;
			taken++;
			hk_cond_signal(&emptied);
			result = 1;
		}
	}
	return result;
}

static int consume(void *arg)
{
	struct hkt_random r = hkt_random(streams++);

	(void)arg;
	while (!hk_task_cancelled()) {
		hk_time wait =
			hkt_random_below(&r, 4) ? 3600 * HK_S : hkt_random_below(&r, 20000) - 4000;
		int result = consume_one(hk_now() + wait);
		ck_assert(result == 1 || result == -ETIMEDOUT || result == -ECANCELED);
	}
	return 0;
}

/* Cancels consumers over and over, until nothing comes any more and all is consumed. */
static int churn_consumers(void *arg)
{
	struct hkt_random r = hkt_random(streams++);

	(void)arg;
	while (producers > 0) {
		HK_SCOPE(s);
		for (int i = 0; i < 3; i++)
			hk_spawn(&s, consume, NULL);
		ck_assert_int_eq(hk_sleep(hkt_random_below(&r, 300) * HK_US), 0);
		hk_cancel(&s);
		ck_assert_int_eq(hk_join(&s), -ECANCELED);
	}
	return 0;
}

static int produce_and_consume(void *arg)
{
	HK_SCOPE(s);
	hk_spawn(&s, churn_consumers, NULL);
	ck_assert_int_eq(spawn_actors(arg), 0);
	return hk_join(&s);
}

START_TEST(no_signal_is_lost)
{
	producers = THREADS + TASKS;
	act_everywhere(_i, produce, produce_and_consume);
	ck_assert_int_eq(put, (THREADS + TASKS) * hkt_times(30000));
	ck_assert_int_eq(put, taken + stored);
	ck_assert_uint_eq(m.word, 0);
	hkt_assert_no_trace(&m.waiters);
	hkt_assert_no_trace(&filled.waiters);
	hkt_assert_no_trace(&emptied.waiters);
}
END_TEST

/*
 * Goal: rounds of a barrier are exact though arrivals are taken back. Method: more actors than
 * parties, short deadlines, some cancelled; each round lets four pass, one of them as the last.
 */
static struct hk_barrier barrier = HK_BARRIER_INIT(4);
static _Atomic long passes, lasts;

static void go_round(struct hkt_random *r)
{
	int result = hk_barrier_wait_until(&barrier, hk_now() + hkt_random_below(r, 60000) - 4000);

	ck_assert(result == 0 || result == 1 || result == -ETIMEDOUT ||
		(result == -ECANCELED && hk_task_cancelled()));
	passes += result >= 0;
	lasts += result == 1;
}

static int go_rounds(void *arg)
{
	struct hkt_random r = hkt_random(streams++);

	(void)arg;
	for (long i = hkt_times(10000); i > 0; i--)
		go_round(&r);
	left--;
	return 0;
}

static int go_rounds_until_cancelled(void *arg)
{
	struct hkt_random r = hkt_random(streams++);

	(void)arg;
	while (!hk_task_cancelled())
		go_round(&r);
	return 0;
}

static int go_rounds_and_cancel(void *arg)
{
	struct hkt_random r = hkt_random(streams++);

	HK_SCOPE(fixed);
	hk_spawn(&fixed, spawn_actors, arg);
	while (left > 0) {
		HK_SCOPE(s);
		hk_spawn(&s, go_rounds_until_cancelled, NULL);
		hk_spawn(&s, go_rounds_until_cancelled, NULL);
		ck_assert_int_eq(hk_sleep(hkt_random_below(&r, 300) * HK_US), 0);
		hk_cancel(&s);
		ck_assert_int_eq(hk_join(&s), -ECANCELED);
	}
	return hk_join(&fixed);
}

START_TEST(rounds_are_exact)
{
	act_everywhere(_i, go_rounds, go_rounds_and_cancel);
	ck_assert_int_eq(lasts, barrier.round);
	ck_assert_int_eq(passes, 4 * lasts);
	ck_assert_uint_eq(barrier.arrived, 0);
	hkt_assert_no_trace(&barrier.waiters);
}
END_TEST

/* Goal: each thing is done once with success, and seen by all. Method: many, which fail half of the
   time, and sometimes take long. */
enum { ONCES = 20000 };
static struct hk_once onces[ONCES];
static long done[ONCES];
static _Atomic long successes;

struct attempt {
	struct hkt_random *r;
	long number;
};

static int attempt(void *arg)
{
	struct attempt *attempt = arg;

	if (hkt_random_below(attempt->r, 16) == 0)
		hk_yield();
	if (hkt_random_below(attempt->r, 2) == 0)
		return -EAGAIN;
	done[attempt->number] += attempt->number + 1;
	successes++;
	return 0;
}

static int do_all(void *arg)
{
	struct hkt_random r = hkt_random(streams++);

	(void)arg;
	for (long i = 0; i < hkt_times(ONCES); i++) {
		struct attempt mine = { &r, i };
		int result;
		do {
			result = hk_once_run(&onces[i], attempt, &mine);
			ck_assert(result == 0 || result == -EAGAIN);
		} while (result != 0);
		ck_assert_int_eq(done[i], i + 1);
	}
	left--;
	return 0;
}

START_TEST(each_is_done_once)
{
	act_everywhere(_i, do_all, spawn_actors);
	ck_assert_int_eq(successes, hkt_times(ONCES));
	for (long i = 0; i < hkt_times(ONCES); i++) {
		ck_assert(hk_once_is_done(&onces[i]));
		hkt_assert_no_trace(&onces[i].waiters);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/meet");

	hkt_add_workers(hkt_case(suite, "memory", 120), memory_is_free_as_soon_as_the_wait_is_over);
	hkt_add_workers(hkt_case(suite, "signals", 120), no_signal_is_lost);
	hkt_add_workers(hkt_case(suite, "rounds", 120), rounds_are_exact);
	hkt_add_workers(hkt_case(suite, "once", 120), each_is_done_once);
	return hkt_main(suite);
}
