/* SPDX-License-Identifier: MIT */
/*
 * Conventions of every Hocket header.
 *
 * Calls return a value >= 0 on success and a negative errno (-ENOMEM, -ECANCELED ...) on
 * failure; errno itself is neither needed nor set. What cannot fail returns void.
 * A programming error (unlocking somebody else's mutex, joining somebody else's scope, NULL)
 * is not returned: it panics, that is, it says on stderr what was wrong and which task did
 * it, then calls abort().
 *
 * Each function says
 *   From:    where it may be called: task (inside hk_run), thread (any other thread), signal
 *   Parks:   whether the calling task may have to wait, and whether that wait is a
 *            cancellation point (see hk_cancel())
 *   Returns: every value
 * A call may return on another kernel thread than the one it was called on, if it parks or if the
 * caller's slice is over: do not keep the address of a thread-local variable (errno included)
 * across it; hocket(7) says how.
 */
#ifndef HOCKET_BASE_H
#define HOCKET_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HK_VERSION_MAJOR 0
#define HK_VERSION_MINOR 1
#define HK_VERSION_PATCH 0
#define HK_VERSION	 "0.1.0"

#define HK_API	    __attribute__((visibility("default")))
#define HK_MUST_USE __attribute__((warn_unused_result))
#define HK_NONNULL  __attribute__((nonnull))

#define HK_STRING_(x) #x
#define HK_STRING(x)  HK_STRING_(x)
/* "file.c:12": the place in the source where this macro stands. */
#define HK_HERE	      __FILE__ ":" HK_STRING(__LINE__)

#ifdef __cplusplus
#define HK_BEGIN_DECLS extern "C" {
#define HK_END_DECLS   }
#else
#define HK_BEGIN_DECLS
#define HK_END_DECLS
#endif

HK_BEGIN_DECLS

/* Exit code of a program that ends because a deadlock was proven. */
#define HK_EXIT_DEADLOCK 79

/*
 * The version of the library in use, "major.minor.patch".
 * From: task, thread, signal. Parks: never. Returns: a string that lives for ever.
 */
HK_API const char *hk_version(void);

/*
 * What an error number of this library means, in a few words; err may be negative or positive.
 * From: task, thread, signal. Parks: never. Returns: a string that lives for ever.
 */
HK_API const char *hk_strerror(int err);

HK_END_DECLS

#endif
