/* SPDX-License-Identifier: MIT */
/* For tests of what tasks wait for: who waits, without looking at a clock. */
#ifndef CHECK_WAITS_H
#define CHECK_WAITS_H

#include "check_hocket.h"

/* How often the text of hk_dump(), at this moment, has a match for the regular expression. */
int hkt_dump_has(const char *pattern);

/* Fails unless the queue is as if nobody had ever waited. No call with its object is under way. */
void hkt_assert_no_trace(const struct hk_waitq *queue);

/* A call of fn(arg) in a thread outside the runtime; the second returns its result. */
struct hkt_outside {
	int (*fn)(void *);
	void *arg;
	int result;
	pthread_t thread;
};
void hkt_outside(struct hkt_outside *call, int (*fn)(void *), void *arg);
int hkt_outside_end(struct hkt_outside *call);

#endif
