/* SPDX-License-Identifier: MIT */
/*
 * Memory of freed stacks goes back to the system: that of whole chunks of which no stack has been
 * in use for a while. An idle worker does it, a chunk at a time, before it waits.
 */
#ifndef CORE_TRIM_H
#define CORE_TRIM_H

#include <hocket/time.h>

struct runtime;

/* Trims a chunk if one is due. Returns when to come again; HK_FOREVER: there is nothing to trim. */
hk_time hki_trim(struct runtime *rt);

/*
 * While somebody holds, in any runtime, nothing is trimmed: for those who look at records of tasks
 * that may have ended, and lock the locks there. Nobody waits for a trim, so it may take long.
 */
void hki_trim_hold(void);
void hki_trim_release(void);

#endif
