/* SPDX-License-Identifier: MIT */
#include "core/overflow.h"

#include "core/report.h"
#include "core/runtime.h"

static void say(const struct hk_task *task, const char *how)
{
	char who[REPORT_LINE / 2];
	struct text text = text_in(who, sizeof who);
	hki_report_who(&text, task);
	hki_say("stack overflow: %s has used all of its %zu KiB%s; give it more (stack_size, or "
		"HOCKET_OPTIONS=stack=%zuk)",
		who, hki_stack_size(task) / 1024, how, 2 * hki_stack_size(task) / 1024);
}

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
	say(task, "");
	return true;
}

/* Where a guard would be is nothing of anybody's: a page there that is in memory was touched. */
void hki_overflow_check(const struct hk_task *task, const void *frame)
{
	char *bottom = hki_stack_bottom(task);
	size_t gap = hki_stack_guard_size();
	if ((const char *)frame >= bottom && hki_os_resident_tail(bottom - gap, gap) == 0)
		return;
	say(task, ", without a guard, and perhaps memory of others");
	hki_os_abort();
}
