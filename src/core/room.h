/* SPDX-License-Identifier: MIT */
/* Spawners that wait for room in a scope with a limit. */
#ifndef CORE_ROOM_H
#define CORE_ROOM_H

struct carrier;
struct hk_scope;
struct woken;

/*
 * Waits until a task more may be in the scope. The family lock of its owner is held before and
 * after, not meanwhile. Returns 0 or -ECANCELED. *carrier is updated.
 */
int hki_room_wait(struct carrier **carrier, struct hk_scope *scope);
/* A task has left the scope: lets a spawner in. The family lock is held. */
void hki_room_free(struct hk_scope *scope, struct woken *woken);

#endif
