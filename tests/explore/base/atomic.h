/* SPDX-License-Identifier: MIT */
/*
 * Stands before src/base/atomic.h when the explorer compiles files of src/: each atomic operation
 * becomes a point where any thread may go on (driver.h). Same names, same meaning.
 */
#ifndef BASE_ATOMIC_H
#define BASE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#include "driver.h"

#define EXPLORE_TEXT_OF(x) #x
#define EXPLORE_TEXT(x)	   EXPLORE_TEXT_OF(x)
#define EXPLORE_HERE	   __FILE__ ":" EXPLORE_TEXT(__LINE__)
/* What *p holds, without const. */
#define EXPLORE_TYPE(p)	   __typeof__(__atomic_load_n((p), __ATOMIC_RELAXED))

#define EXPLORE_LOAD(p) ((EXPLORE_TYPE(p))explore_load((p), sizeof *(p), EXPLORE_HERE))
#define EXPLORE_STORE(p, v, release)                                                               \
	explore_store((p), sizeof *(p), (uint64_t)(EXPLORE_TYPE(p))(v), (release), EXPLORE_HERE)
#define EXPLORE_CHANGE(p, how, v, release)                                                         \
	((EXPLORE_TYPE(p))explore_change((p), sizeof *(p), (how), (uint64_t)(EXPLORE_TYPE(p))(v),  \
		(release), EXPLORE_HERE))
#define EXPLORE_CAS(p, expected, v, release)                                                       \
	explore_cas((p), sizeof *(p), (expected), (uint64_t)(EXPLORE_TYPE(p))(v), (release),       \
		EXPLORE_HERE)

#define ld_rlx(p)    EXPLORE_LOAD(p)
#define ld_acq(p)    EXPLORE_LOAD(p)
#define st_rlx(p, v) EXPLORE_STORE(p, v, false)
#define st_rel(p, v) EXPLORE_STORE(p, v, true)

#define add_rlx(p, v)	 EXPLORE_CHANGE(p, EXPLORE_ADD, v, false)
#define add_acqrel(p, v) EXPLORE_CHANGE(p, EXPLORE_ADD, v, true)
#define sub_rlx(p, v)	 EXPLORE_CHANGE(p, EXPLORE_SUB, v, false)
#define sub_rel(p, v)	 EXPLORE_CHANGE(p, EXPLORE_SUB, v, true)
#define and_rlx(p, v)	 EXPLORE_CHANGE(p, EXPLORE_AND, v, false)
#define or_rlx(p, v)	 EXPLORE_CHANGE(p, EXPLORE_OR, v, false)
#define or_acqrel(p, v)	 EXPLORE_CHANGE(p, EXPLORE_OR, v, true)
#define xchg_acq(p, v)	 EXPLORE_CHANGE(p, EXPLORE_XCHG, v, false)
#define xchg_rel(p, v)	 EXPLORE_CHANGE(p, EXPLORE_XCHG, v, true)

#define cas_rlx(p, expected, v)	   EXPLORE_CAS(p, expected, v, false)
#define cas_acq(p, expected, v)	   EXPLORE_CAS(p, expected, v, false)
#define cas_rel(p, expected, v)	   EXPLORE_CAS(p, expected, v, true)
#define cas_acqrel(p, expected, v) EXPLORE_CAS(p, expected, v, true)

#define fence_seq() explore_fence(EXPLORE_HERE)

static inline void cpu_pause(void)
{
}

static inline void compiler_barrier(void)
{
}

#endif
