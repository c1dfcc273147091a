/* SPDX-License-Identifier: MIT */
/*
 * hk_select(), what can be done at once: each kind of case, which of several, and that the others
 * are left alone; and what it returns when there is nothing to do. As a task in every execution,
 * and on a thread without a runtime. Those that wait are in unit/select_wait.c, descriptors and
 * scopes in unit/select_fd.c.
 */
#include "../check_hocket.h"

#include <errno.h>

#define SELECT(deadline, ...)                                                                      \
	hk_select((struct hk_case[]){ __VA_ARGS__ },                                               \
		sizeof((struct hk_case[]){ __VA_ARGS__ }) / sizeof(struct hk_case), (deadline))

static int permits_left(struct hk_sem *sem)
{
	int n = 0;

	while (hk_sem_trywait(sem))
		n++;
	return n;
}

/* Goal: with nothing to do, only time ends it. Method: no case, NONE, cases that are not ready. */
static int do_nothing(void *arg)
{
	struct hk_chan none = HK_CHAN_UNBUFFERED(int);
	struct hk_sem sem = HK_SEM_INIT(0);
	struct hk_event event = HK_EVENT_INIT;
	struct hk_case idle[] = { { .kind = HK_CASE_NONE }, HK_CASE_RECV(&none, NULL),
		HK_CASE_SEND(&none, arg), HK_CASE_SEM(&sem), HK_CASE_EVENT(&event),
		HK_CASE_TIME(HK_FOREVER), HK_CASE_TIME(hk_now() + 3600 * HK_S) };
	hk_time deadlines[] = { -1, 0, hk_now() - 1, hk_now() + 10 * HK_MS };

	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(hk_select(NULL, 0, deadlines[i]), -ETIMEDOUT);
		ck_assert_int_eq(hk_select(idle, 0, deadlines[i]), -ETIMEDOUT);
		ck_assert_int_eq(hk_select(idle, 1, deadlines[i]), -ETIMEDOUT);
		ck_assert_int_eq(hk_select(idle, 7, deadlines[i]), -ETIMEDOUT);
		ck_assert_int_ge(hk_now(), deadlines[i]);
		ck_assert_ptr_null(none.senders.first);
		ck_assert_ptr_null(none.receivers.first);
		ck_assert_ptr_null(sem.waiters.first);
		ck_assert_ptr_null(event.waiters.first);
	}
	hk_sem_post(&sem);
	ck_assert_int_eq(permits_left(&sem), 1);
	return 0;
}

/* Goal: each kind is done, late or not. Method: one case that is ready among two that are not. */
static void assert_done(struct hk_case ready)
{
	struct hk_chan none = HK_CHAN_UNBUFFERED(int);
	struct hk_case cases[] = { { .kind = HK_CASE_NONE }, HK_CASE_RECV(&none, NULL), ready };

	cases[2].result = -1;
	ck_assert_int_eq(hk_select(cases, 3, HK_FOREVER), 2);
	ck_assert_int_eq(cases[2].result, 0);
	cases[2].result = -1;
	ck_assert_int_eq(hk_select(cases, 3, 0), 2);
	ck_assert_int_eq(cases[2].result, 0);
}

static int do_each(void *arg)
{
	int memory[2], to = 0, from = 5;
	struct hk_chan chan = HK_CHAN_INIT(memory);
	struct hk_sem sem = HK_SEM_INIT(3);
	struct hk_event event = HK_EVENT_INIT;

	(void)arg;
	assert_done((struct hk_case)HK_CASE_SEND(&chan, &from));
	ck_assert_uint_eq(hk_chan_count(&chan), 2);
	assert_done((struct hk_case)HK_CASE_RECV(&chan, &to));
	ck_assert_uint_eq(hk_chan_count(&chan), 0);
	ck_assert_int_eq(to, 5);
	assert_done((struct hk_case)HK_CASE_SEM(&sem));
	ck_assert_int_eq(permits_left(&sem), 1);
	hk_event_set(&event);
	assert_done((struct hk_case)HK_CASE_EVENT(&event));
	ck_assert(hk_event_is_set(&event));
	assert_done((struct hk_case)HK_CASE_TIME(0));
	assert_done((struct hk_case)HK_CASE_TIME(hk_now()));
	return 0;
}

/* Goal: a closed channel is ready, and says so. Method: with an item left, then drained. */
static int do_closed(void *arg)
{
	int memory[2], item = 5;
	struct hk_chan chan = HK_CHAN_INIT(memory);
	struct hk_case send[] = { { .kind = HK_CASE_NONE }, HK_CASE_SEND(&chan, &item) };
	struct hk_case recv[] = { { .kind = HK_CASE_NONE }, HK_CASE_RECV(&chan, &item) };

	(void)arg;
	ck_assert_int_eq(hk_chan_send(&chan, &item), 0);
	hk_chan_close(&chan);
	ck_assert_int_eq(hk_select(send, 2, HK_FOREVER), 1);
	ck_assert_int_eq(send[1].result, -EPIPE);
	item = 0;
	ck_assert_int_eq(hk_select(recv, 2, HK_FOREVER), 1);
	ck_assert_int_eq(recv[1].result, 0);
	ck_assert_int_eq(item, 5);
	ck_assert_int_eq(hk_select(recv, 2, 0), 1);
	ck_assert_int_eq(recv[1].result, -EPIPE);
	ck_assert_int_eq(item, 5);
	return 0;
}

/* Goal: one case is done, no other. Method: all are ready; what changed is counted. */
enum { CHANNELS = 6 };

static int do_one(void *arg)
{
	int memory[CHANNELS][4], item = 0, sent = 0;
	struct hk_chan chans[CHANNELS];
	struct hk_case cases[CHANNELS + 1];
	struct hk_sem sem = HK_SEM_INIT(50);
	unsigned total = 0, taken = 0;

	(void)arg;
	for (int i = 0; i < CHANNELS; i++) {
		hk_chan_init(&chans[i], sizeof(int), memory[i], 4);
		for (int j = 0; j < 2; j++)
			ck_assert_int_eq(hk_chan_send(&chans[i], &i), 0);
	}
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < CHANNELS; i++)
			cases[i] = i % 2 ? (struct hk_case)HK_CASE_RECV(&chans[i], &item) :
					   (struct hk_case)HK_CASE_SEND(&chans[i], &sent);
		cases[CHANNELS] = (struct hk_case)HK_CASE_SEM(&sem);
		int done = hk_select(cases, CHANNELS + 1, 0);
		ck_assert_int_ge(done, 0);
		ck_assert_int_le(done, CHANNELS);
		ck_assert_int_eq(cases[done].result, 0);
		taken += done < CHANNELS && done % 2 == 1;
		total += done < CHANNELS && done % 2 == 0;
		if (done < CHANNELS && done % 2)
			ck_assert_int_eq(item, done);
	}
	unsigned left = 0;
	for (int i = 0; i < CHANNELS; i++)
		left += hk_chan_count(&chans[i]);
	ck_assert_uint_eq(left, 2 * CHANNELS + total - taken);
	ck_assert_uint_eq((unsigned)permits_left(&sem), total + taken);
	return 0;
}

/* Goal: a channel may be there twice, but does not serve itself. Method: capacities 0 and 1. */
static int do_twice(void *arg)
{
	int memory[1], to = 0, from = 5;
	struct hk_chan none = HK_CHAN_UNBUFFERED(int), one = HK_CHAN_INIT(memory);

	(void)arg;
	hk_time deadlines[] = { 0, hk_now() + 10 * HK_MS };
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(SELECT(deadlines[i], HK_CASE_SEND(&none, &from),
					 HK_CASE_RECV(&none, &to), HK_CASE_SEND(&none, &from)),
			-ETIMEDOUT);
		ck_assert_int_eq(SELECT(deadlines[i], HK_CASE_RECV(&none, &to),
					 HK_CASE_SEND(&none, &from), HK_CASE_RECV(&none, &to)),
			-ETIMEDOUT);
		ck_assert_int_eq(to, 0);
		ck_assert_ptr_null(none.senders.first);
		ck_assert_ptr_null(none.receivers.first);
	}
	for (int i = 0; i < 20; i++) {
		from = i;
		ck_assert_int_eq(SELECT(0, HK_CASE_RECV(&one, &to), HK_CASE_SEND(&one, &from)), 1);
		ck_assert_uint_eq(hk_chan_count(&one), 1);
		ck_assert_int_eq(SELECT(0, HK_CASE_RECV(&one, &to), HK_CASE_SEND(&one, &from)), 0);
		ck_assert_int_eq(to, i);
		ck_assert_uint_eq(hk_chan_count(&one), 0);
	}
	return 0;
}

/* Goal: the first time counts, and the deadline before it. Method: orders of three times. */
static int do_times(void *arg)
{
	hk_time now = hk_now(), soon = now + 10 * HK_MS, late = now + 3600 * HK_S;

	(void)arg;
	ck_assert_int_eq(SELECT(HK_FOREVER, HK_CASE_TIME(late), HK_CASE_TIME(soon)), 1);
	ck_assert_int_ge(hk_now(), soon);
	soon = hk_now() + 10 * HK_MS;
	ck_assert_int_eq(SELECT(late, HK_CASE_TIME(soon), HK_CASE_TIME(HK_FOREVER)), 0);
	ck_assert_int_ge(hk_now(), soon);
	soon = hk_now() + 10 * HK_MS;
	ck_assert_int_eq(SELECT(soon, HK_CASE_TIME(late), HK_CASE_TIME(late + 1)), -ETIMEDOUT);
	ck_assert_int_ge(hk_now(), soon);
	return 0;
}

/* Goal: many cases. Method: 300, of which one can be done, which moves; then none can. */
static int do_many(void *arg)
{
	enum { MANY = 300 };
	static struct hk_case many[MANY];
	static struct hk_event events[MANY];

	(void)arg;
	for (unsigned i = 0; i < MANY; i++)
		many[i] = (struct hk_case)HK_CASE_EVENT(&events[i]);
	for (unsigned i = 0; i < MANY; i++) {
		hk_event_set(&events[i]);
		ck_assert_int_eq(hk_select(many, MANY, HK_FOREVER), (int)i);
		hk_event_reset(&events[i]);
	}
	ck_assert_int_eq(hk_select(many, MANY, hk_now() + 5 * HK_MS), -ETIMEDOUT);
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_ptr_null(events[i].waiters.first);
	return 0;
}

/*
 * Goal: of several that can be done each is as likely. Method: many selects, the sum of the squared
 * errors; bounds that a fair choice misses once in 1e11 times (chi-square, 1 and 6 degrees).
 */
static double choose_among(const unsigned *ready, unsigned n, long rounds)
{
	struct hk_event set = HK_EVENT_INIT, unset = HK_EVENT_INIT;
	struct hk_case cases[8];
	long chosen[8] = { 0 };
	double error = 0, wanted = (double)rounds / n;

	hk_event_set(&set);
	for (unsigned i = 0; i < 8; i++)
		cases[i] = (struct hk_case)HK_CASE_EVENT(&unset);
	for (unsigned i = 0; i < n; i++)
		cases[ready[i]].object = &set;
	for (long i = 0; i < rounds; i++) {
		int done = hk_select(cases, 8, HK_FOREVER);
		if (done < 0)
			ck_abort_msg("hk_select() returned %d", done);
		chosen[done]++;
	}
	for (unsigned i = 0; i < n; i++) {
		double by = (double)chosen[ready[i]] - wanted;
		error += by * by / wanted;
	}
	return error;
}

static int choose_fairly(void *arg)
{
	static const unsigned seven[] = { 0, 1, 2, 4, 5, 6, 7 }, two[] = { 2, 5 };
	long rounds = hkt_times(70000);

	(void)arg;
	ck_assert(choose_among(two, 2, rounds) < 46.4);
	ck_assert(choose_among(seven, 7, rounds) < 63.3);
	return 0;
}

static int (*const bodies[])(void *) = { do_nothing, do_each, do_closed, do_one, do_twice, do_times,
	do_many, choose_fairly };
enum { BODIES = sizeof(bodies) / sizeof(bodies[0]) };

static int run_body(void *arg)
{
	int item = 5;

	return (*(int (*const *)(void *))arg)(&item);
}

static int run_bodies(void *arg)
{
	(void)arg;
	for (int i = 0; i < BODIES; i++)
		ck_assert_int_eq(run_body((void *)(uintptr_t)&bodies[i]), 0);
	return 0;
}

START_TEST(from_a_task)
{
	ck_assert_int_eq(hkt_run(_i, run_bodies, NULL), 0);
}
END_TEST

START_TEST(from_a_thread)
{
	ck_assert_int_eq(run_body((void *)(uintptr_t)&bodies[_i]), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/select");
	TCase *tc = hkt_case(suite, "select", 20);

	hkt_add_every(tc, from_a_task);
	tcase_add_loop_test(tc, from_a_thread, 0, BODIES);
	return hkt_main(suite);
}
