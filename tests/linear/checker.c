/* SPDX-License-Identifier: MIT */
/* The checker itself: it accepts what a channel may do, and refuses what none may. */
#include "../check_hocket.h"

#include <errno.h>

#include "history.h"

/*
 * A history as text. Calls one after the other: s1 (1 was sent), r1 (received), sE, rE (refused:
 * closed), sA, rA (not at once), c (closed). Those in [...] overlap, each all others.
 */
static struct history parse(uint32_t capacity, const char *text)
{
	struct history history = { .capacity = capacity };
	uint64_t now = 0;
	unsigned group = 0;

	for (const char *at = text; *at != '\0'; at++) {
		if (*at == ' ')
			continue;
		if (*at == '[' || *at == ']') {
			for (unsigned i = group; *at == ']' && i < history.length; i++)
				history.calls[i].end = ++now;
			group = *at == '[' ? history.length : HISTORY_MAX;
			continue;
		}
		struct call call = { .kind = *at == 's' ? CALL_SEND :
				*at == 'r'		? CALL_RECV :
							  CALL_CLOSE };
		if (*at != 'c')
			at++;
		call.result = *at == 'E' ? -EPIPE : *at == 'A' ? -EAGAIN : 0;
		call.item = (uint64_t)*at;
		call.begin = ++now;
		call.end = ++now;
		history_add(&history, call);
	}
	return history;
}

static const struct {
	uint32_t capacity;
	const char *text;
	bool linear;
	const char *why;
} histories[] = {
	{ 2, "", true, "nothing" },
	{ 2, "rA s1 s2 sA r1 s3 r2 r3 rA", true, "in order" },
	{ 2, "s1 s2 c sE r1 r2 rE rE c", true, "closed, then drained" },
	{ 1, "[s1 s2 r2 r1]", true, "either may have been first" },
	{ 1, "[s1 s2 s3] sA r2 sA", false, "three sent into one place" },
	{ 1, "[s1 s2 s3 r2 r1] [r3]", true, "room made meanwhile" },
	{ 1, "[s1 sA rA] r1", true, "full after it, empty before it" },
	{ 0, "sA rA [s1 r1] sA", true, "a meeting" },
	{ 0, "[s1 s2 r2 r1] c sE rE", true, "two meetings" },
	{ 0, "[s1 r1 c sE rE]", true, "a meeting, then closed" },
	{ 2, "s1 s2 r1 c rE", false, "2 is lost" },
	{ 2, "s1 s2 r2 c rE", false, "1 is lost" },
	{ 2, "s1 r1 r1", false, "1 is doubled" },
	{ 2, "s1 [r1 r1]", false, "1 is doubled, at once" },
	{ 2, "s1 s2 r2 r1", false, "in the wrong order" },
	{ 2, "s1 s2 [r2 rA r1] rA", true, "received at once, in either order" },
	{ 2, "r1 s1", false, "received before it was sent" },
	{ 2, "s1 r2", false, "received what was never sent" },
	{ 2, "s1 c r1 r1", false, "received after close and drain" },
	{ 2, "s1 c r1 rE r2", false, "received after close and drain, from nowhere" },
	{ 2, "c s1", false, "sent after close" },
	{ 2, "c s1 r1", false, "sent after close, and received" },
	{ 2, "s1 c rE r1", false, "closed, but not drained" },
	{ 2, "s1 rE", false, "refused, but not closed" },
	{ 2, "sE", false, "a send refused, but not closed" },
	{ 2, "s1 rA", false, "nothing there, but 1 was" },
	{ 2, "s1 sA", false, "full with one place free" },
	{ 1, "s1 s2", false, "sent when it was full" },
	{ 2, "c sA", false, "not at once, but it was closed" },
	{ 2, "c rA", false, "not at once, but it was drained" },
	{ 0, "s1 r1", false, "sent before anybody received" },
	{ 0, "r1 s1", false, "received before it was sent" },
	{ 0, "[s1 r2]", false, "met with another item" },
	{ 0, "[s1 r1 r1]", false, "doubled in a meeting" },
	{ 0, "[s1 s2 r1]", false, "2 met nobody" },
	{ 0, "[s1 rA]", false, "1 met nobody" },
	{ 0, "c [s1 r1]", false, "a meeting after close" },
};
enum { HISTORIES = sizeof(histories) / sizeof(histories[0]) };

START_TEST(by_hand)
{
	struct history history = parse(histories[_i].capacity, histories[_i].text);

	ck_assert_msg(history_is_linear(&history) == histories[_i].linear, "%u: %s: %s",
		histories[_i].capacity, histories[_i].text, histories[_i].why);
}
END_TEST

/*
 * Random histories that are right, by a channel that does one call at a time; then each of these
 * calls takes longer, both ways, so that they overlap; or one of them is made wrong.
 */
enum { CALLS = 30, GAP = 1000 };

struct model {
	struct hkt_random random;
	struct history history;
	uint64_t queue[HISTORY_CAPACITY_MAX];
	uint32_t count;
	bool closed;
	uint64_t sent;
};

static void add_call(struct model *model, enum call_kind kind, int result, uint64_t item)
{
	uint64_t now = (model->history.length + 1) * GAP;

	history_add(&model->history, (struct call){ kind, result, item, now, now + 1 });
}

static void send_one(struct model *model)
{
	bool full = model->count == model->history.capacity;
	int result = model->closed ? -EPIPE : full ? -EAGAIN : 0;

	if (result == 0)
		model->queue[model->count++] = ++model->sent;
	add_call(model, CALL_SEND, result, model->sent);
}

static void receive_one(struct model *model)
{
	int result = model->count > 0 ? 0 : model->closed ? -EPIPE : -EAGAIN;
	uint64_t item = model->queue[0];

	if (result == 0) {
		model->count--;
		for (uint32_t i = 0; i < model->count; i++)
			model->queue[i] = model->queue[i + 1];
	}
	add_call(model, CALL_RECV, result, item);
}

/* Both calls of a meeting, which overlap. */
static void meet(struct model *model)
{
	add_call(model, CALL_SEND, 0, ++model->sent);
	add_call(model, CALL_RECV, 0, model->sent);
	model->history.calls[model->history.length - 1].begin -= GAP;
}

static void build(struct model *model)
{
	model->history.capacity = hkt_random_below(&model->random, 4);
	while (model->history.length < CALLS) {
		uint32_t what = hkt_random_below(&model->random, 100);
		if (what < 2) {
			model->closed = true;
			add_call(model, CALL_CLOSE, 0, 0);
		} else if (model->history.capacity == 0 && !model->closed && what < 60) {
			meet(model);
		} else if (what < 52) {
			send_one(model);
		} else {
			receive_one(model);
		}
	}
	model->closed = true;
	add_call(model, CALL_CLOSE, 0, 0);
	while (model->count > 0)
		receive_one(model);
	receive_one(model);
}

static struct model random_model(uint64_t stream)
{
	struct model model = { .random = hkt_random(stream) };

	build(&model);
	return model;
}

START_TEST(right_ones)
{
	for (long i = 0; i < hkt_times(3000); i++) {
		struct model model = random_model((uint64_t)i);
		struct history *history = &model.history;

		ck_assert(history_is_linear(history));
		for (unsigned j = 0; j < history->length; j++) {
			struct call *call = &history->calls[j];
			uint64_t before = hkt_random_below(&model.random, 3 * GAP);
			call->begin -= before < call->begin ? before : 0;
			call->end += hkt_random_below(&model.random, 3 * GAP);
		}
		if (!history_is_linear(history)) {
			history_print(history);
			ck_abort_msg("history %ld was refused", i);
		}
	}
}
END_TEST

/* The calls of a kind that succeeded; returns how many. */
static unsigned successes(struct history *history, enum call_kind kind, struct call **found)
{
	unsigned n = 0;

	for (unsigned i = 0; i < history->length; i++) {
		if (history->calls[i].kind == kind && history->calls[i].result == 0)
			found[n++] = &history->calls[i];
	}
	return n;
}

static void remove_call(struct history *history, const struct call *call)
{
	unsigned at = (unsigned)(call - history->calls);

	history->length--;
	for (; at < history->length; at++)
		history->calls[at] = history->calls[at + 1];
}

/* Each makes a history wrong in its way; false: it has no place for that. */
static bool lose(struct history *history, struct hkt_random *r)
{
	struct call *received[HISTORY_MAX];
	unsigned n = successes(history, CALL_RECV, received);

	if (n > 0)
		remove_call(history, received[hkt_random_below(r, n)]);
	return n > 0;
}

static bool invent(struct history *history, struct hkt_random *r)
{
	struct call *sent[HISTORY_MAX];
	unsigned n = successes(history, CALL_SEND, sent);

	if (n > 0)
		remove_call(history, sent[hkt_random_below(r, n)]);
	return n > 0;
}

static bool duplicate(struct history *history, struct hkt_random *r)
{
	struct call *received[HISTORY_MAX];
	unsigned n = successes(history, CALL_RECV, received), at;

	if (n < 2)
		return false;
	at = hkt_random_below(r, n - 1);
	received[at + 1]->item = received[at]->item;
	return true;
}

static bool reorder(struct history *history, struct hkt_random *r)
{
	struct call *received[HISTORY_MAX];
	unsigned n = successes(history, CALL_RECV, received), at;

	if (n < 2)
		return false;
	at = hkt_random_below(r, n - 1);
	uint64_t item = received[at]->item;
	received[at]->item = received[at + 1]->item;
	received[at + 1]->item = item;
	return true;
}

static bool receive_after_drain(struct history *history, struct hkt_random *r)
{
	struct call *received[HISTORY_MAX];
	unsigned n = successes(history, CALL_RECV, received);
	struct call *last = &history->calls[history->length - 1];

	last->result = 0;
	last->item = n > 0 ? received[hkt_random_below(r, n)]->item : 1;
	return true;
}

static bool refuse(struct history *history, struct hkt_random *r)
{
	struct call *call = &history->calls[hkt_random_below(r, history->length)];

	if (call->kind == CALL_CLOSE)
		return false;
	call->result = call->result == -EPIPE ? -EAGAIN : -EPIPE;
	return true;
}

static bool (*const faults[])(struct history *, struct hkt_random *) = { lose, invent, duplicate,
	reorder, receive_after_drain, refuse };
enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

START_TEST(wrong_ones)
{
	long made = 0;

	for (long i = 0; i < hkt_times(3000); i++) {
		struct model model = random_model((uint64_t)i);

		if (!faults[_i](&model.history, &model.random))
			continue;
		made++;
		if (history_is_linear(&model.history)) {
			history_print(&model.history);
			ck_abort_msg("history %ld was accepted", i);
		}
	}
	ck_assert_int_gt(made, hkt_times(3000) / 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("linear/checker");
	TCase *tc = hkt_case(suite, "checker", 60);

	tcase_add_loop_test(tc, by_hand, 0, HISTORIES);
	tcase_add_test(tc, right_ones);
	tcase_add_loop_test(tc, wrong_ones, 0, FAULTS);
	return hkt_main(suite);
}
