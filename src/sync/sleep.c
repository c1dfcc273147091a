/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "core/exec.h"
#include "core/park.h"
#include "core/runtime.h"

int hk_sleep(hk_time ns)
{
	if (ns <= 0) {
		hk_yield();
		return hki_self_cancelled() ? -ECANCELED : 0;
	}
	struct carrier *carrier = hki_enter();
	if (!carrier) {
		hki_os_sleep(ns);
		return 0;
	}
	hk_time now = hki_os_now();
	struct wait wait = {
		.cause = HK_CAUSE_SLEEP,
		.deadline = ns < HK_FOREVER - now ? now + ns : HK_FOREVER - 1,
	};
	enum hk_outcome outcome = HK_OUTCOME_CANCEL;
	hki_park_from(carrier->current);
	if (hki_park_begin(carrier, &wait))
		carrier = hki_park(carrier, &outcome);
	hki_leave(carrier);
	return outcome == HK_OUTCOME_CANCEL ? -ECANCELED : 0;
}
