/* SPDX-License-Identifier: MIT */
/*
 * Is a history of one channel linearizable (Herlihy, Wing, Linearizability, 1990): may each call
 * be taken to happen at one moment between its begin and its end, so that the channel, as a queue
 * of so many items that can be closed, gives all those results in that order? The search is that of
 * Wing and Gong (Testing and verifying concurrent objects, 1993) with the memory of Lowe (Testing
 * for linearizability, 2017): a state reached once is not tried again.
 *
 * Histories of several channels are linearizable if each one's is; so a select is a call of the
 * one channel that it used.
 */
#ifndef LINEAR_HISTORY_H
#define LINEAR_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

enum call_kind { CALL_SEND, CALL_RECV, CALL_CLOSE };

struct call {
	enum call_kind kind;
	int result;	/* 0; -EPIPE; -EAGAIN: at some moment it could not be done */
	uint64_t item;	/* if the result is 0 */
	uint64_t begin; /* moments, each another; begin < end */
	uint64_t end;
};

enum { HISTORY_MAX = 64, HISTORY_CAPACITY_MAX = 4 };

struct history {
	uint32_t capacity;
	unsigned length;
	struct call calls[HISTORY_MAX];
};

void history_add(struct history *history, struct call call);
/* Not by two threads at a time. */
bool history_is_linear(const struct history *history);
/* To stderr, a line for each call. */
void history_print(const struct history *history);

#endif
