/* SPDX-License-Identifier: MIT */
/* A task waits while it holds a pthread mutex: says so, once for each place of such a wait. */
#include "core/foreign.h"

#include "core/report.h"
#include "core/runtime.h"

enum { PLACES = 64, PLACE_SIZE = 160 };

/* (a) Where the waits were that have been told of. When it is full, no more are. */
static const void *told[PLACES];

static bool is_new(const void *place)
{
	for (int i = 0; i < PLACES; i++) {
		const void *other = NULL;
		if (cas_rlx(&told[i], &other, place))
			return true;
		if (other == place)
			return false;
	}
	return false;
}

void hki_foreign_tell(const struct hk_task *task, const void *waits_at)
{
	const void *locked_at = NULL;
	uint32_t count = hki_os_foreign_locks(&locked_at);
	/* A sticky task goes on on the same thread, on which no other runs. */
	if (task->flags & HK_STICKY)
		return;
	hki_os_foreign_forget();
	if (!is_new(waits_at))
		return;
	struct os_mapping mapping = { 0 };
	char who[REPORT_LINE / 2], locked[PLACE_SIZE], waits[PLACE_SIZE];
	struct text text = text_in(who, sizeof who);
	hki_report_who(&text, task);
	hki_os_place_of(&mapping, (const char *)locked_at - 1, locked, sizeof locked);
	hki_os_place_of(&mapping, waits_at ? (const char *)waits_at - 1 : NULL, waits,
		sizeof waits);
	hki_say("%s waits, at %s, while it holds %u pthread mutex%s, locked last at %s: it may go "
		"on on another thread, which does not own it. Unlock before, take hk_mutex, or "
		"make the task HK_STICKY",
		who, waits, count, count == 1 ? "" : "es", locked);
}
