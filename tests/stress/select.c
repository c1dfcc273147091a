/* SPDX-License-Identifier: MIT */
/*
 * Goal: a select over everything at once does one thing at a time and forgets none. Method: in each
 * round helpers make every case possible, at random moments; the select is called until each was
 * done, sometimes with a time, sometimes it is cancelled. Then what was given is what was taken and
 * what is left, and nobody is in any queue.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { ITEM, PERMIT, SET, BYTE, KINDS, ENDED = KINDS, TIME, CASES };

/* Check writes to a file at each assertion, met or not: in loops that would take most time. */
#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			ck_abort_msg("'%s' is false", #condition);                                 \
	} while (0)

struct round {
	struct hk_chan chan;
	struct hk_sem sem;
	struct hk_event event;
	struct helper {
		struct round *round;
		int kind;
		uint32_t yields;
		bool sleeps;
	} helpers[KINDS];
	_Atomic int given[KINDS];
	_Atomic int ended;
	int taken[KINDS];
	bool cancelled;
	struct hkt_random random;
};

static int ends[2];

static int give(struct round *round, int kind)
{
	int item = 77;

	switch (kind) {
	case ITEM:
		return hk_chan_send(&round->chan, &item);
	case PERMIT:
		hk_sem_post(&round->sem);
		return 0;
	case SET:
		hk_event_set(&round->event);
		return 0;
	default:
		return write(ends[1], "x", 1) == 1 ? 0 : -EIO;
	}
}

static int help(void *arg)
{
	struct helper *helper = arg;
	struct round *round = helper->round;

	for (uint32_t i = 0; i < helper->yields; i++)
		hk_yield();
	if (helper->sleeps)
		(void)hk_sleep(helper->yields * 10 * HK_US);
	int result = give(round, helper->kind);
	EXPECT(result == 0 || result == -ECANCELED);
	round->given[helper->kind] += result == 0;
	round->ended++;
	return 0;
}

static void take(struct round *round, int kind, int item)
{
	char byte;

	round->taken[kind]++;
	if (kind == ITEM)
		EXPECT(item == 77);
	if (kind == SET)
		hk_event_reset(&round->event);
	if (kind == BYTE)
		EXPECT(read(ends[0], &byte, 1) == 1);
}

static void select_all(struct round *round, struct hk_scope *scope)
{
	int item = 0, left = KINDS + 1;
	struct hk_case cases[CASES] = {
		[ITEM] = HK_CASE_RECV(&round->chan, &item),
		[PERMIT] = HK_CASE_SEM(&round->sem),
		[SET] = HK_CASE_EVENT(&round->event),
		[BYTE] = HK_CASE_FD(ends[0], POLLIN),
		[ENDED] = HK_CASE_JOIN(scope),
		[TIME] = HK_CASE_TIME(HK_FOREVER),
	};

	while (left > 0) {
		bool late = hkt_random_below(&round->random, 8) == 0;
		cases[TIME].time =
			late ? hk_now() + hkt_random_below(&round->random, 20000) : HK_FOREVER;
		int done = hk_select(cases, CASES, HK_FOREVER);
		if (done == -ECANCELED)
			return;
		EXPECT(done >= 0 && cases[done].result == 0);
		if (done == TIME)
			continue;
		if (done == ENDED)
			EXPECT(round->ended == KINDS);
		else
			take(round, done, item);
		cases[done].kind = HK_CASE_NONE;
		left--;
	}
}

static int own(void *arg)
{
	struct round *round = arg;

	HK_SCOPE(s);
	for (int i = 0; i < KINDS; i++)
		hk_spawn(&s, help, &round->helpers[i]);
	select_all(round, &s);
	int result = hk_join(&s);
	EXPECT(result == 0 || (round->cancelled && result == -ECANCELED));
	return 0;
}

/* What was given and not taken is still there. */
static void settle(struct round *round)
{
	struct pollfd pollfd = { .fd = ends[0], .events = POLLIN };

	if (poll(&pollfd, 1, 0) == 1)
		take(round, BYTE, 0);
	if (hk_sem_trywait(&round->sem))
		take(round, PERMIT, 0);
	if (hk_event_is_set(&round->event))
		take(round, SET, 0);
	for (int i = 0; i < KINDS; i++)
		EXPECT(round->given[i] == round->taken[i]);
	EXPECT(poll(&pollfd, 1, 0) == 0);
	EXPECT(!hk_sem_trywait(&round->sem));
	EXPECT(!round->chan.receivers.first && !round->chan.senders.first);
	EXPECT(!round->sem.waiters.first && !round->event.waiters.first);
}

static void play(struct hkt_random *r)
{
	struct round round;

	memset(&round, 0, sizeof(round));
	hk_chan_init(&round.chan, sizeof(int), NULL, 0);
	round.random = hkt_random(hkt_random_below(r, UINT32_MAX));
	round.cancelled = hkt_random_below(r, 3) == 0;
	for (int i = 0; i < KINDS; i++)
		round.helpers[i] = (struct helper){ &round, i, hkt_random_below(r, 4),
			hkt_random_below(r, 8) == 0 };
	HK_SCOPE(s);
	hk_spawn(&s, own, &round);
	for (uint32_t i = hkt_random_below(r, 6); round.cancelled && i > 0; i--)
		hk_yield();
	if (round.cancelled)
		hk_cancel(&s);
	EXPECT(hk_join(&s) == (round.cancelled ? -ECANCELED : 0));
	settle(&round);
}

static int play_rounds(void *arg)
{
	struct hkt_random r = hkt_random(7);

	(void)arg;
	hkt_pipe(ends);
	for (long i = 0; i < hkt_times(10000); i++)
		play(&r);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

START_TEST(one_thing_at_a_time)
{
	ck_assert_int_eq(hkt_run(_i, play_rounds, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/select");

	hkt_add_workers(hkt_case(suite, "select", 120), one_thing_at_a_time);
	return hkt_main(suite);
}
