/* SPDX-License-Identifier: MIT */
/*
 * Stacks: reserved in chunks, a guard below each, the task's record at its top. Freed stacks are
 * kept and used again last-in first-out, while they are warm. The memory of a stack stays mapped
 * until the runtime ends: a stale look at a record sees old data, never a fault.
 */
#ifndef CORE_STACK_H
#define CORE_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hk_task;

enum {
	STACK_SIZE_MIN = 16 << 10,
	STACK_SIZE_MAX = 64 << 20,
	STACK_SIZE_DEFAULT = 256 << 10,
	STACK_CLASSES = 13, /* 16 KiB << class */
};

/* Consecutive stacks of one size: a header page, then `count` strides of guard and stack. */
struct stack_chunk {
	struct stack_chunk *next; /* (a) older chunk of the class */
	size_t stride;		  /* (c) */
	size_t size;		  /* (c) of each stack */
	size_t count;		  /* (c) */
	size_t used;		  /* (a) how many were ever in use */
};

struct stack_class {
	uint32_t lock;
	struct hk_task *free;	    /* class lock */
	struct stack_chunk *chunks; /* (a) newest first */
};

struct stacks {
	struct stack_class classes[STACK_CLASSES];
};

/* The class for a size in bytes; -1 when out of range. */
int hki_stack_class(size_t size);
/* A zeroed-enough record on a free stack of the class (name and links are stale); NULL: no memory.
 */
struct hk_task *hki_stack_get(struct stacks *stacks, int size_class);
void hki_stack_put(struct stacks *stacks, struct hk_task *task);
/* Unmaps all stacks. */
void hki_stacks_free(struct stacks *stacks);

/* Lowest usable address, and size, of the stack under the record. */
void *hki_stack_bottom(const struct hk_task *task);
size_t hki_stack_size(const struct hk_task *task);
/* Where the task's data ends and its first frame may begin, aligned to 16; coloured by slot. */
char *hki_stack_top(const struct hk_task *task);
size_t hki_stack_guard_size(void);

/* Calls visit for each record that was ever in use, until it returns false. Takes no lock. */
void hki_stack_each(const struct stacks *stacks, bool (*visit)(struct hk_task *, void *),
	void *arg);
/* The most bytes that any stack has touched, in pages. */
size_t hki_stack_high_water(const struct stacks *stacks);

#endif
