/* SPDX-License-Identifier: MIT */
/*
 * sync/chan.c, select.c, case.c, waitq.c and sleeper.c: each item that was sent is received once,
 * of a select one case is done, nobody sleeps though there is a partner, and nobody who has gone is
 * left in a queue. The threads are such outside of the runtime.
 *
 * Time goes on by being looked at, for each thread by itself: who waits until a deadline finds that
 * it has come when it is about to sleep.
 */
#include <hocket/select.h>

#include <errno.h>
#include <string.h>

#include "sync/case.h"
#include "sync/chan.h"

static struct hk_chan a, b;
static int room[1];	   /* of channel a */
static int sent, received; /* the sums of all items */
static hk_time now[EXPLORE_THREADS];

__attribute__((used)) __thread struct carrier *hki_carrier_tls;

static void setup(void)
{
	hk_chan_init(&a, sizeof(int), NULL, 0);
	hk_chan_init(&b, sizeof(int), NULL, 0);
	for (unsigned i = 0; i < EXPLORE_THREADS; i++)
		now[i] = 5 * i; /* seeds: the two selects are out of step, at most once */
	memset(room, 0, sizeof room);
	sent = received = 0;
}

static void setup_room(void)
{
	setup();
	hk_chan_init(&a, sizeof(int), room, 1);
}

/* --- what the rest of the runtime does --- */

int64_t hki_os_now(void)
{
	return ++now[explore_self()];
}

void hki_os_futex_wait(uint32_t *at, uint32_t value, int64_t timeout_ns)
{
	(void)timeout_ns;
	explore_sleep(at, value, EXPLORE_HERE);
}

void hki_os_futex_wake(uint32_t *at, int count)
{
	(void)count;
	explore_wake(at, EXPLORE_HERE);
}

uint64_t hk_task_id(void)
{
	return 0;
}

bool hk_task_cancelled(void)
{
	return false;
}

void hki_wake_flush(struct woken *list, struct worker *self)
{
	(void)self;
	explore_assert(!list->rt);
}

void hki_assert_failed(const char *condition, const char *where)
{
	explore_fail("%s: not so: %s", where, condition);
}

/* --- the threads --- */

static void send(struct hk_chan *chan, int item)
{
	explore_assert(hk_chan_send(chan, &item) == 0);
	sent += item;
}

static void receive(struct hk_chan *chan)
{
	int item = 0;
	explore_assert(hk_chan_recv(chan, &item) == 0 && item != 0);
	received += item;
}

static void send_a(void)
{
	send(&a, 1);
}

static void send_b(void)
{
	send(&b, 10);
}

static void send_a_then_b(void)
{
	send_a();
	send_b();
}

static void receive_a(void)
{
	receive(&a);
}

static void receive_a_twice(void)
{
	receive(&a);
	receive(&a);
}

/* Once more, without a deadline, if that comes. Looks at the time: begins, is about to sleep. */
static void send_a_until(void)
{
	int item = 100;
	int result = hk_chan_send_until(&a, &item, now[explore_self()] + 2);
	if (result == -ETIMEDOUT)
		result = hk_chan_send(&a, &item);
	explore_assert(result == 0);
	sent += item;
}

static void receive_any_until(hk_time deadline)
{
	int items[2] = { 0, 0 };
	struct hk_case cases[] = { HK_CASE_RECV(&a, &items[0]), HK_CASE_RECV(&b, &items[1]) };
	int done = hk_select(cases, 2, deadline);
	if (done == -ETIMEDOUT)
		done = hk_select(cases, 2, HK_FOREVER);
	explore_assert(done >= 0 && done < 2 && cases[done].result == 0);
	explore_assert(items[done] != 0 && items[1 - done] == 0);
	received += items[done];
}

static void receive_any(void)
{
	receive_any_until(HK_FOREVER);
}

static void receive_any_twice(void)
{
	receive_any();
	receive_any();
}

/* The seed of its order is a look at the time, too. */
static void receive_any_in_time(void)
{
	receive_any_until(now[explore_self()] + 3);
}

static void send_any(void)
{
	int items[2] = { 2, 20 };
	struct hk_case cases[] = { HK_CASE_SEND(&a, &items[0]), HK_CASE_SEND(&b, &items[1]) };
	int done = hk_select(cases, 2, HK_FOREVER);
	explore_assert(done >= 0 && done < 2 && cases[done].result == 0);
	sent += items[done];
}

/* Its case is the other's partner, whichever it is. */
static void exchange(struct hk_chan *to, struct hk_chan *from)
{
	int out = 3, in = 0;
	struct hk_case cases[] = { HK_CASE_SEND(to, &out), HK_CASE_RECV(from, &in) };
	int done = hk_select(cases, 2, HK_FOREVER);
	explore_assert(done >= 0 && done < 2 && cases[done].result == 0);
	explore_assert((in != 0) == (done == 1));
	sent += done == 0 ? out : 0;
	received += in;
}

static void exchange_a_b(void)
{
	exchange(&a, &b);
}

static void exchange_b_a(void)
{
	exchange(&b, &a);
}

static void exchange_a_a(void)
{
	exchange(&a, &a);
}

static void close_a(void)
{
	hk_chan_close(&a);
}

static void send_or_find_closed(void)
{
	int item = 1;
	int result = hk_chan_send(&a, &item);
	explore_assert(result == 0 || result == -EPIPE);
	sent += result == 0 ? item : 0;
}

static void receive_or_find_closed(void)
{
	int item = 0;
	int result = hk_chan_recv(&a, &item);
	explore_assert(result == (item ? 0 : -EPIPE));
	received += item;
}

static void check_chan(const struct hk_chan *chan)
{
	explore_assert(!chan->senders.first && !chan->senders.last && chan->lock == 0);
	explore_assert(!chan->receivers.first && !chan->receivers.last);
}

static void check(void)
{
	check_chan(&a);
	check_chan(&b);
	explore_assert(sent == received + (a.count ? room[0] : 0));
}

const struct explore_scenario explore_scenarios[] = {
	{ "one sends, one receives", setup, { send_a, receive_a }, NULL, check },
	{ "a send gives up", setup, { send_a_until, receive_a }, NULL, check },
	{ "two send, one receives", setup, { send_a, send_a_until, receive_a_twice }, NULL, check },
	{ "one sends into room, one receives", setup_room, { send_a, receive_a }, NULL, check },
	{ "two send into room, one receives", setup_room, { send_a, send_a, receive_a }, NULL,
		check },
	{ "two are closed out", setup, { send_or_find_closed, receive_or_find_closed, close_a },
		NULL, check },
	{ "two wait to send, closed", setup, { send_or_find_closed, send_or_find_closed, close_a },
		NULL, check },
	{ "a select receives", setup, { receive_any_twice, send_a_then_b }, NULL, check },
	{ "a select gives up", setup, { receive_any_in_time, send_b }, NULL, check },
	{ "two selects", setup, { receive_any, send_any }, NULL, check },
	{ "a select receives from two", setup, { receive_any_twice, send_a, send_b }, NULL, check },
	{ "two selects, each sends or receives", setup, { exchange_a_b, exchange_b_a }, NULL,
		check },
	{ "two selects in one channel", setup, { exchange_a_a, exchange_a_a }, NULL, check },
	{ "two selects receive, one sends", setup, { receive_any, receive_any, send_a_then_b },
		NULL, check },
	{ .name = NULL },
};
