/* SPDX-License-Identifier: MIT */
/*
 * Random programs of a few tasks and threads on two small channels: what their calls returned must
 * be linearizable. The seed, which is printed, gives the same programs again; who was faster is
 * another matter.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "history.h"

enum { CHANNELS = 2, ACTORS_MAX = 4, CALLS_MAX = 24, RECORDS_MAX = 64 };

/* What one actor did: it writes its own records, so that nobody is held up. */
struct record {
	int chan;
	struct call call;
};

struct actor {
	struct program *program;
	struct hkt_random random;
	int calls;
	int length;
	struct record records[RECORDS_MAX];
};

struct program {
	struct hk_chan chans[CHANNELS];
	uint64_t memory[CHANNELS][2];
	uint32_t capacities[CHANNELS];
	int count;
	struct actor actors[ACTORS_MAX + 1]; /* the last: the test itself */
	_Atomic uint64_t items;
	_Atomic int ended;
};

static _Atomic uint64_t clock_now;

/* How often what was seen, over all programs: else the test would have tested little. */
static _Atomic long seen[3][3];

static uint64_t tick(void)
{
	return ++clock_now;
}

static void add_record(struct actor *actor, int chan, enum call_kind kind, int result,
	uint64_t item, uint64_t begin, uint64_t end)
{
	if (result == -ECANCELED)
		return;
	if (result == -ETIMEDOUT)
		result = -EAGAIN;
	if (actor->length == RECORDS_MAX)
		ck_abort_msg("too many records");
	seen[kind][result == 0 ? 0 : result == -EPIPE ? 1 : 2]++;
	actor->records[actor->length++] =
		(struct record){ chan, { kind, result, item, begin, end } };
}

static hk_time soon(struct hkt_random *r)
{
	return hk_now() + hkt_random_below(r, 4) * hkt_random_below(r, 10000);
}

static int send_or_receive(struct actor *actor, struct hk_chan *chan, bool sends, uint64_t *item)
{
	uint32_t how = hkt_random_below(&actor->random, 4);
	hk_time deadline = how == 1 ? soon(&actor->random) : HK_FOREVER;

	if (sends)
		return how == 0	 ? hk_chan_trysend(chan, item) :
			how == 1 ? hk_chan_send_until(chan, item, deadline) :
				   hk_chan_send(chan, item);
	return how == 0	 ? hk_chan_tryrecv(chan, item) :
		how == 1 ? hk_chan_recv_until(chan, item, deadline) :
			   hk_chan_recv(chan, item);
}

static int call_one(struct actor *actor)
{
	int which = (int)hkt_random_below(&actor->random, CHANNELS);
	bool sends = hkt_random_below(&actor->random, 2);
	uint64_t item = sends ? ++actor->program->items : 0;
	uint64_t begin = tick();
	int result = send_or_receive(actor, &actor->program->chans[which], sends, &item);

	add_record(actor, which, sends ? CALL_SEND : CALL_RECV, result, item, begin, tick());
	return result;
}

/*
 * Of the cases of a select that timed out each could not be done at some moment: a record for each
 * that there is.
 */
static void add_timeout(struct actor *actor, const struct hk_case *cases, uint64_t begin)
{
	uint64_t end = tick();

	for (int i = 0; i < 2 * CHANNELS; i++) {
		if (cases[i].kind != HK_CASE_NONE)
			add_record(actor, i / 2, i % 2 ? CALL_RECV : CALL_SEND, -EAGAIN, 0, begin,
				end);
	}
}

static int call_select(struct actor *actor)
{
	struct hkt_random *r = &actor->random;
	struct hk_chan *chans = actor->program->chans;
	uint64_t out = ++actor->program->items, in = 0, begin = tick();
	struct hk_case cases[] = { HK_CASE_SEND(&chans[0], &out), HK_CASE_RECV(&chans[0], &in),
		HK_CASE_SEND(&chans[1], &out), HK_CASE_RECV(&chans[1], &in) };

	uint32_t kept = hkt_random_below(r, 2 * CHANNELS);
	for (uint32_t i = 0; i < 2 * CHANNELS; i++) {
		if (i != kept && hkt_random_below(r, 3) == 0)
			cases[i].kind = HK_CASE_NONE;
	}
	int done = hk_select(cases, 2 * CHANNELS, hkt_random_below(r, 3) ? HK_FOREVER : soon(r));
	if (done == -ETIMEDOUT)
		add_timeout(actor, cases, begin);
	if (done < 0)
		return done;
	add_record(actor, done / 2, done % 2 ? CALL_RECV : CALL_SEND, cases[done].result,
		done % 2 ? in : out, begin, tick());
	return cases[done].result;
}

static void close_one(struct actor *actor, int which)
{
	uint64_t begin = tick();

	hk_chan_close(&actor->program->chans[which]);
	add_record(actor, which, CALL_CLOSE, 0, 0, begin, tick());
}

static void pause_a_little(struct hkt_random *r)
{
	switch (hkt_random_below(r, 4)) {
	case 0:
		hk_yield();
		break;
	case 1:
		for (hk_time end = hk_now() + hkt_random_below(r, 1000); hk_now() < end;)
			;
		break;
	default:
		break;
	}
}

static int act(void *arg)
{
	struct actor *actor = arg;
	struct hkt_random *r = &actor->random;

	for (int i = 0; i < actor->calls; i++) {
		uint32_t what = hkt_random_below(r, 64);
		pause_a_little(r);
		if (what == 0)
			close_one(actor, (int)hkt_random_below(r, CHANNELS));
		else if ((what < 24 ? call_select(actor) : call_one(actor)) == -ECANCELED)
			break;
	}
	actor->program->ended++;
	return 0;
}

static void *act_on_thread(void *arg)
{
	act(arg);
	return NULL;
}

static void set_up(struct program *program, uint64_t stream)
{
	struct hkt_random r = hkt_random(stream);

	memset(program, 0, sizeof(*program));
	program->count = 2 + (int)hkt_random_below(&r, ACTORS_MAX - 1);
	for (int i = 0; i < CHANNELS; i++) {
		program->capacities[i] = hkt_random_below(&r, 3);
		hk_chan_init(&program->chans[i], sizeof(uint64_t), program->memory[i],
			program->capacities[i]);
	}
	for (int i = 0; i <= ACTORS_MAX; i++) {
		program->actors[i].program = program;
		program->actors[i].random = hkt_random(stream * 8 + (uint64_t)i + (1u << 30));
		program->actors[i].calls =
			1 + (int)hkt_random_below(&r, CALLS_MAX / (uint32_t)program->count);
	}
}

/* Closes the channels, so that everybody ends, and takes out what is left in them. */
static void end_all(struct actor *self)
{
	for (int i = 0; i < CHANNELS; i++)
		close_one(self, i);
}

static void drain(struct actor *self)
{
	for (int i = 0; i < CHANNELS; i++) {
		struct hk_chan *chan = &self->program->chans[i];
		int result;
		do {
			uint64_t item = 0, begin = tick();
			result = hk_chan_tryrecv(chan, &item);
			add_record(self, i, CALL_RECV, result, item, begin, tick());
		} while (result == 0);
		ck_assert_ptr_null(chan->senders.first);
		ck_assert_ptr_null(chan->receivers.first);
	}
}

static void judge(const struct program *program, uint64_t stream)
{
	for (int chan = 0; chan < CHANNELS; chan++) {
		struct history history = { .capacity = program->capacities[chan] };

		for (int i = 0; i <= ACTORS_MAX; i++) {
			const struct actor *actor = &program->actors[i];
			for (int j = 0; j < actor->length; j++) {
				if (actor->records[j].chan == chan)
					history_add(&history, actor->records[j].call);
			}
		}
		if (!history_is_linear(&history)) {
			history_print(&history);
			ck_abort_msg("program %llu, channel %d: not linearizable",
				(unsigned long long)stream, chan);
		}
	}
}

/* Runs the program to its end. Now and then one actor is a thread, or all tasks are cancelled. */
static void run_program(uint64_t stream)
{
	static struct program program;
	struct actor *self = &program.actors[ACTORS_MAX];
	pthread_t thread;

	set_up(&program, stream);
	bool with_thread = hkt_random_below(&self->random, 8) == 0;
	HK_SCOPE(s);
	for (int i = 0; i < program.count - with_thread; i++)
		hk_spawn(&s, act, &program.actors[i]);
	if (with_thread)
		thread = hkt_thread(act_on_thread, &program.actors[program.count - 1]);
	hk_time until = hk_now() + hkt_random_below(&self->random, 200000);
	while (program.ended < program.count && hk_now() < until)
		hk_yield();
	if (hkt_random_below(&self->random, 4) == 0)
		hk_cancel(&s);
	end_all(self);
	int result = hk_join(&s);
	ck_assert(result == 0 || result == -ECANCELED);
	if (with_thread)
		pthread_join(thread, NULL);
	drain(self);
	judge(&program, stream);
}

static int run_programs(void *arg)
{
	uint64_t first = (uint64_t) * (int *)arg << 32;

	for (long i = 0; i < hkt_times(4000); i++)
		run_program(first + (uint64_t)i);
	return 0;
}

START_TEST(histories_are_linearizable)
{
	ck_assert_int_eq(hkt_run(_i, run_programs, &_i), 0);
	for (int kind = CALL_SEND; kind <= CALL_RECV; kind++) {
		for (int result = 0; result < 3; result++)
			ck_assert_int_gt(seen[kind][result], hkt_times(4000) / 4);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("linear/chan");

	hkt_add_workers(hkt_case(suite, "chan", 120), histories_are_linearizable);
	return hkt_main(suite);
}
