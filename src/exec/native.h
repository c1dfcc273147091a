/* SPDX-License-Identifier: MIT */
/* What native.c (tasks change) and handoff.c (carriers change) need of each other. */
#ifndef EXEC_NATIVE_H
#define EXEC_NATIVE_H

#include <stdbool.h>

#include <hocket/trace.h>

struct carrier;
struct hk_task;
struct runtime;
struct worker;

/* The task, which any carrier may run, is this one's now; when it is sticky, for life. */
void hki_native_begin(struct carrier *carrier, struct hk_task *task);
/* After the switch: from now on wakers make the task ready; one that came earlier did not. */
void hki_native_settle(struct carrier *carrier, struct hk_task *task);

/* --- handoff.c --- */

/*
 * The calling task gives its worker away and stays on its carrier, which stands still until it is
 * granted a worker.
 */
void hki_handoff_wait(struct carrier *carrier);
/* The task is ready: false when nobody else could use the worker, which it then keeps. */
bool hki_handoff_yield(struct carrier *carrier, enum hk_cause cause);
/* The carrier has no task: it becomes a spare; its worker, if it has one, goes to the carrier that
   `give` is bound to. Returns when it was granted a worker; false: the thread is to end. */
bool hki_handoff_spare(struct carrier *carrier, struct hk_task *give);

#endif
