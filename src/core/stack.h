/* SPDX-License-Identifier: MIT */
/*
 * Stacks: reserved in chunks, a guard below each, the task's record at its top. Freed stacks are
 * kept and used again last-in first-out, while they are warm; chunks of which none is used give
 * their memory back (core/trim.h). They stay mapped until the runtime ends: a stale look at a
 * record sees old data or zeros, never a fault.
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

/*
 * Consecutive stacks of one size: a header page, then `count` strides of guard and stack. In one
 * list of its class, or in none while all of its stacks are in use. Key: (c) constant, (a) atomic,
 * all else class lock.
 */
struct stack_chunk {
	/* What each task's stack needs comes first: one cache line. */
	struct hk_task *free; /* last in first out */
	size_t free_count;
	size_t used;  /* (a) those from this slot on were never used, or not since trimmed */
	size_t count; /* (c) */
	struct stack_list *in;
	uint8_t size_class; /* (c) */
	bool bare;	    /* no more guards can be had */
	bool told;	    /* valgrind knows of its stacks */

	struct stack_chunk *older; /* (a) of the class */
	size_t stride;		   /* (c) */
	size_t size;		   /* (c) of each stack */
	size_t guarded;		   /* how many have a guard, from the first on */
	uint32_t idle_since;	   /* the epoch in which the last one in use was freed */
	struct stack_chunk *prev;
	struct stack_chunk *next;
};

struct stack_list {
	struct stack_chunk *first;
	struct stack_chunk *last;
};

struct stack_class {
	uint32_t lock;
	struct stack_list partly;   /* some stacks are in use, some are not */
	struct stack_list idle;	    /* none is in use, newest first */
	struct stack_list cold;	    /* the same, and nothing is kept in memory */
	struct stack_chunk *chunks; /* (a) all, newest first */
};

struct stacks {
	struct stack_class classes[STACK_CLASSES];
	uint32_t idle;		   /* (a) how many chunks are idle */
	uint32_t epoch;		   /* (a) written by core/trim.c */
	int64_t epoch_end;	   /* of the poller; 0: nothing is idle */
	size_t trimmed_high_water; /* of the poller */
};

/* The class for a size in bytes; -1 when out of range. */
int hki_stack_class(size_t size);
/* A zeroed-enough record on a free stack of the class (name and links are stale); NULL: no memory.
 */
struct hk_task *hki_stack_get(struct stacks *stacks, int size_class);
void hki_stack_put(struct stacks *stacks, struct hk_task *task);
/* The chunk that has been idle for longest, if since before the epoch: it is the caller's until
   hki_stack_idle_return(). */
struct stack_chunk *hki_stack_idle_take(struct stacks *stacks, uint32_t epoch);
void hki_stack_idle_return(struct stacks *stacks, struct stack_chunk *chunk);
/* Of its stacks nothing is kept: they are as never used. */
void hki_stack_chunk_forget(struct stack_chunk *chunk);
/* Where the stacks of a chunk begin, and how many bytes they are. */
void *hki_stack_chunk_memory(struct stack_chunk *chunk, size_t *size);
/* Unmaps all stacks. */
void hki_stacks_free(struct stacks *stacks);

/* Lowest usable address, and size, of the stack under the record. */
__attribute__((pure)) void *hki_stack_bottom(const struct hk_task *task);
size_t hki_stack_size(const struct hk_task *task);
/* Where the task's data ends and its first frame may begin, aligned to 16; coloured by slot. */
__attribute__((pure)) char *hki_stack_top(const struct hk_task *task);
size_t hki_stack_guard_size(void);
/* How many tasks of the process may have a guard that costs mappings; SIZE_MAX: it costs none. */
size_t hki_stack_guards_max(void);

/* Calls visit for each record that is or was in use, until it returns false: stacks are taken and
   freed meanwhile, but not trimmed. A record may be all zero. */
void hki_stack_each(const struct stacks *stacks, bool (*visit)(struct hk_task *, void *),
	void *arg);
/* The most bytes that any stack of the chunk has touched, in pages; of any stack there was. */
size_t hki_stack_chunk_high_water(const struct stack_chunk *chunk);
size_t hki_stack_high_water(const struct stacks *stacks);

#endif
