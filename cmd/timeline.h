/* SPDX-License-Identifier: MIT */
/*
 * Time drawn from left to right: lanes of workers, of tasks, or of anything that does one thing
 * after the other. Times are ns since the run began.
 */
#ifndef CMD_TIMELINE_H
#define CMD_TIMELINE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "events.h"
#include "screen.h"

/* Kinds of things that a lane shows are numbered 0 ... TIMELINE_KINDS - 1. */
#define TIMELINE_KINDS 32

/* How a kind looks. */
struct timeline_kind {
	char letter;	      /* capital: where only ASCII can be shown; 0: not drawn */
	unsigned char colour; /* ANSI, 0 ... 15 */
	bool shade;	      /* drawn as a shade: a wait worth seeing */
};

struct timeline_stretch {
	int64_t from;
	int64_t to;
	unsigned kind;
};

/* Stretches in the order of time, without overlaps. Between them nothing happens. */
struct timeline_lane {
	struct timeline_stretch *stretches;
	size_t count;
	size_t capacity;
};

/* The scale that several lanes share. */
struct timeline_scale {
	int64_t span_ns; /* what all columns together stand for */
	unsigned columns;
};

/* Appends a stretch; one that begins where the last of the same kind ended makes that longer. */
int timeline_add(struct timeline_lane *lane, int64_t from, int64_t to, unsigned kind);

void timeline_free(struct timeline_lane *lane);

/*
 * The customers' view, an array with a kind for each of events->tasks: 0 for the first task, 1 for
 * its first child and all its descendants, 2 for its second child ... after the 26th again from 1.
 * Returns NULL without memory.
 */
unsigned char *timeline_customers(const struct events *events);

/* Kind 0 as '#', the others as 'A' ... 'Z', each in a colour. */
extern const struct timeline_kind timeline_customer_kinds[TIMELINE_KINDS];

/* What one worker ran, tasks in the kinds of the array. Returns 0 or -ENOMEM. */
int timeline_worker(struct timeline_lane *lane, const struct events *events, unsigned worker,
	const unsigned char *kinds);

/* What one task did, in the kinds below. Returns 0 or -ENOMEM. */
int timeline_task(struct timeline_lane *lane, const struct events *events, uint64_t task);

enum {
	TIMELINE_RUNS,
	TIMELINE_READY, /* it could run, and waits for a worker */
	TIMELINE_WAITS, /* + enum hk_cause */
};

/* What `from` shows between begin and end, as a lane that starts at 0. Returns 0 or -ENOMEM. */
int timeline_cut(struct timeline_lane *lane, const struct timeline_lane *from, int64_t begin,
	int64_t end);

/* How much of the time from ... to the lane shows the kind. */
int64_t timeline_share(const struct timeline_lane *lane, unsigned kind, int64_t from, int64_t to);

/* Draws one lane on the rest of the line; end: when the run ended, blank after it. */
void timeline_draw(FILE *out, const struct screen *screen, const struct timeline_scale *scale,
	const struct timeline_lane *lane, int64_t end, const struct timeline_kind *kinds);

/* Draws a number over time, 0 ... max, as heights (or digits): the kinds are the numbers. */
void timeline_draw_levels(FILE *out, const struct screen *screen,
	const struct timeline_scale *scale, const struct timeline_lane *lane, int64_t end,
	unsigned max);

/* Draws the time axis of the scale, after `indent` blanks. */
void timeline_draw_axis(FILE *out, const struct screen *screen, const struct timeline_scale *scale,
	unsigned indent);

#endif
