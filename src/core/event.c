/* SPDX-License-Identifier: MIT */
#include "core/event.h"

void hki_event_emit(struct runtime *rt, struct worker *worker, enum hk_trace_what what,
	uint64_t task, unsigned cause, uint64_t arg, hk_time time)
{
	const struct carrier *self = hki_carrier_self();
	struct hk_trace_record event = {
		.time_ns = (uint64_t)time,
		.task = task,
		.arg = arg,
		.thread = self ? self->thread_id : hki_os_thread_id(),
		.worker = worker ? (uint16_t)worker->index : HK_TRACE_NO_WORKER,
		.what = (uint8_t)what,
		.cause = (uint8_t)cause,
	};
	rt->on_event(rt, worker, &event);
}
