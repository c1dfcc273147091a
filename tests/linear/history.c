/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The channel after some of the calls, which are the bits of `done`. */
struct state {
	uint64_t done;
	uint8_t queue[HISTORY_CAPACITY_MAX]; /* the calls that sent, oldest first */
	uint8_t count;
	bool closed;
};

/* The states from which there is no way on. `number` tells this search's from those before. */
enum { SEEN_SIZE = 1 << 16 };
static struct seen {
	struct state state;
	uint32_t number;
} seen[SEEN_SIZE];
static uint32_t number, seen_count;

void history_add(struct history *history, struct call call)
{
	ck_assert_uint_lt(history->length, HISTORY_MAX);
	history->calls[history->length++] = call;
}

static bool are_same(const struct state *a, const struct state *b)
{
	return a->done == b->done && a->count == b->count &&
		memcmp(a->queue, b->queue, a->count) == 0;
}

/* Notes the state. False: it was known. */
static bool is_new(const struct state *state)
{
	uint64_t hash = state->done * UINT64_C(0x9e3779b97f4a7c15);

	for (int i = 0; i < state->count; i++)
		hash = (hash ^ state->queue[i]) * UINT64_C(0xbf58476d1ce4e5b9);
	for (uint64_t at = hash >> 40;; at++) {
		struct seen *slot = &seen[at % SEEN_SIZE];
		if (slot->number != number) {
			ck_assert_uint_lt(++seen_count, SEEN_SIZE / 2);
			*slot = (struct seen){ *state, number };
			return true;
		}
		if (are_same(&slot->state, state))
			return false;
	}
}

static bool send(const struct history *history, struct state *state, unsigned index)
{
	bool full = state->count == history->capacity;

	switch (history->calls[index].result) {
	case 0:
		if (state->closed || full)
			return false;
		state->queue[state->count++] = (uint8_t)index;
		return true;
	case -EPIPE:
		return state->closed;
	default:
		return !state->closed && full;
	}
}

static bool receive(const struct history *history, struct state *state, unsigned index)
{
	const struct call *call = &history->calls[index];

	switch (call->result) {
	case 0:
		if (state->count == 0 || history->calls[state->queue[0]].item != call->item)
			return false;
		state->count--;
		memmove(state->queue, state->queue + 1, state->count);
		return true;
	case -EPIPE:
		return state->closed && state->count == 0;
	default:
		return !state->closed && state->count == 0;
	}
}

/* Does the call in this state, if it can have had this result there. */
static bool apply(const struct history *history, struct state *state, unsigned index)
{
	state->done |= UINT64_C(1) << index;
	switch (history->calls[index].kind) {
	case CALL_SEND:
		return send(history, state, index);
	case CALL_RECV:
		return receive(history, state, index);
	case CALL_CLOSE:
	default:
		state->closed = true;
		return true;
	}
}

/* Without a buffer a send and a receive happen at the same moment. */
static bool apply_both(const struct history *history, struct state *state, unsigned a, unsigned b)
{
	const struct call *sent = &history->calls[a], *received = &history->calls[b];

	state->done |= UINT64_C(1) << a | UINT64_C(1) << b;
	return sent->kind == CALL_SEND && received->kind == CALL_RECV && sent->result == 0 &&
		received->result == 0 && sent->item == received->item && !state->closed;
}

/* The calls that may be next: begun before any other of those that are left has ended. */
static uint64_t candidates(const struct history *history, uint64_t done)
{
	uint64_t first_end = UINT64_MAX, found = 0;

	for (unsigned i = 0; i < history->length; i++) {
		if (!(done >> i & 1) && history->calls[i].end < first_end)
			first_end = history->calls[i].end;
	}
	for (unsigned i = 0; i < history->length; i++) {
		if (!(done >> i & 1) && history->calls[i].begin < first_end)
			found |= UINT64_C(1) << i;
	}
	return found;
}

static bool search(const struct history *history, const struct state *state);

/* One of the candidates first, or, without a buffer, two of them at once. */
static bool search_from(const struct history *history, const struct state *state, unsigned index,
	uint64_t found)
{
	struct state next = *state;
	bool meets = history->capacity == 0 && history->calls[index].kind == CALL_SEND;

	if (apply(history, &next, index) && search(history, &next))
		return true;
	for (unsigned other = 0; meets && other < history->length; other++) {
		next = *state;
		if ((found >> other & 1) && apply_both(history, &next, index, other) &&
			search(history, &next))
			return true;
	}
	return false;
}

static bool search(const struct history *history, const struct state *state)
{
	uint64_t found = candidates(history, state->done);

	if (found == 0)
		return true;
	if (!is_new(state))
		return false;
	for (unsigned i = 0; i < history->length; i++) {
		if ((found >> i & 1) && search_from(history, state, i, found))
			return true;
	}
	return false;
}

bool history_is_linear(const struct history *history)
{
	struct state start = { .done = 0 };

	ck_assert_uint_le(history->capacity, HISTORY_CAPACITY_MAX);
	number++;
	seen_count = 0;
	return search(history, &start);
}

void history_print(const struct history *history)
{
	static const char *const kinds[] = { "send", "recv", "close" };

	fprintf(stderr, "capacity %u\n", history->capacity);
	for (unsigned i = 0; i < history->length; i++) {
		const struct call *call = &history->calls[i];
		fprintf(stderr, "%6llu %6llu  %-5s %4d", (unsigned long long)call->begin,
			(unsigned long long)call->end, kinds[call->kind], call->result);
		if (call->result == 0 && call->kind != CALL_CLOSE)
			fprintf(stderr, " item %llu", (unsigned long long)call->item);
		fputc('\n', stderr);
	}
}
