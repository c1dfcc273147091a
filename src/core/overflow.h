/* SPDX-License-Identifier: MIT */
#ifndef CORE_OVERFLOW_H
#define CORE_OVERFLOW_H

#include <stdbool.h>

/* Whether a fault at the address is the calling task's stack overflow; then it is said on stderr.
 */
bool hki_overflow_report(const void *at);

#endif
