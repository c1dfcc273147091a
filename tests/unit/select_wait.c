/* SPDX-License-Identifier: MIT */
/*
 * hk_select() when it has to wait: each kind of case is done by whoever makes it possible; one
 * only, and the others are left alone; close, cancellation and time end it; no waiter stays behind
 * in any queue. The select waits in a task in every execution, and on a thread.
 */
#include "../check_hocket.h"

#include <errno.h>

/* What a select waits for here, all at once. */
static int slots[1];
static struct hk_chan full, empty, none;
static struct hk_sem sem;
static struct hk_event event;
static int received, sent = 7;

enum { RECV, SEND, SEM, EVENT, RECV_NONE, SEND_NONE, TIME, OFF, CASES };
static struct hk_case cases[CASES];
static hk_time deadline;
static int selected;

static void prepare(void)
{
	int item = 1;

	hk_chan_init(&full, sizeof(int), slots, 1);
	ck_assert_int_eq(hk_chan_trysend(&full, &item), 0);
	hk_chan_init(&empty, sizeof(int), NULL, 0);
	hk_chan_init(&none, sizeof(int), NULL, 0);
	hk_event_reset(&event);
	cases[RECV] = (struct hk_case)HK_CASE_RECV(&empty, &received);
	cases[SEND] = (struct hk_case)HK_CASE_SEND(&full, &sent);
	cases[SEM] = (struct hk_case)HK_CASE_SEM(&sem);
	cases[EVENT] = (struct hk_case)HK_CASE_EVENT(&event);
	cases[RECV_NONE] = (struct hk_case)HK_CASE_RECV(&none, &received);
	cases[SEND_NONE] = (struct hk_case)HK_CASE_SEND(&none, &sent);
	cases[TIME] = (struct hk_case)HK_CASE_TIME(hk_now() + 3600 * HK_S);
	cases[OFF] = (struct hk_case){ .kind = HK_CASE_NONE };
	deadline = HK_FOREVER;
	received = -1;
	selected = -1;
}

static void assert_left(void)
{
	const struct hk_waitq *queues[] = { &empty.receivers, &empty.senders, &full.senders,
		&full.receivers, &none.senders, &none.receivers, &sem.waiters, &event.waiters };

	for (int i = 0; i < 8; i++) {
		ck_assert_uint_eq(hkt_waiting(queues[i]), 0);
		ck_assert_ptr_null(queues[i]->first);
		ck_assert_ptr_null(queues[i]->last);
	}
}

static int run_select(void *arg)
{
	selected = hk_select(cases, CASES, deadline);
	return arg != NULL;
}

/* The select waits; what this does ends it; then it was that case, with this result. */
struct end {
	void (*make)(void);
	int selected;
	int result;
	int received;
	bool full; /* still */
};

static void send_item(void)
{
	int item = 42;

	ck_assert_int_eq(hk_chan_trysend(&empty, &item), 0);
	ck_assert_int_eq(hk_chan_trysend(&empty, &item), -EAGAIN);
}

static void send_to_none(void)
{
	int item = 43;

	ck_assert_int_eq(hk_chan_trysend(&none, &item), 0);
	ck_assert_int_eq(hk_chan_trysend(&none, &item), -EAGAIN);
}

static void receive_item(void)
{
	int item;

	ck_assert_int_eq(hk_chan_tryrecv(&full, &item), 0);
	ck_assert_int_eq(item, 1);
	ck_assert_int_eq(hk_chan_tryrecv(&full, &item), 0);
	ck_assert_int_eq(item, sent);
	ck_assert_int_eq(hk_chan_tryrecv(&full, &item), -EAGAIN);
}

static void receive_from_none(void)
{
	int item;

	ck_assert_int_eq(hk_chan_tryrecv(&none, &item), 0);
	ck_assert_int_eq(item, sent);
	ck_assert_int_eq(hk_chan_tryrecv(&none, &item), -EAGAIN);
}

static void post(void)
{
	hk_sem_post(&sem);
	ck_assert(!hk_sem_trywait(&sem));
}

static void set_and_reset(void)
{
	hk_event_set(&event);
	hk_event_reset(&event);
}

static void close_empty(void)
{
	hk_chan_close(&empty);
}

static void close_full(void)
{
	hk_chan_close(&full);
}

static void post_set_and_send(void)
{
	post();
	hk_event_set(&event);
	ck_assert_int_eq(hk_chan_trysend(&empty, &sent), -EAGAIN);
	ck_assert_int_eq(hk_chan_tryrecv(&none, &sent), -EAGAIN);
	hk_sem_post(&sem);
	ck_assert(hk_sem_trywait(&sem));
}

static const struct end ends[] = {
	{ send_item, RECV, 0, 42, true },
	{ receive_item, SEND, 0, -1, false },
	{ post, SEM, 0, -1, true },
	{ set_and_reset, EVENT, 0, -1, true },
	{ send_to_none, RECV_NONE, 0, 43, true },
	{ receive_from_none, SEND_NONE, 0, -1, true },
	{ close_empty, RECV, -EPIPE, -1, true },
	{ close_full, SEND, -EPIPE, -1, true },
	{ post_set_and_send, SEM, 0, -1, true },
};
enum { ENDS = sizeof(ends) / sizeof(ends[0]) };

static void assert_end(const struct end *end)
{
	ck_assert_int_eq(selected, end->selected);
	ck_assert_int_eq(cases[selected].result, end->result);
	ck_assert_int_eq(received, end->received);
	ck_assert_uint_eq(hk_chan_count(&full), end->full);
	ck_assert(!hk_sem_trywait(&sem));
	assert_left();
}

/* It enters the queues in an order of its own. */
static void await_select(void)
{
	const struct hk_waitq *queues[] = { &empty.receivers, &full.senders, &sem.waiters,
		&event.waiters, &none.receivers, &none.senders };

	for (int i = 0; i < 6; i++)
		hkt_await_queue(queues[i], 1);
}

static int end_selects(void *arg)
{
	(void)arg;
	for (int i = 0; i < ENDS; i++) {
		HK_SCOPE(s);
		prepare();
		hk_spawn(&s, run_select, NULL);
		await_select();
		ends[i].make();
		ck_assert_int_eq(hk_join(&s), 0);
		assert_end(&ends[i]);
	}
	return 0;
}

START_TEST(a_task_waits)
{
	ck_assert_int_eq(hkt_run(_i, end_selects, NULL), 0);
}
END_TEST

static void *select_on_thread(void *arg)
{
	run_select(arg);
	return NULL;
}

static int end_thread(void *arg)
{
	const struct end *end = arg;

	await_select();
	end->make();
	return 0;
}

START_TEST(a_thread_waits)
{
	for (int i = 0; i < ENDS; i++) {
		prepare();
		pthread_t thread = hkt_thread(select_on_thread, NULL);
		ck_assert_int_eq(hkt_run(_i, end_thread, (void *)(uintptr_t)&ends[i]), 0);
		pthread_join(thread, NULL);
		assert_end(&ends[i]);
	}
}
END_TEST

/* Goal: a thread ends the wait of the first task. Method: in every execution. */
static void *end_from_thread(void *arg)
{
	return end_thread(arg) ? arg : NULL;
}

START_TEST(a_thread_ends_it)
{
	for (int i = 0; i < ENDS; i++) {
		prepare();
		pthread_t thread = hkt_thread(end_from_thread, (void *)(uintptr_t)&ends[i]);
		ck_assert_int_eq(hkt_run(_i, run_select, NULL), 0);
		pthread_join(thread, NULL);
		assert_end(&ends[i]);
	}
}
END_TEST

/* Goal: time ends it, as a deadline or a case, and nothing was done. Method: the nearer counts. */
static int time_out(void *arg)
{
	(void)arg;
	prepare();
	deadline = hk_now() + 10 * HK_MS;
	ck_assert_int_eq(run_select(NULL), 0);
	ck_assert_int_eq(selected, -ETIMEDOUT);
	ck_assert_int_ge(hk_now(), deadline);
	assert_left();
	prepare();
	cases[TIME].time = hk_now() + 10 * HK_MS;
	ck_assert_int_eq(run_select(NULL), 0);
	ck_assert_int_eq(selected, TIME);
	ck_assert_int_eq(cases[TIME].result, 0);
	ck_assert_int_ge(hk_now(), cases[TIME].time);
	assert_left();
	hk_sem_post(&sem);
	ck_assert(hk_sem_trywait(&sem));
	ck_assert_int_eq(hk_chan_trysend(&empty, &sent), -EAGAIN);
	ck_assert_int_eq(hk_chan_tryrecv(&none, &received), -EAGAIN);
	ck_assert_uint_eq(hk_chan_count(&full), 1);
	return 0;
}

START_TEST(time_ends_it)
{
	ck_assert_int_eq(hkt_run(_i, time_out, NULL), 0);
}
END_TEST

START_TEST(time_ends_it_on_a_thread)
{
	ck_assert_int_eq(time_out(NULL), 0);
}
END_TEST

/* Goal: cancelled, it does nothing, before and during. Method: even if something is ready. */
static int select_cancelled(void *arg)
{
	ck_assert(hk_task_cancelled());
	hk_event_set(&event);
	deadline = 0;
	run_select(arg);
	ck_assert_int_eq(selected, -ECANCELED);
	return 0;
}

static int cancel_selects(void *arg)
{
	HK_SCOPE(during);
	HK_SCOPE(before);
	(void)arg;
	prepare();
	hk_spawn(&during, run_select, NULL);
	await_select();
	hk_cancel(&during);
	ck_assert_int_eq(hk_join(&during), -ECANCELED);
	ck_assert_int_eq(selected, -ECANCELED);
	assert_left();
	prepare();
	hk_cancel(&before);
	hk_spawn(&before, select_cancelled, NULL);
	ck_assert_int_eq(hk_join(&before), -ECANCELED);
	assert_left();
	ck_assert_uint_eq(hk_chan_count(&full), 1);
	return 0;
}

START_TEST(cancellation_ends_it)
{
	ck_assert_int_eq(hkt_run(_i, cancel_selects, NULL), 0);
}
END_TEST

/*
 * Goal: selects serve each other, but none itself. Method: two or four, each offering to send its
 * name and to receive one on the same unbuffered channel: they pair up.
 */
struct peer {
	int name;
	int got;
	int done;
};

static int meet(void *arg)
{
	struct peer *peer = arg;
	struct hk_case both[] = { HK_CASE_SEND(&none, &peer->name),
		HK_CASE_RECV(&none, &peer->got) };

	peer->done = hk_select(both, 2, HK_FOREVER);
	return peer->done < 0 ? peer->done : both[peer->done].result;
}

static int pair_up(void *arg)
{
	enum { PEERS = 4 };
	struct peer peers[PEERS];

	(void)arg;
	for (int round = 0; round < 100; round++) {
		int sum = 0, receivers = 0;
		HK_SCOPE(s);
		for (int i = 0; i < PEERS; i++) {
			peers[i] = (struct peer){ 1 << i, 0, -1 };
			hk_spawn(&s, meet, &peers[i]);
		}
		ck_assert_int_eq(hk_join(&s), 0);
		for (int i = 0; i < PEERS; i++) {
			ck_assert_int_ne(peers[i].got, peers[i].name);
			receivers += peers[i].done;
			sum |= peers[i].done ? peers[i].got : peers[i].name << PEERS;
		}
		ck_assert_int_eq(receivers, PEERS / 2);
		ck_assert_int_eq(sum & ((1 << PEERS) - 1), sum >> PEERS);
	}
	return 0;
}

START_TEST(selects_serve_each_other)
{
	hk_chan_init(&none, sizeof(int), NULL, 0);
	ck_assert_int_eq(hkt_run(_i, pair_up, NULL), 0);
	ck_assert_ptr_null(none.senders.first);
	ck_assert_ptr_null(none.receivers.first);
}
END_TEST

/* Goal: first come, first served, select or not. Method: they queue in turn for one channel. */
struct waiter {
	int got;
	int which;
};

static int wait_for_item(void *arg)
{
	struct waiter *waiter = arg;
	struct hk_case either[] = { HK_CASE_RECV(&empty, &waiter->got), HK_CASE_SEM(&sem) };

	if (waiter->which % 2)
		return hk_select(either, 2, HK_FOREVER);
	return hk_chan_recv(&empty, &waiter->got);
}

static int queue_in_turn(void *arg)
{
	struct waiter waiters[5];
	HK_SCOPE(s);

	(void)arg;
	for (int i = 0; i < 5; i++) {
		waiters[i] = (struct waiter){ -1, i };
		hk_spawn(&s, wait_for_item, &waiters[i]);
		hkt_await_queue(&empty.receivers, (unsigned)i + 1);
	}
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(hk_chan_trysend(&empty, &i), 0);
	ck_assert_int_eq(hk_join(&s), 0);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(waiters[i].got, i);
	return 0;
}

START_TEST(in_one_queue)
{
	hk_chan_init(&empty, sizeof(int), NULL, 0);
	ck_assert_int_eq(hkt_run(_i, queue_in_turn, NULL), 0);
}
END_TEST

/* Goal: who selects for ever is told of. Method: no case can ever be done. */
static int wait_for_ever(void *arg)
{
	(void)arg;
	prepare();
	cases[TIME].time = HK_FOREVER;
	return hk_select(cases, CASES, HK_FOREVER);
}

START_TEST(for_ever)
{
	struct hk_options options = hkt_options(_i);
	struct hkt_child child;

	hkt_child_run(&child, &options, wait_for_ever);
	hkt_assert_exit(&child, HK_EXIT_DEADLOCK, "waits for one of 8 cases, called at ");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/select_wait");
	TCase *tc = hkt_case(suite, "waits", 20);

	hkt_add_overlap(tc, a_task_waits);
	hkt_add_every(tc, a_thread_waits);
	hkt_add_every(tc, a_thread_ends_it);
	hkt_add_every(tc, time_ends_it);
	tcase_add_test(tc, time_ends_it_on_a_thread);
	hkt_add_overlap(tc, cancellation_ends_it);
	hkt_add_overlap(tc, selects_serve_each_other);
	hkt_add_overlap(tc, in_one_queue);
	hkt_add_every(tc, for_ever);
	return hkt_main(suite);
}
