/* SPDX-License-Identifier: MIT */
/*
 * Channels, when senders and receivers wait for each other: first come, first served; what a waiter
 * was given is its own; close, cancellation and deadlines end a wait and leave nothing behind. Each
 * with capacity 0, 1 and 3. Then the same between tasks, threads and two runtimes.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <string.h>

enum { WAITERS = 5, CAPACITY_MAX = 3, UNTOUCHED = -77 };
static const uint32_t capacities[] = { 0, 1, CAPACITY_MAX };
enum { CAPACITIES = sizeof(capacities) / sizeof(capacities[0]) };

static int memory[CAPACITY_MAX];
static struct hk_chan chan;

/* A call that waits, in a task of its own: what is sent or was received, what it returned. */
struct call {
	int item;
	_Atomic int result;
	hk_time deadline;
};
static struct call calls[WAITERS];

static int receive(void *arg)
{
	struct call *call = arg;

	if (call->deadline == HK_FOREVER)
		call->result = hk_chan_recv(&chan, &call->item);
	else
		call->result = hk_chan_recv_until(&chan, &call->item, call->deadline);
	return 0;
}

static int send(void *arg)
{
	struct call *call = arg;

	if (call->deadline == HK_FOREVER)
		call->result = hk_chan_send(&chan, &call->item);
	else
		call->result = hk_chan_send_until(&chan, &call->item, call->deadline);
	return 0;
}

/* Spawns the call, and returns when it waits, behind those that wait already. */
static void start(struct hk_scope *scope, int (*fn)(void *), int which, int item, hk_time deadline)
{
	const struct hk_waitq *queue = fn == send ? &chan.senders : &chan.receivers;
	unsigned before = hkt_waiting(queue);

	calls[which] = (struct call){ item, UNTOUCHED, deadline };
	hk_spawn(scope, fn, &calls[which]);
	hkt_await_queue(queue, before + 1);
}

static void assert_calls(int result, const int items[WAITERS])
{
	for (int i = 0; i < WAITERS; i++) {
		ck_assert_int_eq(calls[i].result, result);
		ck_assert_int_eq(calls[i].item, items[i]);
	}
	ck_assert_uint_eq(hkt_waiting(&chan.senders) + hkt_waiting(&chan.receivers), 0);
	ck_assert_ptr_null(chan.senders.first);
	ck_assert_ptr_null(chan.receivers.first);
}

static void fill(uint32_t capacity)
{
	for (int i = 0; i < (int)capacity; i++)
		ck_assert_int_eq(hk_chan_trysend(&chan, &i), 0);
}

/* Goal: receivers are served in order, and what they got is theirs. Method: 5 wait, 5 items. */
static void serve_receivers(uint32_t capacity)
{
	static const int items[] = { 100, 101, 102, 103, 104 };
	int item;

	(void)capacity;
	HK_SCOPE(s);
	for (int i = 0; i < WAITERS; i++)
		start(&s, receive, i, UNTOUCHED, i % 2 ? HK_FOREVER : hk_now() + 3600 * HK_S);
	for (int i = 0; i < WAITERS; i++) {
		ck_assert_int_eq(hk_chan_trysend(&chan, &items[i]), 0);
		ck_assert_int_eq(hk_chan_tryrecv(&chan, &item), -EAGAIN);
		ck_assert_uint_eq(hk_chan_count(&chan), 0);
	}
	ck_assert_int_eq(hk_join(&s), 0);
	assert_calls(0, items);
}

/* Goal: senders are served in order, and the room is theirs. Method: 5 wait at a full channel. */
static void serve_senders(uint32_t capacity)
{
	static const int items[] = { 100, 101, 102, 103, 104 };
	int item;

	HK_SCOPE(s);
	fill(capacity);
	for (int i = 0; i < WAITERS; i++)
		start(&s, send, i, items[i], i % 2 ? HK_FOREVER : hk_now() + 3600 * HK_S);
	for (int i = 0; i < (int)capacity + WAITERS; i++) {
		ck_assert_int_eq(hk_chan_tryrecv(&chan, &item), 0);
		ck_assert_int_eq(item, i < (int)capacity ? i : items[i - (int)capacity]);
		if (i < WAITERS)
			ck_assert_int_eq(hk_chan_trysend(&chan, &item), -EAGAIN);
	}
	ck_assert_int_eq(hk_chan_tryrecv(&chan, &item), -EAGAIN);
	ck_assert_int_eq(hk_join(&s), 0);
	assert_calls(0, items);
}

/* Goal: close refuses those that wait, and gives receivers nothing. Method: 5 wait, close. */
static void close_on_receivers(uint32_t capacity)
{
	static const int items[] = { -1, -2, -3, -4, -5 };

	(void)capacity;
	HK_SCOPE(s);
	for (int i = 0; i < WAITERS; i++)
		start(&s, receive, i, items[i], i % 2 ? HK_FOREVER : hk_now() + 3600 * HK_S);
	hk_chan_close(&chan);
	ck_assert_int_eq(hk_join(&s), 0);
	assert_calls(-EPIPE, items);
}

static void assert_holds(uint32_t n, int end)
{
	int item;

	for (int i = 0; i < (int)n; i++) {
		ck_assert_int_eq(hk_chan_tryrecv(&chan, &item), 0);
		ck_assert_int_eq(item, i);
	}
	ck_assert_int_eq(hk_chan_tryrecv(&chan, &item), end);
}

static void close_on_senders(uint32_t capacity)
{
	static const int items[] = { 100, 101, 102, 103, 104 };

	HK_SCOPE(s);
	fill(capacity);
	for (int i = 0; i < WAITERS; i++)
		start(&s, send, i, items[i], i % 2 ? HK_FOREVER : hk_now() + 3600 * HK_S);
	hk_chan_close(&chan);
	ck_assert_int_eq(hk_join(&s), 0);
	assert_calls(-EPIPE, items);
	assert_holds(capacity, -EPIPE);
}

/* Goal: cancelled, they leave, without an effect. Method: cancel the scope, look what is there. */
static void cancel_calls(int (*fn)(void *))
{
	static const int items[] = { 100, 101, 102, 103, 104 };

	HK_SCOPE(s);
	for (int i = 0; i < WAITERS; i++)
		start(&s, fn, i, items[i], i % 2 ? HK_FOREVER : hk_now() + 3600 * HK_S);
	hk_cancel(&s);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	assert_calls(-ECANCELED, items);
}

static void cancel_both(uint32_t capacity)
{
	cancel_calls(receive);
	assert_holds(0, -EAGAIN);
	fill(capacity);
	cancel_calls(send);
	assert_holds(capacity, -EAGAIN);
}

/* Goal: a waiter that gave up is passed over. Method: it stands before one that stays. */
static void start_two(struct hk_scope *scope, int (*fn)(void *), int item)
{
	calls[0] = (struct call){ UNTOUCHED, UNTOUCHED, hk_now() + 5 * HK_MS };
	calls[1] = (struct call){ item, UNTOUCHED, HK_FOREVER };
	hk_spawn(scope, fn, &calls[0]);
	hk_spawn(scope, fn, &calls[1]);
	while (calls[0].result == UNTOUCHED)
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	hkt_await_queue(fn == send ? &chan.senders : &chan.receivers, 1);
}

static void give_up(uint32_t capacity)
{
	int item = 50;

	HK_SCOPE(s);
	start_two(&s, receive, UNTOUCHED);
	ck_assert_int_eq(hk_chan_trysend(&chan, &item), 0);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(calls[0].result, -ETIMEDOUT);
	ck_assert_int_eq(calls[0].item, UNTOUCHED);
	ck_assert_int_eq(calls[1].result, 0);
	ck_assert_int_eq(calls[1].item, 50);

	fill(capacity);
	start_two(&s, send, (int)capacity);
	assert_holds(capacity + 1, -EAGAIN);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(calls[0].result, -ETIMEDOUT);
	ck_assert_int_eq(calls[1].result, 0);
}

static void (*const bodies[])(uint32_t) = { serve_receivers, serve_senders, close_on_receivers,
	close_on_senders, cancel_both, give_up };
enum { BODIES = sizeof(bodies) / sizeof(bodies[0]) };

static int run_bodies(void *arg)
{
	(void)arg;
	for (int i = 0; i < BODIES; i++) {
		for (int j = 0; j < CAPACITIES; j++) {
			hk_chan_init(&chan, sizeof(int), memory, capacities[j]);
			bodies[i](capacities[j]);
		}
	}
	return 0;
}

START_TEST(those_that_wait)
{
	ck_assert_int_eq(hkt_run(_i, run_bodies, NULL), 0);
}
END_TEST

/* Goal: a cancelled task does not begin to wait, nor to send. Method: try-calls still work. */
static int be_cancelled(void *arg)
{
	int item = 5;

	(void)arg;
	ck_assert(hk_task_cancelled());
	for (int i = 0; i < 2; i++) {
		hk_time deadline = i ? 0 : HK_FOREVER;

		ck_assert_int_eq(hk_chan_send(&chan, &item), -ECANCELED);
		ck_assert_int_eq(hk_chan_send_until(&chan, &item, deadline), -ECANCELED);
		ck_assert_int_eq(hk_chan_recv(&chan, &item), -ECANCELED);
		ck_assert_int_eq(hk_chan_recv_until(&chan, &item, deadline), -ECANCELED);
	}
	ck_assert_int_eq(item, 5);
	ck_assert_uint_eq(hk_chan_count(&chan), 1);
	ck_assert_int_eq(hk_chan_tryrecv(&chan, &item), 0);
	ck_assert_int_eq(hk_chan_trysend(&chan, &item), 0);
	return 0;
}

static int spawn_cancelled(void *arg)
{
	HK_SCOPE(s);
	(void)arg;
	hk_chan_init(&chan, sizeof(int), memory, 2);
	fill(1);
	hk_cancel(&s);
	hk_spawn(&s, be_cancelled, NULL);
	ck_assert_int_eq(hk_join(&s), -ECANCELED);
	return 0;
}

START_TEST(cancelled_before)
{
	ck_assert_int_eq(hkt_run(_i, spawn_cancelled, NULL), 0);
}
END_TEST

/*
 * Goal: every byte arrives, whoever waits. Method: a call for each of the sizes waits, unbuffered
 * or for the one place of a channel.
 */
struct bytes {
	unsigned char b[1001];
};
static const size_t sizes[] = { 0, 1, 4, 8, 1000 };
static struct bytes sent, received, slot;

static int receive_bytes(void *arg)
{
	(void)arg;
	return hk_chan_recv(&chan, received.b);
}

static int send_bytes(void *arg)
{
	(void)arg;
	return hk_chan_send(&chan, sent.b);
}

static void pass_bytes(size_t size, uint32_t capacity, bool sender_waits)
{
	struct bytes wanted;

	HK_SCOPE(s);
	hk_chan_init(&chan, size, capacity && size ? slot.b : NULL, capacity);
	for (size_t i = 0; i < sizeof(sent.b); i++)
		sent.b[i] = (unsigned char)(i * 7 + size + capacity);
	memset(received.b, 0xee, sizeof(received.b));
	memset(wanted.b, 0xee, sizeof(wanted.b));
	memcpy(wanted.b, sent.b, size);
	if (sender_waits && capacity)
		ck_assert_int_eq(hk_chan_trysend(&chan, wanted.b), 0);
	hk_spawn(&s, sender_waits ? send_bytes : receive_bytes, NULL);
	hkt_await_queue(sender_waits ? &chan.senders : &chan.receivers, 1);
	if (sender_waits && capacity)
		ck_assert_int_eq(hk_chan_recv(&chan, NULL), 0);
	ck_assert_int_eq((sender_waits ? receive_bytes : send_bytes)(NULL), 0);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(memcmp(received.b, wanted.b, sizeof(wanted.b)), 0);
}

static int pass_sizes(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int how = 0; how < 4; how++)
			pass_bytes(sizes[i], how & 1, how & 2);
	return 0;
}

START_TEST(bytes_of_those_that_wait)
{
	ck_assert_int_eq(hkt_run(_i, pass_sizes, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/chan_wait");
	TCase *tc = hkt_case(suite, "waits", 20);

	hkt_add_overlap(tc, those_that_wait);
	hkt_add_every(tc, cancelled_before);
	hkt_add_overlap(tc, bytes_of_those_that_wait);
	return hkt_main(suite);
}
