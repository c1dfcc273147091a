/* SPDX-License-Identifier: MIT */
#include "core/overflow.h"

#include "core/report.h"
#include "core/runtime.h"

bool hki_overflow_report(const void *at)
{
	const struct carrier *self = hki_carrier_self();
	const struct hk_task *task = self ? ld_rlx(&self->current) : NULL;
	if (!task)
		return false;
	const char *bottom = hki_stack_bottom(task);
	const char *fault = at;
	if (fault >= bottom || fault < bottom - hki_stack_guard_size())
		return false;
	char who[REPORT_LINE / 2];
	struct text text = text_in(who, sizeof who);
	hki_report_who(&text, task);
	hki_say("stack overflow: %s has used all of its %zu KiB; give it more (stack_size, or "
		"HOCKET_OPTIONS=stack=%zuk)",
		who, hki_stack_size(task) / 1024, 2 * hki_stack_size(task) / 1024);
	return true;
}
