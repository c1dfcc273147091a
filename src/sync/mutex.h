/* SPDX-License-Identifier: MIT */
/* A mutex given up and taken again in the middle of a wait for something else. */
#ifndef SYNC_MUTEX_H
#define SYNC_MUTEX_H

#include <hocket/lock.h>

struct carrier;

/* Inside the runtime; the caller holds the mutex once, then again. *carrier is updated. */
void hki_mutex_give_up(struct hk_mutex *mutex);
void hki_mutex_take_again(struct carrier **carrier, struct hk_mutex *mutex);
/* Panics, in the name of the call, unless the caller holds the mutex, and once. */
void hki_mutex_check_held_once(const char *call, const struct hk_mutex *mutex);

#endif
