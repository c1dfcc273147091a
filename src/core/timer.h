/* SPDX-License-Identifier: MIT */
/* Deadlines of waiting tasks. hki_timer_arm() and hki_timer_disarm() are in core/runtime.h. */
#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include <hocket/time.h>

#include "core/wake.h"

/* The first of all deadlines, for those who watch. The timer lock is held. */
void hki_timer_publish(struct runtime *rt);

/* Claims the tasks whose deadline has come, for the outcome `timeout`; cancels the scopes whose
   has. No lock is held. */
void hki_timers_expire(struct runtime *rt, struct woken *list);

#endif
