/* SPDX-License-Identifier: MIT */
/* Where a task is that has kept its worker for very long: its carrier notes it in the handler. */
#ifndef CORE_STALL_H
#define CORE_STALL_H

#include <stdbool.h>
#include <stdint.h>

#include <hocket/time.h>

enum { STALL_FRAMES = 16 };

enum stall_state { STALL_NONE, STALL_ASKED, STALL_NOTED };

struct stall {
	uint32_t state; /* (a) enum stall_state; the carrier writes while it is asked */
	unsigned count;
	const void *frames[STALL_FRAMES]; /* innermost first */
};

struct carrier;
struct hk_task;
struct runtime;

/* In the handler: notes where the task is, if asked to. */
void hki_stall_note(struct carrier *carrier, void *context);
/* Says on stderr that the task has kept its worker for so long; asks for its stack. */
void hki_stall_say(struct runtime *rt, struct carrier *carrier, struct hk_task *task,
	hk_time kept_ns);
/* Says what was noted, if it was. Returns whether it still has to come. */
bool hki_stall_say_stack(struct carrier *carrier);

#endif
