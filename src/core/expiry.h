/* SPDX-License-Identifier: MIT */
/* Deadlines of scopes. */
#ifndef CORE_EXPIRY_H
#define CORE_EXPIRY_H

#include <hocket/time.h>

struct hk_scope;
struct runtime;
struct woken;

/* Cancels the scopes whose deadline has come; their tasks are added to the list. No lock is held.
   */
void hki_expiry_fire(struct runtime *rt, hk_time now, struct woken *list);
/* By the owner, inside the runtime, without its family lock: afterwards nobody touches the scope on
   account of its deadline. */
void hki_expiry_disarm(struct hk_scope *scope);

#endif
