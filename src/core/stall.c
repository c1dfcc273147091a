/* SPDX-License-Identifier: MIT */
#include "core/stall.h"

#include "arch/arch.h"
#include "core/report.h"
#include "core/runtime.h"

void hki_stall_note(struct carrier *carrier, void *context)
{
	struct stall *stall = &carrier->stall;
	if (ld_rlx(&stall->state) != STALL_ASKED)
		return;
	const struct hk_task *task = carrier->current;
	stall->count =
		hki_arch_frames(context, hki_stack_bottom(task), task, stall->frames, STALL_FRAMES);
	/* order ST1 release: the frames; pairs with hki_stall_say_stack() */
	st_rel(&stall->state, (uint32_t)STALL_NOTED);
}

void hki_stall_say(struct runtime *rt, struct carrier *carrier, struct hk_task *task,
	hk_time kept_ns)
{
	char who[REPORT_LINE / 2];
	struct text text = text_in(who, sizeof who);
	hki_report_who(&text, task);
	hki_say("stalled: %s has kept its worker for %lld ms though others wait", who,
		(long long)(kept_ns / HK_MS));
	if (rt->options.signal <= 0)
		return;
	st_rlx(&carrier->stall.state, (uint32_t)STALL_ASKED);
	hki_os_interrupt(ld_rlx(&carrier->thread_id), rt->options.signal);
}

bool hki_stall_say_stack(struct carrier *carrier)
{
	struct stall *stall = &carrier->stall;
	/* order ST1 acquire: pairs with hki_stall_note() */
	uint32_t state = ld_acq(&stall->state);
	if (state != STALL_NOTED)
		return state == STALL_ASKED;
	struct os_mapping mapping = { 0 };
	for (unsigned i = 0; i < stall->count; i++) {
		char place[REPORT_LINE / 2];
		hki_os_place_of(&mapping, stall->frames[i], place, sizeof place);
		hki_say("  %s %s", i ? "from" : "  at", place);
	}
	st_rlx(&stall->state, (uint32_t)STALL_NONE);
	return false;
}
