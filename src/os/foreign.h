/* SPDX-License-Identifier: MIT */
/*
 * The pthread mutexes that the calling thread holds. A task that waits with one stops whatever else
 * wants it, and goes on, on another thread, as somebody who does not own it. Only a library that
 * was built for debugging knows.
 */
#ifndef OS_FOREIGN_H
#define OS_FOREIGN_H

#include <stdint.h>

#ifdef HKI_CHECKS
/* How many; *place: where the last was locked. */
uint32_t hki_os_foreign_locks(const void **place);
/* From now on they are not counted: other tasks will run on this thread. */
void hki_os_foreign_forget(void);
#else
static inline uint32_t hki_os_foreign_locks(const void **place)
{
	(void)place;
	return 0;
}

static inline void hki_os_foreign_forget(void)
{
}
#endif

#endif
