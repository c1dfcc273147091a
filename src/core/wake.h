/* SPDX-License-Identifier: MIT */
/* Step 5 of 6: a parked task becomes ready again, exactly once. */
#ifndef CORE_WAKE_H
#define CORE_WAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hocket/trace.h>

struct counters;
struct hk_task;
struct runtime;
struct worker;

/* Tasks that were claimed and must still be made ready. */
struct woken {
	struct runtime *rt; /* of all of them; NULL: none yet */
	struct hk_task *first;
	struct hk_task *last;
	struct carrier *self;	/* the waker's; NULL: it is outside that runtime */
	uint64_t by;		/* the task that wakes; 0: a timer, a descriptor, a thread */
	struct counters *count; /* of the lookout; NULL: of the worker, if there is one */
	bool outside;		/* time or descriptors end these waits */
};

#define WOKEN_NONE                                                                                 \
	{                                                                                          \
		NULL, NULL, NULL, NULL, 0, NULL, false                                             \
	}
#define WOKEN_BY(task_id)                                                                          \
	{                                                                                          \
		NULL, NULL, NULL, NULL, (task_id), NULL, false                                     \
	}

#define WOKEN_OUTSIDE(counters)                                                                    \
	{                                                                                          \
		NULL, NULL, NULL, false, 0, (counters), true                                       \
	}

/*
 * Ends the task's wait with the outcome, if nobody else has. Returns whether this call did. The
 * caller holds the lock under which the task would withdraw (wait queue, slot, timers, scope), so
 * that the task cannot be gone. On success the caller gives it what it waited for, under that lock,
 * and calls hki_wake_flush() once it holds none.
 */
bool hki_wake_claim(struct woken *list, struct hk_task *task, enum hk_outcome outcome);

/* Makes the claimed tasks ready. self: the idle worker that will run one of them (NULL: none). */
void hki_wake_flush(struct woken *list, struct worker *self);

#endif
