/* SPDX-License-Identifier: MIT */
/* Step 2 of 6: where ready tasks wait, first come first served. The lock of the runtime protects
 * it. */
#ifndef CORE_RUNQ_H
#define CORE_RUNQ_H

#include <stddef.h>

struct hk_task;

struct runq {
	struct hk_task *first;
	struct hk_task *last;
	size_t count;
};

void hki_runq_push(struct runq *runq, struct hk_task *task);
/* NULL: empty. */
struct hk_task *hki_runq_pop(struct runq *runq);

#endif
