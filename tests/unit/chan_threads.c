/* SPDX-License-Identifier: MIT */
/*
 * Channels between tasks and threads outside, between threads alone, and between two runtimes; and
 * the report of tasks that wait for a channel for ever.
 */
#include "../check_hocket.h"

#include <errno.h>

enum { ITEMS = 200 };

static int memory[2];
static struct hk_chan chan, back;

static const uint32_t capacities[] = { 0, 1, 2 };
enum { CAPACITIES = sizeof(capacities) / sizeof(capacities[0]) };

/* Sends 0 ... ITEMS - 1 and closes; now and then late, so that either side has to wait. */
static void *send_all(void *arg)
{
	struct hkt_random r = hkt_random(1);

	for (int i = 0; i < ITEMS; i++) {
		if (hkt_random_below(&r, 8) == 0)
			ck_assert_int_eq(hk_sleep(100 * HK_US), 0);
		ck_assert_int_eq(hk_chan_send_until(&chan, &i, hk_now() + 3600 * HK_S), 0);
	}
	hk_chan_close(&chan);
	return arg;
}

static void *receive_all(void *arg)
{
	struct hkt_random r = hkt_random(2);
	int item, count = 0;

	while (hk_chan_recv_until(&chan, &item, hk_now() + 3600 * HK_S) == 0) {
		ck_assert_int_eq(item, count++);
		if (hkt_random_below(&r, 8) == 0)
			ck_assert_int_eq(hk_sleep(100 * HK_US), 0);
	}
	ck_assert_int_eq(count, ITEMS);
	return arg;
}

static int send_in_task(void *arg)
{
	return send_all(arg) != arg;
}

static int receive_in_task(void *arg)
{
	return receive_all(arg) != arg;
}

/* Goal: both ways between a task and a thread. Method: ordered items, close, each capacity. */
START_TEST(between_a_task_and_a_thread)
{
	for (int i = 0; i < CAPACITIES; i++) {
		hk_chan_init(&chan, sizeof(int), memory, capacities[i]);
		pthread_t thread = hkt_thread(send_all, NULL);
		ck_assert_int_eq(hkt_run(_i, receive_in_task, NULL), 0);
		pthread_join(thread, NULL);

		hk_chan_init(&chan, sizeof(int), memory, capacities[i]);
		thread = hkt_thread(receive_all, NULL);
		ck_assert_int_eq(hkt_run(_i, send_in_task, NULL), 0);
		pthread_join(thread, NULL);
	}
}
END_TEST

START_TEST(between_threads)
{
	for (int i = 0; i < CAPACITIES; i++) {
		hk_chan_init(&chan, sizeof(int), memory, capacities[i]);
		pthread_t thread = hkt_thread(send_all, NULL);
		receive_all(NULL);
		pthread_join(thread, NULL);
	}
}
END_TEST

/* Goal: the ends of a wait, for threads. Method: as in unit/chan_wait, one thread waits. */
struct call {
	int item;
	int result;
	hk_time deadline;
};

static void *receive(void *arg)
{
	struct call *call = arg;

	call->result = hk_chan_recv_until(&chan, &call->item, call->deadline);
	return NULL;
}

static void *send(void *arg)
{
	struct call *call = arg;

	call->result = hk_chan_send_until(&chan, &call->item, call->deadline);
	return NULL;
}

static void assert_ends(void *(*fn)(void *), hk_time deadline, bool close, int result)
{
	struct call call = { 7, 0, deadline };
	const struct hk_waitq *queue = fn == send ? &chan.senders : &chan.receivers;

	hk_chan_init(&chan, sizeof(int), NULL, 0);
	pthread_t thread = hkt_thread(fn, &call);
	if (close) {
		hkt_await_queue(queue, 1);
		hk_chan_close(&chan);
	}
	pthread_join(thread, NULL);
	ck_assert_int_eq(call.result, result);
	ck_assert_int_eq(call.item, 7);
	ck_assert_ptr_null(queue->first);
	if (!close)
		ck_assert_int_ge(hk_now(), deadline);
}

START_TEST(a_thread_that_waits)
{
	assert_ends(receive, HK_FOREVER, true, -EPIPE);
	assert_ends(send, HK_FOREVER, true, -EPIPE);
	assert_ends(receive, hk_now() + 3600 * HK_S, true, -EPIPE);
	assert_ends(send, hk_now() + 3600 * HK_S, true, -EPIPE);
	assert_ends(receive, hk_now() + 10 * HK_MS, false, -ETIMEDOUT);
	assert_ends(send, hk_now() + 10 * HK_MS, false, -ETIMEDOUT);
}
END_TEST

/* Goal: first come, first served, tasks and threads alike. Method: they queue in turn. */
static struct call calls[4];

static int receive_as_task(void *arg)
{
	return receive(arg) != NULL;
}

static int queue_in_turn(void *arg)
{
	pthread_t threads[2];

	HK_SCOPE(s);
	(void)arg;
	hk_chan_init(&chan, sizeof(int), NULL, 0);
	for (int i = 0; i < 4; i++) {
		calls[i].deadline = HK_FOREVER;
		if (i % 2)
			hk_spawn(&s, receive_as_task, &calls[i]);
		else
			threads[i / 2] = hkt_thread(receive, &calls[i]);
		hkt_await_queue(&chan.receivers, (unsigned)i + 1);
	}
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(hk_chan_trysend(&chan, &i), 0);
	ck_assert_int_eq(hk_join(&s), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(calls[i].item, i);
	return 0;
}

START_TEST(in_one_queue)
{
	ck_assert_int_eq(hkt_run(_i, queue_in_turn, NULL), 0);
}
END_TEST

/* Goal: two runtimes. Method: a number goes to and fro, each side adds one. */
static int echo(void *arg)
{
	int item, count = 0;

	(void)arg;
	while (hk_chan_recv(&chan, &item) == 0) {
		item++;
		count++;
		ck_assert_int_eq(hk_chan_send(&back, &item), 0);
	}
	return count;
}

static void *run_echo(void *setup)
{
	ck_assert_int_eq(hkt_run(*(int *)setup, echo, NULL), ITEMS);
	return NULL;
}

static int call_echo(void *arg)
{
	int item = 0;

	(void)arg;
	for (int i = 0; i < ITEMS; i++) {
		ck_assert_int_eq(hk_chan_send(&chan, &item), 0);
		item = -1;
		ck_assert_int_eq(hk_chan_recv(&back, &item), 0);
		ck_assert_int_eq(item, i + 1);
	}
	hk_chan_close(&chan);
	return 0;
}

START_TEST(between_two_runtimes)
{
	hk_chan_init(&chan, sizeof(int), NULL, 0);
	hk_chan_init(&back, sizeof(int), memory, 1);
	pthread_t thread = hkt_thread(run_echo, &_i);
	ck_assert_int_eq(hkt_run(HKT_SETUPS - 1 - _i, call_echo, NULL), 0);
	pthread_join(thread, NULL);
}
END_TEST

/* Goal: close reaches waiters of several runtimes. Method: both receive, a thread closes. */
static int receive_nothing(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_chan_recv(&chan, NULL), -EPIPE);
	return 0;
}

static void *run_receiver(void *setup)
{
	ck_assert_int_eq(hkt_run(*(int *)setup, receive_nothing, NULL), 0);
	return NULL;
}

START_TEST(closed_for_two_runtimes)
{
	pthread_t threads[2];

	hk_chan_init(&chan, sizeof(int), NULL, 0);
	for (int i = 0; i < 2; i++) {
		threads[i] = hkt_thread(run_receiver, &_i);
		hkt_await_queue(&chan.receivers, (unsigned)i + 1);
	}
	hk_chan_close(&chan);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}
END_TEST

/* Goal: who waits for a channel for ever is told of. Method: nobody sends, or receives. */
static int send_nothing(void *arg)
{
	(void)arg;
	return hk_chan_send(&chan, NULL);
}

static int wait_both_ways(void *arg)
{
	HK_SCOPE(s);
	(void)arg;
	hk_spawn(&s, send_nothing, NULL);
	return hk_chan_recv(&back, NULL);
}

START_TEST(for_ever)
{
	struct hk_options options = hkt_options(_i);
	struct hkt_child child;

	hkt_child_run(&child, &options, wait_both_ways);
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK, "waits for an item from the channel 0x");
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK,
		"send_nothing[^\n]* waits for room in the channel 0x[^\n]*called at ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/chan_threads");
	TCase *tc = hkt_case(suite, "threads", 30);

	hkt_add_every(tc, between_a_task_and_a_thread);
	tcase_add_test(tc, between_threads);
	tcase_add_test(tc, a_thread_that_waits);
	hkt_add_overlap(tc, in_one_queue);
	hkt_add_every(tc, between_two_runtimes);
	hkt_add_every(tc, closed_for_two_runtimes);
	hkt_add_overlap(tc, for_ever);
	return hkt_main(suite);
}
