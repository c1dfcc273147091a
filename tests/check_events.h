/* SPDX-License-Identifier: MIT */
/* Reading an events file back, for the tests of what it holds. */
#ifndef CHECK_EVENTS_H
#define CHECK_EVENTS_H

#include "check_hocket.h"

/* A record, with the text that followed it (spawn only). */
struct hkt_event {
	struct hk_trace_record e;
	size_t at; /* its place in the file */
	char name[64];
	char place[256];
};

struct hkt_events {
	struct hk_trace_header header;
	struct hkt_event *list; /* in the order of the file */
	size_t count;
};

/* Reads the file and fails the test when it is not well-formed. */
void hkt_events_read(struct hkt_events *events, const char *path);
void hkt_events_free(struct hkt_events *events);

#endif
