/* SPDX-License-Identifier: MIT */
/*
 * The kernel restarts most calls after a handler (SA_RESTART), but those with a time limit it ends
 * with EINTR. When our own signal did that, hki_arch_restart() has the call made again: the program
 * never sees it. Such a signal is only sent to a thread that was seen running a moment ago, so the
 * call has just begun.
 */
#ifndef ARCH_CALLS_H
#define ARCH_CALLS_H

#include <stdbool.h>
#include <stdint.h>

/* Calls that end with EINTR after a handler even with SA_RESTART. */
bool hki_arch_never_restarted(uint64_t number);

#endif
