/* SPDX-License-Identifier: MIT */
/* Event points: the core says what happens; src/see listens when it was asked to. */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "core/probe.h"
#include "core/runtime.h"
#include "os/os.h"

/* worker: NULL on a foreign thread. time: when it happened. */
void hki_event_emit(struct runtime *rt, struct worker *worker, enum hk_trace_what what,
	uint64_t task, unsigned cause, uint64_t arg, hk_time time);

static inline bool hki_event_heard(const struct runtime *rt)
{
	return __builtin_expect(rt->on_event != NULL, 0);
}

__attribute__((always_inline)) static inline void hki_event(struct runtime *rt,
	struct worker *worker, enum hk_trace_what what, uint64_t task, unsigned cause, uint64_t arg)
{
	hki_probe_event(what, task, cause, arg);
	if (hki_event_heard(rt))
		hki_event_emit(rt, worker, what, task, cause, arg, hki_os_now());
}

/* A task was spawned, by the task with the number `by` (0: by hk_run()). */
static inline void hki_event_spawn(struct runtime *rt, struct worker *worker,
	const struct hk_task *task, uint64_t by)
{
	hki_probe_4(spawn, task->id, by, task->name, task->where);
	if (hki_event_heard(rt))
		rt->on_spawn(rt, worker, task, by);
}

#endif
