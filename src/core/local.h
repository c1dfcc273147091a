/* SPDX-License-Identifier: MIT */
/* Values of a task, by key. */
#ifndef CORE_LOCAL_H
#define CORE_LOCAL_H

struct hk_task;
struct local_value;

/* The same values, once more: for a task that is spawned. */
struct local_value *hki_local_share(struct local_value *values);
/* The task, in its own code, has ended: it has no values any more. */
void hki_local_end(struct hk_task *task);

#endif
