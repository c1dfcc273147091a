/* SPDX-License-Identifier: MIT */
/* Step 1 of 6: a task is born. */
#ifndef CORE_SPAWN_H
#define CORE_SPAWN_H

#include <stddef.h>
#include <stdint.h>

struct hk_scope;
struct hk_task;
struct runtime;

/* What a new task is made of. */
struct birth {
	int (*fn)(void *);
	const void *arg;
	size_t copy; /* so many bytes at arg are copied; 0: arg itself is passed */
	const char *name;
	const char *where;
	int stack_class;
	int64_t slice_ns; /* negative: none */
	uint32_t flags;	  /* of enum hk_task_flags */
	int *result_to;	  /* NULL: nowhere */
};

/* A task that is in no scope and not visible to anybody yet. NULL: no memory for its stack. */
struct hk_task *hki_task_new(struct runtime *rt, const struct birth *birth);

/* As hk_spawn(), but when there is no memory (-ENOMEM) that is the caller's affair: the scope does
   not fail. */
int hki_spawn_alone(struct hk_scope *scope, int (*fn)(void *), void *arg, const char *name,
	const char *where);

#endif
