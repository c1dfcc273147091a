/* SPDX-License-Identifier: MIT */
/* Deadlines of waiting tasks. hki_timer_arm() and hki_timer_disarm() are in core/runtime.h. */
#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include <hocket/time.h>

#include "core/wake.h"

/* Claims the tasks whose deadline has come, for the outcome `timeout`. */
void hki_timers_expire(struct runtime *rt, struct woken *list);

#endif
