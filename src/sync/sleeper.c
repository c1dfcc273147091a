/* SPDX-License-Identifier: MIT */
#include "sync/sleeper.h"

#include <errno.h>

/* The word of a thread. A futex call is made for its address, even if the thread has gone on. */
enum { SLEEPS = 0, CLAIMED = 1, LEFT = 2 };

int hki_sleeper_begin(struct carrier *carrier, struct sleeper *sleeper, const struct wait *wait)
{
	if (wait->deadline != HK_FOREVER && wait->deadline <= hki_os_now())
		return -ETIMEDOUT;
	if (carrier)
		return hki_park_begin(carrier, wait) ? 0 : -ECANCELED;
	st_rlx(&sleeper->word, SLEEPS);
	return 0;
}

static bool decide(struct sleeper *sleeper, uint32_t how)
{
	uint32_t word = SLEEPS;
	/* order SL1 acqrel: what the sleeper was given; pairs with decide(), wait_as_thread() */
	return cas_acqrel(&sleeper->word, &word, how);
}

bool hki_sleeper_withdraw(struct carrier *carrier, struct sleeper *sleeper)
{
	return carrier ? hki_park_withdraw(carrier) : decide(sleeper, LEFT);
}

static int wait_as_thread(struct sleeper *sleeper, hk_time deadline)
{
	/* order SL1 acquire: pairs with decide() */
	while (ld_acq(&sleeper->word) == SLEEPS) {
		int64_t left = -1;
		if (deadline != HK_FOREVER) {
			left = deadline - hki_os_now();
			if (left <= 0 && decide(sleeper, LEFT))
				return -ETIMEDOUT;
		}
		hki_os_futex_wait(&sleeper->word, SLEEPS, left < 0 ? -1 : left);
	}
	return 0;
}

int hki_sleeper_wait(struct carrier **carrier, struct sleeper *sleeper, hk_time deadline)
{
	enum hk_outcome outcome;
	if (!*carrier)
		return wait_as_thread(sleeper, deadline);
	*carrier = hki_park(*carrier, &outcome);
	return outcome == HK_OUTCOME_DONE     ? 0 :
		outcome == HK_OUTCOME_TIMEOUT ? -ETIMEDOUT :
						-ECANCELED;
}

bool hki_sleeper_claim(struct sleeper *sleeper, struct woken *woken)
{
	struct hk_task *task = sleeper->task;
	if (!task) {
		if (!decide(sleeper, CLAIMED))
			return false;
		hki_os_futex_wake(&sleeper->word, 1);
		return true;
	}
	/* Tasks of several runtimes may wait for one object. */
	if (woken->rt && woken->rt != ld_rlx(&task->rt))
		hki_wake_flush(woken, NULL);
	return hki_wake_claim(woken, task, HK_OUTCOME_DONE);
}
