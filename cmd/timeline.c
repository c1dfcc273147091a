/* SPDX-License-Identifier: MIT */
/* Lanes: made from events, measured. (Drawn in draw.c.) */
#include "timeline.h"

#include <errno.h>
#include <stdlib.h>

const struct timeline_kind timeline_customer_kinds[TIMELINE_KINDS] = {
	{ '#', 8, false },
	{ 'A', 2, false },
	{ 'B', 3, false },
	{ 'C', 6, false },
	{ 'D', 5, false },
	{ 'E', 4, false },
	{ 'F', 1, false },
	{ 'G', 10, false },
	{ 'H', 11, false },
	{ 'I', 14, false },
	{ 'J', 13, false },
	{ 'K', 12, false },
	{ 'L', 9, false },
	{ 'M', 2, false },
	{ 'N', 3, false },
	{ 'O', 6, false },
	{ 'P', 5, false },
	{ 'Q', 4, false },
	{ 'R', 1, false },
	{ 'S', 10, false },
	{ 'T', 11, false },
	{ 'U', 14, false },
	{ 'V', 13, false },
	{ 'W', 12, false },
	{ 'X', 9, false },
	{ 'Y', 2, false },
	{ 'Z', 3, false },
};

int timeline_add(struct timeline_lane *lane, int64_t from, int64_t to, unsigned kind)
{
	if (to <= from)
		return 0;
	struct timeline_stretch *last = lane->count > 0 ? &lane->stretches[lane->count - 1] : NULL;
	if (last != NULL && last->kind == kind && last->to == from) {
		last->to = to;
		return 0;
	}
	if (lane->count == lane->capacity) {
		size_t capacity = lane->capacity > 0 ? lane->capacity * 2 : 64;
		struct timeline_stretch *grown =
			reallocarray(lane->stretches, capacity, sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		lane->stretches = grown;
		lane->capacity = capacity;
	}
	lane->stretches[lane->count++] = (struct timeline_stretch){ from, to, kind };
	return 0;
}

void timeline_free(struct timeline_lane *lane)
{
	free(lane->stretches);
	*lane = (struct timeline_lane){ 0 };
}

unsigned char *timeline_customers(const struct events *events)
{
	unsigned char *kinds = calloc(events->task_count + 1, 1);
	if (kinds == NULL)
		return NULL;
	unsigned customers = 0;
	/* parents have smaller numbers than their children */
	for (size_t i = 0; i < events->task_count; i++) {
		const struct event_task *parent = events_task(events, events->tasks[i].parent);
		if (parent == NULL)
			kinds[i] = 0;
		else if (parent->parent == 0)
			kinds[i] = (unsigned char)(1 + customers++ % 26);
		else
			kinds[i] = kinds[parent - events->tasks];
	}
	return kinds;
}

static int64_t since_start(const struct events *events, const struct hk_trace_record *record)
{
	return (int64_t)(record->time_ns - events->header.start_ns);
}

int timeline_worker(struct timeline_lane *lane, const struct events *events, unsigned worker,
	const unsigned char *kinds)
{
	bool running = false;
	int64_t from = 0;
	unsigned kind = 0;
	for (size_t i = 0; i < events->count; i++) {
		const struct hk_trace_record *record = &events->records[i];
		bool begins = record->what == HK_TRACE_START || record->what == HK_TRACE_RESUME;
		bool ends = record->what == HK_TRACE_PARK || record->what == HK_TRACE_END;
		if (record->worker != worker || !(begins || ends))
			continue;
		int64_t now = since_start(events, record);
		if (running && timeline_add(lane, from, now, kind) != 0)
			return -ENOMEM;
		const struct event_task *task = events_task(events, record->task);
		kind = task != NULL ? kinds[task - events->tasks] : 0;
		running = begins;
		from = now;
	}
	return 0;
}

/* It stopped only to let others run. */
static bool stays_ready(const struct hk_trace_record *park)
{
	return park->cause == HK_CAUSE_YIELD || park->cause == HK_CAUSE_SLICE ||
		park->cause == HK_CAUSE_PREEMPT;
}

/* The kind of what a task does after this record, or -1 when it is gone. */
static int state_after(const struct hk_trace_record *record)
{
	switch ((enum hk_trace_what)record->what) {
	case HK_TRACE_SPAWN:
	case HK_TRACE_WAKE:
		return TIMELINE_READY;
	case HK_TRACE_START:
	case HK_TRACE_RESUME:
		return TIMELINE_RUNS;
	case HK_TRACE_PARK:
		return stays_ready(record) ? TIMELINE_READY : TIMELINE_WAITS + record->cause;
	case HK_TRACE_END:
	case HK_TRACE_RUN:
	case HK_TRACE_STOP:
	case HK_TRACE_CARRIER:
	case HK_TRACE_OVERRUN:
		break;
	}
	return -1;
}

int timeline_task(struct timeline_lane *lane, const struct events *events, uint64_t task)
{
	int state = -1;
	int64_t from = 0;
	for (size_t i = 0; i < events->count; i++) {
		const struct hk_trace_record *record = &events->records[i];
		if (record->task != task || record->what == HK_TRACE_OVERRUN)
			continue;
		int64_t now = since_start(events, record);
		if (state >= 0 && timeline_add(lane, from, now, (unsigned)state) != 0)
			return -ENOMEM;
		state = state_after(record);
		from = now;
	}
	return 0;
}

int timeline_cut(struct timeline_lane *lane, const struct timeline_lane *from, int64_t begin,
	int64_t end)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct timeline_stretch *stretch = &from->stretches[i];
		int64_t left = stretch->from > begin ? stretch->from : begin;
		int64_t right = stretch->to < end ? stretch->to : end;
		if (timeline_add(lane, left - begin, right - begin, stretch->kind) != 0)
			return -ENOMEM;
	}
	return 0;
}

int64_t timeline_share(const struct timeline_lane *lane, unsigned kind, int64_t from, int64_t to)
{
	int64_t sum = 0;
	for (size_t i = 0; i < lane->count; i++) {
		const struct timeline_stretch *stretch = &lane->stretches[i];
		int64_t begin = stretch->from > from ? stretch->from : from;
		int64_t end = stretch->to < to ? stretch->to : to;
		if (stretch->kind == kind && end > begin)
			sum += end - begin;
	}
	return sum;
}
