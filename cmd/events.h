/* SPDX-License-Identifier: MIT */
/* Reading the file that HOCKET_OPTIONS=events=FILE wrote (hocket/trace.h). */
#ifndef CMD_EVENTS_H
#define CMD_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include <hocket.h>

struct event_task {
	uint64_t id;
	uint64_t parent; /* 0: none, hk_run() started it */
	char *name;
	char *where; /* "file.c:12" */
};

/* One run. */
struct events {
	struct hk_trace_header header;
	struct hk_trace_record
		*records; /* by time; equal times in the order of the file; no text */
	size_t count;
	struct event_task *tasks; /* by id */
	size_t task_count;
	unsigned workers;
	enum hk_execution execution;
};

/*
 * Reads the file. When it holds several runs (a program may call hk_run() more than once) the
 * last one is read. Everything in *events is checked: kinds, workers below `workers` or
 * HK_TRACE_NO_WORKER, causes and outcomes in range.
 * Returns 0; the negative errno of a file that cannot be read, or -EBADMSG for one that is not
 * valid (both said on stderr). After a failure there is nothing to free.
 */
int events_read(const char *path, struct events *events);

void events_free(struct events *events);

/* The task with that number, or NULL. */
const struct event_task *events_task(const struct events *events, uint64_t id);

#endif
