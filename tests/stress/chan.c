/* SPDX-License-Identifier: MIT */
/*
 * Channels and selects under contention: exact counts. In all more than 1e7 operations, on 1, 2 and
 * 8 workers.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <string.h>

/* Check writes to a file at each assertion, met or not: in loops that would take most time. */
#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			ck_abort_msg("'%s' is false", #condition);                                 \
	} while (0)

/*
 * Goal: each item arrives once, and what one sender sends through one channel arrives in its order.
 * Method: 4 senders, 4 receivers, two channels, every kind of call; some of both are threads
 * outside. Receivers 0 and 1 serve one channel each, so that no send can wait for ever.
 */
enum { LANES = 2, SENDERS = 4, RECEIVERS = 4, ITEMS_MAX = 200000, CAPACITY_MAX = 8 };

struct item {
	uint32_t sender;
	uint32_t number;
};
static struct item slots[LANES][CAPACITY_MAX];
static struct hk_chan lanes[LANES];
static struct hk_sem never;
static struct hk_event unset;
static uint32_t items; /* of each sender */
static _Atomic unsigned char seen[SENDERS][ITEMS_MAX];
static _Atomic int sending;

static hk_time deadline_soon(struct hkt_random *r)
{
	return hk_now() + hkt_random_below(r, 20000);
}

/* Few: each takes the timer's lock, and perhaps a thread that watches it. */
static hk_time deadline_maybe(struct hkt_random *r)
{
	return hkt_random_below(r, 32) ? HK_FOREVER : deadline_soon(r);
}

static int select_lanes(struct hkt_random *r, struct hk_case first, struct hk_case second,
	int *lane)
{
	struct hk_case cases[] = { first, HK_CASE_SEM(&never), second, HK_CASE_EVENT(&unset),
		HK_CASE_TIME(deadline_maybe(r)) };
	int done = hk_select(cases, 5, deadline_maybe(r));

	if (done == 4)
		return -ETIMEDOUT;
	if (done < 0)
		return done;
	EXPECT(done == 0 || done == 2);
	*lane = done / 2;
	return cases[done].result;
}

static int send_somehow(struct hkt_random *r, struct item *item)
{
	int lane = (int)hkt_random_below(r, LANES);

	switch (hkt_random_below(r, 8)) {
	case 0:
		return hk_chan_trysend(&lanes[lane], item);
	case 1:
		return hk_chan_send_until(&lanes[lane], item, deadline_maybe(r));
	case 2:
	case 3:
		return select_lanes(r, (struct hk_case)HK_CASE_SEND(&lanes[0], item),
			(struct hk_case)HK_CASE_SEND(&lanes[1], item), &lane);
	default:
		return hk_chan_send(&lanes[lane], item);
	}
}

static int send_items(void *arg)
{
	struct item item = { *(uint32_t *)arg, 0 };
	struct hkt_random r = hkt_random(item.sender);

	while (item.number < items) {
		int result = send_somehow(&r, &item);
		EXPECT(result == 0 || result == -EAGAIN || result == -ETIMEDOUT);
		item.number += result == 0;
	}
	if (--sending == 0) {
		for (int i = 0; i < LANES; i++)
			hk_chan_close(&lanes[i]);
	}
	return 0;
}

/* Receiver 0 and 1: of its lane. The others: of either that is still open, *lane is which. */
static int receive_somehow(struct hkt_random *r, struct item *item, uint32_t self, int *lane)
{
	if (self < LANES) {
		*lane = (int)self;
		return hk_chan_recv(&lanes[self], item);
	}
	switch (hkt_random_below(r, 32)) {
	case 0:
		return hk_chan_tryrecv(&lanes[*lane], item);
	case 1:
		return hk_chan_recv_until(&lanes[*lane], item, deadline_soon(r));
	default:
		return select_lanes(r, (struct hk_case)HK_CASE_RECV(&lanes[0], item),
			(struct hk_case)HK_CASE_RECV(&lanes[1], item), lane);
	}
}

static int receive_items(void *arg)
{
	uint32_t self = *(uint32_t *)arg;
	struct hkt_random r = hkt_random(SENDERS + self);
	uint32_t next[LANES][SENDERS] = { { 0 } };
	bool closed[LANES] = { false, false };

	while (!closed[0] || !closed[1]) {
		struct item item;
		int lane = (int)hkt_random_below(&r, LANES);
		int result = receive_somehow(&r, &item, self, &lane);
		if (result == -EPIPE) {
			closed[lane] = true;
			if (self < LANES)
				return 0;
		} else if (result == 0) {
			EXPECT(item.sender < SENDERS);
			EXPECT(item.number >= next[lane][item.sender]);
			next[lane][item.sender] = item.number + 1;
			seen[item.sender][item.number]++;
		} else {
			EXPECT(result == -EAGAIN || result == -ETIMEDOUT);
		}
	}
	return 0;
}

static void *send_on_thread(void *arg)
{
	return send_items(arg) ? arg : NULL;
}

static void *receive_on_thread(void *arg)
{
	return receive_items(arg) ? arg : NULL;
}

static void assert_unused(const struct hk_chan *chan)
{
	ck_assert_uint_eq(hk_chan_count(chan), 0);
	ck_assert_ptr_null(chan->senders.first);
	ck_assert_ptr_null(chan->receivers.first);
	ck_assert_uint_eq(chan->senders.exclusive + chan->receivers.exclusive, 0);
}

/* The first `threads` receivers and senders are threads, the others tasks. */
static int pass_items(void *arg)
{
	uint32_t threads = *(uint32_t *)arg;
	uint32_t numbers[] = { 0, 1, 2, 3 };
	pthread_t ids[SENDERS + RECEIVERS];

	HK_SCOPE(s);
	for (uint32_t i = 0; i < SENDERS; i++) {
		if (i < threads) {
			ids[i] = hkt_thread(send_on_thread, &numbers[i]);
			ids[SENDERS + i] = hkt_thread(receive_on_thread, &numbers[3 - i]);
		} else {
			hk_spawn(&s, send_items, &numbers[i]);
			hk_spawn(&s, receive_items, &numbers[3 - i]);
		}
	}
	ck_assert_int_eq(hk_join(&s), 0);
	for (uint32_t i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		pthread_join(ids[SENDERS + i], NULL);
	}
	return 0;
}

static void deliver(int setup, uint32_t capacity, uint32_t threads, long n)
{
	items = (uint32_t)hkt_times(n);
	ck_assert_uint_le(items, ITEMS_MAX);
	sending = SENDERS;
	memset((void *)(uintptr_t)seen, 0, sizeof(seen));
	for (int i = 0; i < LANES; i++)
		hk_chan_init(&lanes[i], sizeof(struct item), slots[i], capacity);
	ck_assert_int_eq(hkt_run(setup, pass_items, &threads), 0);
	for (uint32_t i = 0; i < SENDERS; i++) {
		for (uint32_t j = 0; j < items; j++)
			EXPECT(seen[i][j] == 1);
	}
	for (int i = 0; i < LANES; i++)
		assert_unused(&lanes[i]);
	ck_assert_ptr_null(never.waiters.first);
	ck_assert_ptr_null(unset.waiters.first);
}

START_TEST(each_item_once)
{
	deliver(_i, 0, 0, 150000);
	deliver(_i, 1, 0, 150000);
	deliver(_i, CAPACITY_MAX, 0, 150000);
}
END_TEST

START_TEST(each_item_once_with_threads)
{
	deliver(_i, 0, 1, 10000);
	deliver(_i, 1, 3, 5000);
	deliver(_i, CAPACITY_MAX, 2, 10000);
}
END_TEST

/*
 * Goal: whoever wins of delivery, time, cancellation and close, both sides know the same. Method:
 * in each round tasks send random numbers, and receive, until they are cancelled or the channels
 * closed; what was sent is what was received and what is left, in number and in sum. The channels
 * are gone after the round.
 */
enum { SIDES = 3 };
struct sum {
	uint64_t count;
	uint64_t total;
};
struct round {
	struct hk_chan chans[2];
	uint64_t memory[2][2];
	struct side {
		struct round *round;
		struct hkt_random random;
		struct sum sent, received;
	} sides[2 * SIDES];
};

static uint64_t draw(struct hkt_random *r)
{
	uint64_t high = hkt_random_below(r, UINT32_MAX);

	return high << 32 | hkt_random_below(r, UINT32_MAX);
}

static void add(struct sum *sum, uint64_t number)
{
	sum->count++;
	sum->total += number;
}

static int exchange(struct side *side)
{
	struct hkt_random *r = &side->random;
	uint64_t out = draw(r), in = 0;
	struct hk_case cases[] = { HK_CASE_SEND(&side->round->chans[0], &out),
		HK_CASE_RECV(&side->round->chans[0], &in),
		HK_CASE_SEND(&side->round->chans[1], &out),
		HK_CASE_RECV(&side->round->chans[1], &in), HK_CASE_TIME(HK_FOREVER) };
	if (hkt_random_below(r, 2))
		cases[hkt_random_below(r, 4)].kind = HK_CASE_NONE;
	if (hkt_random_below(r, 8) == 0)
		cases[4].time = deadline_soon(r);

	int done = hk_select(cases, 5, hkt_random_below(r, 8) ? HK_FOREVER : deadline_soon(r));
	if (done < 0)
		return done;
	if (cases[done].result == 0 && done < 4)
		add(done % 2 ? &side->received : &side->sent, done % 2 ? in : out);
	return cases[done].result;
}

static int send_number(struct side *side)
{
	struct hk_chan *chan = &side->round->chans[hkt_random_below(&side->random, 2)];
	uint64_t number = draw(&side->random);
	int result = hkt_random_below(&side->random, 2) ?
		hk_chan_send(chan, &number) :
		hk_chan_send_until(chan, &number, deadline_soon(&side->random));

	if (result == 0)
		add(&side->sent, number);
	return result;
}

static int receive_number(struct side *side)
{
	struct hk_chan *chan = &side->round->chans[hkt_random_below(&side->random, 2)];
	uint64_t number = 0;
	int result = hkt_random_below(&side->random, 2) ?
		hk_chan_recv(chan, &number) :
		hk_chan_recv_until(chan, &number, deadline_soon(&side->random));

	if (result == 0)
		add(&side->received, number);
	return result;
}

static int work(void *arg)
{
	struct side *side = arg;
	int result;

	do {
		uint32_t how = hkt_random_below(&side->random, 3);
		result = how == 0 ? exchange(side) :
			how == 1  ? send_number(side) :
				    receive_number(side);
		EXPECT(result == 0 || result == -ETIMEDOUT || result == -ECANCELED ||
			result == -EPIPE);
	} while (result != -ECANCELED && result != -EPIPE);
	return 0;
}

static void settle(struct round *round)
{
	struct sum sent = { 0, 0 }, received = { 0, 0 };
	uint64_t number;

	for (int i = 0; i < 2; i++) {
		while (hk_chan_tryrecv(&round->chans[i], &number) == 0)
			add(&received, number);
		assert_unused(&round->chans[i]);
	}
	for (int i = 0; i < 2 * SIDES; i++) {
		sent.count += round->sides[i].sent.count;
		sent.total += round->sides[i].sent.total;
		received.count += round->sides[i].received.count;
		received.total += round->sides[i].received.total;
	}
	ck_assert_uint_eq(sent.count, received.count);
	ck_assert_uint_eq(sent.total, received.total);
}

static void play(struct hkt_random *r)
{
	struct round round;
	bool close = hkt_random_below(r, 2);

	memset(&round, 0, sizeof(round));
	for (int i = 0; i < 2; i++)
		hk_chan_init(&round.chans[i], sizeof(uint64_t), round.memory[i],
			hkt_random_below(r, 3));
	HK_SCOPE(s);
	for (uint64_t i = 0; i < 2 * SIDES; i++) {
		round.sides[i].round = &round;
		round.sides[i].random = hkt_random(draw(r));
		hk_spawn(&s, work, &round.sides[i]);
	}
	for (uint32_t i = hkt_random_below(r, 4); i > 0; i--)
		hk_yield();
	if (hkt_random_below(r, 4) == 0)
		ck_assert_int_eq(hk_sleep(hkt_random_below(r, 100000)), 0);
	for (int i = 0; close && i < 2; i++)
		hk_chan_close(&round.chans[i]);
	if (!close || hkt_random_below(r, 2))
		hk_cancel(&s);
	int result = hk_join(&s);
	ck_assert(result == -ECANCELED || (close && result == 0));
	settle(&round);
}

static int play_rounds(void *arg)
{
	struct hkt_random r = hkt_random(99);

	(void)arg;
	for (long i = 0; i < hkt_times(10000); i++)
		play(&r);
	return 0;
}

START_TEST(won_or_lost_on_both_sides)
{
	ck_assert_int_eq(hkt_run(_i, play_rounds, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/chan");

	hkt_add_workers(hkt_case(suite, "once", 120), each_item_once);
	hkt_add_workers(hkt_case(suite, "threads", 120), each_item_once_with_threads);
	hkt_add_workers(hkt_case(suite, "won", 120), won_or_lost_on_both_sides);
	return hkt_main(suite);
}
