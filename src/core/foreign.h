/* SPDX-License-Identifier: MIT */
/* A task that waits while it holds a pthread mutex. */
#ifndef CORE_FOREIGN_H
#define CORE_FOREIGN_H

#include "os/foreign.h"

struct hk_task;

/* It is about to wait, or to let others run; waits_at: where the program called for that. */
void hki_foreign_tell(const struct hk_task *task, const void *waits_at);

/* Only a library that was built for debugging finds anything. */
static inline void hki_foreign_check(const struct hk_task *task, const void *waits_at)
{
	const void *place;
	if (hki_os_foreign_locks(&place) > 0)
		hki_foreign_tell(task, waits_at);
}

#endif
