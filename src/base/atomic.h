/* SPDX-License-Identifier: MIT */
/*
 * Atomic operations with their memory order in the name, so that the orders in use are a closed
 * list that tools/orders.py can check (after mimalloc's atomic.h). They work on plain integer and
 * pointer objects, since public structs cannot hold _Atomic members in C++.
 */
#ifndef BASE_ATOMIC_H
#define BASE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#define ld_rlx(p)    __atomic_load_n((p), __ATOMIC_RELAXED)
#define ld_acq(p)    __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define st_rlx(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define st_rel(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

#define add_rlx(p, v)	 __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define add_rel(p, v)	 __atomic_fetch_add((p), (v), __ATOMIC_RELEASE)
#define add_acqrel(p, v) __atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL)
#define sub_rlx(p, v)	 __atomic_fetch_sub((p), (v), __ATOMIC_RELAXED)
#define sub_rel(p, v)	 __atomic_fetch_sub((p), (v), __ATOMIC_RELEASE)
#define sub_acqrel(p, v) __atomic_fetch_sub((p), (v), __ATOMIC_ACQ_REL)
#define and_rlx(p, v)	 __atomic_fetch_and((p), (v), __ATOMIC_RELAXED)
#define or_rlx(p, v)	 __atomic_fetch_or((p), (v), __ATOMIC_RELAXED)
#define or_acqrel(p, v)	 __atomic_fetch_or((p), (v), __ATOMIC_ACQ_REL)

#define xchg_acq(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)
#define xchg_rel(p, v) __atomic_exchange_n((p), (v), __ATOMIC_RELEASE)

/* Compare and swap; *expected gets the value found when they fail. */
#define cas_rlx(p, expected, v)                                                                    \
	__atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
#define cas_acq(p, expected, v)                                                                    \
	__atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
#define cas_rel(p, expected, v)                                                                    \
	__atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)
#define cas_acqrel(p, expected, v)                                                                 \
	__atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

/*
 * Orders a store before a later load, which nothing weaker does. On x86-64 a locked instruction on
 * the stack is cheaper than mfence, which the builtin is; on aarch64 the builtin is dmb ish.
 */
static inline void fence_seq(void)
{
#if defined(__x86_64__)
	__asm__ volatile("lock orl $0, -4(%%rsp)" ::: "memory", "cc");
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* Between two accesses of one thread that its own signal handler may see in between. */
static inline void compiler_barrier(void)
{
	__asm__ volatile("" ::: "memory");
}

#endif
