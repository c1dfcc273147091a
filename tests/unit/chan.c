/* SPDX-License-Identifier: MIT */
/*
 * Channels, what can be done at once: what is sent is received, in order, byte by byte, for items
 * of every size; what each call returns; deadlines. Each body runs as a task in every execution,
 * and on a thread without a runtime. unit/chan_wait.c has those that wait for each other.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <string.h>

enum { SIZE_MAX_TESTED = 1000, CAPACITY_MAX = 7, GUARD = 0xa5 };
static const size_t sizes[] = { 0, 1, 3, 4, 8, 9, SIZE_MAX_TESTED };
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };
static const uint32_t capacities[] = { 1, 2, CAPACITY_MAX };
enum { CAPACITIES = sizeof(capacities) / sizeof(capacities[0]) };

/* An item's bytes tell its number; what follows them must stay as it was. */
struct item {
	unsigned char bytes[SIZE_MAX_TESTED + 1];
};

static void write_item(struct item *item, size_t size, unsigned number)
{
	memset(item->bytes, GUARD, sizeof(item->bytes));
	for (size_t i = 0; i < size; i++)
		item->bytes[i] = (unsigned char)(number * 37 + i);
}

static void assert_item(const struct item *item, size_t size, unsigned number)
{
	struct item wanted;

	write_item(&wanted, size, number);
	ck_assert_int_eq(memcmp(item->bytes, wanted.bytes, sizeof(wanted.bytes)), 0);
}

static void send_number(struct hk_chan *chan, size_t size, unsigned number)
{
	struct item item;

	write_item(&item, size, number);
	ck_assert_int_eq(hk_chan_trysend(chan, item.bytes), 0);
}

static void receive_number(struct hk_chan *chan, size_t size, unsigned number)
{
	struct item item;

	memset(item.bytes, GUARD, sizeof(item.bytes));
	ck_assert_int_eq(hk_chan_tryrecv(chan, item.bytes), 0);
	assert_item(&item, size, number);
}

/* Fills the channel to `capacity` and empties it, beginning at each place of its ring. */
static void fill_and_empty(struct hk_chan *chan, size_t size, uint32_t capacity)
{
	struct item item;
	unsigned sent = 0, received = 0;

	write_item(&item, size, 0);
	for (uint32_t round = 0; round < 2 * capacity + 1; round++) {
		for (uint32_t i = 0; i < capacity; i++) {
			ck_assert_uint_eq(hk_chan_count(chan), i);
			send_number(chan, size, sent++);
		}
		ck_assert_uint_eq(hk_chan_count(chan), capacity);
		ck_assert_int_eq(hk_chan_trysend(chan, item.bytes), -EAGAIN);
		for (uint32_t i = 0; i < capacity; i++)
			receive_number(chan, size, received++);
		ck_assert_uint_eq(hk_chan_count(chan), 0);
		ck_assert_int_eq(hk_chan_tryrecv(chan, item.bytes), -EAGAIN);
		assert_item(&item, size, 0);
		send_number(chan, size, sent++);
		receive_number(chan, size, received++);
	}
}

/* Goal: order and content, whatever the size and the capacity. Method: all of them. */
static int pass_items(void *arg)
{
	static unsigned char memory[SIZE_MAX_TESTED * CAPACITY_MAX + 1];

	(void)arg;
	for (int i = 0; i < SIZES; i++) {
		for (int j = 0; j < CAPACITIES; j++) {
			size_t used = sizes[i] * capacities[j];
			struct hk_chan chan;

			memory[used] = GUARD;
			hk_chan_init(&chan, sizes[i], used > 0 ? memory : NULL, capacities[j]);
			fill_and_empty(&chan, sizes[i], capacities[j]);
			ck_assert_uint_eq(memory[used], GUARD);
		}
	}
	return 0;
}

/* Goal: the macros make the same. Method: an array of 3, an unbuffered one, all zero. */
struct pair {
	int a;
	char b;
};
static struct pair slots[3];
static struct hk_chan three = HK_CHAN_INIT(slots);
static struct hk_chan unbuffered = HK_CHAN_UNBUFFERED(struct pair);
static struct hk_chan zero;

static int use_initialisers(void *arg)
{
	struct pair pair = { 1, 'x' };

	(void)arg;
	ck_assert_uint_eq(three.item_size, sizeof(struct pair));
	for (pair.a = 0; pair.a < 3; pair.a++)
		ck_assert_int_eq(hk_chan_trysend(&three, &pair), 0);
	ck_assert_int_eq(hk_chan_trysend(&three, &pair), -EAGAIN);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(hk_chan_tryrecv(&three, &pair), 0);
		ck_assert_int_eq(pair.a, i);
		ck_assert_int_eq(pair.b, 'x');
	}
	ck_assert_uint_eq(unbuffered.item_size, sizeof(struct pair));
	ck_assert_int_eq(hk_chan_trysend(&unbuffered, &pair), -EAGAIN);
	ck_assert_int_eq(hk_chan_tryrecv(&unbuffered, &pair), -EAGAIN);
	ck_assert_uint_eq(hk_chan_count(&unbuffered), 0);
	ck_assert_int_eq(hk_chan_trysend(&zero, NULL), -EAGAIN);
	ck_assert_int_eq(hk_chan_tryrecv(&zero, NULL), -EAGAIN);
	return 0;
}

/* Goal: received into NULL, an item is gone, and no other. Method: each second one. */
static int drop_items(void *arg)
{
	int memory[4], item;
	struct hk_chan chan = HK_CHAN_INIT(memory);

	(void)arg;
	for (item = 1; item <= 4; item++)
		ck_assert_int_eq(hk_chan_send(&chan, &item), 0);
	ck_assert_int_eq(hk_chan_tryrecv(&chan, NULL), 0);
	ck_assert_int_eq(hk_chan_recv(&chan, &item), 0);
	ck_assert_int_eq(item, 2);
	ck_assert_int_eq(hk_chan_recv(&chan, NULL), 0);
	ck_assert_int_eq(hk_chan_recv_until(&chan, &item, HK_FOREVER), 0);
	ck_assert_int_eq(item, 4);
	ck_assert_int_eq(hk_chan_tryrecv(&chan, NULL), -EAGAIN);
	return 0;
}

/* Goal: what can be done at once is done, however late it is. Method: deadlines in the past. */
static int be_late(void *arg)
{
	int memory[2], item = 5;
	struct hk_chan chan = HK_CHAN_INIT(memory);

	(void)arg;
	ck_assert_int_eq(hk_chan_send_until(&chan, &item, -1), 0);
	item = 6;
	ck_assert_int_eq(hk_chan_send_until(&chan, &item, 0), 0);
	ck_assert_int_eq(hk_chan_recv_until(&chan, &item, 0), 0);
	ck_assert_int_eq(item, 5);
	ck_assert_int_eq(hk_chan_recv_until(&chan, &item, hk_now() - HK_S), 0);
	ck_assert_int_eq(item, 6);
	return 0;
}

/* Goal: a deadline ends a wait, not early, and nothing was done. Method: past and future ones. */
static void time_out_at(struct hk_chan *full, struct hk_chan *empty, hk_time deadline)
{
	int item = 7;

	ck_assert_int_eq(hk_chan_send_until(full, &item, deadline), -ETIMEDOUT);
	ck_assert_int_ge(hk_now(), deadline);
	ck_assert_int_eq(hk_chan_recv_until(empty, &item, deadline), -ETIMEDOUT);
	ck_assert_int_eq(item, 7);
	ck_assert_uint_eq(hkt_waiting(&full->senders) + hkt_waiting(&empty->receivers), 0);
}

static int time_out(void *arg)
{
	int memory[2], item = 1;
	struct hk_chan chan, none = HK_CHAN_UNBUFFERED(int), empty = HK_CHAN_UNBUFFERED(int);

	(void)arg;
	hk_chan_init(&chan, sizeof(int), memory, 1);
	ck_assert_int_eq(hk_chan_send(&chan, &item), 0);
	time_out_at(&chan, &empty, -1);
	time_out_at(&chan, &empty, 0);
	time_out_at(&none, &none, hk_now() - 1);
	time_out_at(&chan, &empty, hk_now() + 10 * HK_MS);
	time_out_at(&none, &none, hk_now() + 10 * HK_MS);
	ck_assert_uint_eq(hk_chan_count(&chan), 1);
	ck_assert_int_eq(hk_chan_recv(&chan, &item), 0);
	ck_assert_int_eq(item, 1);
	ck_assert_int_eq(hk_chan_tryrecv(&chan, &item), -EAGAIN);
	ck_assert_int_eq(hk_chan_recv_until(&chan, &item, hk_now() + 10 * HK_MS), -ETIMEDOUT);
	return 0;
}

/* Goal: closed, a channel takes nothing; what is in it can be received. Method: each call. */
static void assert_drained(struct hk_chan *chan)
{
	int item = 9;

	ck_assert_int_eq(hk_chan_send(chan, &item), -EPIPE);
	ck_assert_int_eq(hk_chan_send_until(chan, &item, 0), -EPIPE);
	ck_assert_int_eq(hk_chan_send_until(chan, &item, HK_FOREVER), -EPIPE);
	ck_assert_int_eq(hk_chan_trysend(chan, &item), -EPIPE);
	ck_assert_int_eq(hk_chan_recv(chan, &item), -EPIPE);
	ck_assert_int_eq(hk_chan_recv_until(chan, &item, 0), -EPIPE);
	ck_assert_int_eq(hk_chan_recv_until(chan, &item, HK_FOREVER), -EPIPE);
	ck_assert_int_eq(hk_chan_tryrecv(chan, &item), -EPIPE);
	ck_assert_int_eq(item, 9);
	ck_assert_uint_eq(hk_chan_count(chan), 0);
}

static int close_and_drain(void *arg)
{
	int memory[4], item;
	struct hk_chan chan = HK_CHAN_INIT(memory), none = HK_CHAN_UNBUFFERED(int);

	(void)arg;
	for (item = 1; item <= 3; item++)
		ck_assert_int_eq(hk_chan_send(&chan, &item), 0);
	hk_chan_close(&chan);
	ck_assert_int_eq(hk_chan_trysend(&chan, &item), -EPIPE);
	ck_assert_uint_eq(hk_chan_count(&chan), 3);
	ck_assert_int_eq(hk_chan_recv(&chan, &item), 0);
	ck_assert_int_eq(item, 1);
	hk_chan_close(&chan);
	ck_assert_int_eq(hk_chan_tryrecv(&chan, &item), 0);
	ck_assert_int_eq(item, 2);
	ck_assert_int_eq(hk_chan_recv_until(&chan, &item, 0), 0);
	ck_assert_int_eq(item, 3);
	assert_drained(&chan);
	hk_chan_close(&chan);
	assert_drained(&chan);
	hk_chan_close(&none);
	assert_drained(&none);
	return 0;
}

static int (*const bodies[])(
	void *) = { pass_items, use_initialisers, drop_items, be_late, time_out, close_and_drain };
enum { BODIES = sizeof(bodies) / sizeof(bodies[0]) };

static int run_bodies(void *arg)
{
	(void)arg;
	for (int i = 0; i < BODIES; i++)
		ck_assert_int_eq(bodies[i](NULL), 0);
	return 0;
}

START_TEST(from_a_task)
{
	ck_assert_int_eq(hkt_run(_i, run_bodies, NULL), 0);
}
END_TEST

START_TEST(from_a_thread)
{
	ck_assert_int_eq(bodies[_i](NULL), 0);
}
END_TEST

/* Goal: items outlive a run. Method: send in one run, receive in the next and outside. */
static int send_two(void *arg)
{
	struct pair pair = { 1, 'a' };

	(void)arg;
	ck_assert_int_eq(hk_chan_send(&three, &pair), 0);
	pair.b = 'b';
	return hk_chan_send(&three, &pair);
}

static int receive_one(void *arg)
{
	return hk_chan_recv(&three, arg);
}

START_TEST(items_outlive_a_run)
{
	struct pair pair;

	ck_assert_int_eq(hkt_run(_i, send_two, NULL), 0);
	ck_assert_int_eq(hkt_run(_i, receive_one, &pair), 0);
	ck_assert_int_eq(pair.b, 'a');
	ck_assert_int_eq(receive_one(&pair), 0);
	ck_assert_int_eq(pair.b, 'b');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/chan");
	TCase *tc = hkt_case(suite, "chan", 20);

	hkt_add_every(tc, from_a_task);
	tcase_add_loop_test(tc, from_a_thread, 0, BODIES);
	hkt_add_every(tc, items_outlive_a_run);
	return hkt_main(suite);
}
