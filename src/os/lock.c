/* SPDX-License-Identifier: MIT */
#include "os/lock.h"

#include "os/os.h"

enum { SPINS = 100 };

void hki_lock_slow(uint32_t *word)
{
	for (int i = 0; i < SPINS; i++) {
		uint32_t free = 0;
		/* order LK acquire: pairs with hki_unlock() */
		if (ld_rlx(word) == 0 && cas_acq(word, &free, 1))
			return;
		compiler_barrier();
	}
	/* order LK acquire: pairs with hki_unlock() */
	while (xchg_acq(word, 2) != 0)
		hki_os_futex_wait(word, 2, -1);
}

void hki_unlock_slow(uint32_t *word)
{
	hki_os_futex_wake(word, 1);
}
