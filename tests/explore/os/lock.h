/* SPDX-License-Identifier: MIT */
/* Stands before src/os/lock.h when the explorer compiles files of src/: the lock is taken in one
   step, once it is free. */
#ifndef OS_LOCK_H
#define OS_LOCK_H

#include "base/atomic.h"

#define hki_lock(word)	 explore_lock((word), EXPLORE_HERE)
#define hki_unlock(word) explore_unlock((word), EXPLORE_HERE)

#endif
