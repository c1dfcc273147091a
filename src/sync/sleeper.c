/* SPDX-License-Identifier: MIT */
#include "sync/sleeper.h"

static bool decide(struct sleeper *sleeper, uint32_t how)
{
	uint32_t word = SLEEPER_WAITS;
	/* order SL1 acqrel: what the sleeper was given; pairs with decide(),
	   hki_sleeper_wait_thread() */
	return cas_acqrel(&sleeper->word, &word, how);
}

bool hki_sleeper_withdraw(struct carrier *carrier, struct sleeper *sleeper)
{
	return carrier ? hki_park_withdraw(carrier) : decide(sleeper, SLEEPER_LEFT);
}

int hki_sleeper_wait_thread(struct sleeper *sleeper, hk_time deadline)
{
	/* order SL1 acquire: pairs with decide() */
	while (ld_acq(&sleeper->word) == SLEEPER_WAITS) {
		int64_t left = -1;
		if (deadline != HK_FOREVER) {
			left = deadline - hki_os_now();
			if (left <= 0 && decide(sleeper, SLEEPER_LEFT))
				return -ETIMEDOUT;
		}
		hki_os_futex_wait(&sleeper->word, SLEEPER_WAITS, left < 0 ? -1 : left);
	}
	return 0;
}

bool hki_sleeper_claim_thread(struct sleeper *sleeper)
{
	if (!decide(sleeper, SLEEPER_CLAIMED))
		return false;
	hki_os_futex_wake(&sleeper->word, 1);
	return true;
}
