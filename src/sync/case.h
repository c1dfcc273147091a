/* SPDX-License-Identifier: MIT */
/* The kinds of cases of a select: how each is tried, watched and forgotten. Inside the runtime. */
#ifndef SYNC_CASE_H
#define SYNC_CASE_H

#include <hocket/select.h>

#include "sync/waitq.h"

/* Panics when there is no such case, or it cannot be waited for by the caller (NULL: a thread). */
void hki_case_check(const struct hk_case *at, const struct carrier *carrier, unsigned index);

/* Does it if it can be done at once: then its result is set. */
bool hki_case_try(struct hk_case *at, struct woken *woken);

/*
 * Has the sleeper claimed when it can be done; whoever does so has then done it, and *happened =
 * index, but not for a descriptor or a scope. The sleeper is announced. Returns 0; 1 when it could
 * be done now: then it is not watched; or a negative errno.
 */
int hki_case_watch(struct hk_case *at, struct sleeper *sleeper, unsigned index, unsigned *happened);
void hki_case_forget(struct hk_case *at);

/* It was done by who claimed the sleeper: sets its result. */
void hki_case_finish(struct hk_case *at);

#endif
