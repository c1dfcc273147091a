/* SPDX-License-Identifier: MIT */
/* Step 3 of 6: a carrier goes from one stack to another. core/worker.c */
#ifndef CORE_SWITCH_H
#define CORE_SWITCH_H

struct carrier;
struct hk_task;

/*
 * Leaves the stack of carrier->current (NULL: the carrier's own) for that of `to` (NULL: the
 * carrier's own). Once it has been left, after(carrier, from) runs on the other side: only then may
 * the left task become visible to others, or its stack be freed. Returns when somebody switches
 * back, with the carrier that did.
 */
struct carrier *hki_switch(struct carrier *carrier, struct hk_task *to,
	void (*after)(struct carrier *, struct hk_task *));

/* A new task's stack comes into use. */
void hki_switch_open(struct hk_task *task);
/* Makes its first frame, below top; the first switch to it runs the task. */
void hki_switch_prepare(struct hk_task *task, char *top);

/* What the thread of a carrier does from start to end. arg: the carrier. */
void *hki_carrier_main(void *arg);

#endif
