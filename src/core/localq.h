/* SPDX-License-Identifier: MIT */
/*
 * The ready tasks of one worker: a ring, first come first served, and a slot before it for a task
 * that was woken here, which finds its data in the caches. The worker's holder (the owner) pushes
 * at the tail; the owner and thieves take from the head.
 *
 * The ring: head is moved by CAS, by anybody, once what it leaves has been read; tail by the owner
 * alone. A thief that read an entry which was overwritten meanwhile loses the CAS, since head has
 * moved then: 2^32 moves between its two looks are not possible (the same ring as in Go's
 * scheduler; Blumofe and Leiserson, Scheduling multithreaded computations by work stealing, 1999,
 * for the principle).
 *
 * The slot: a pointer that whoever takes it exchanges for NULL.
 */
#ifndef CORE_LOCALQ_H
#define CORE_LOCALQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/atomic.h"

struct hk_task;

#ifndef LOCALQ_SIZE
#define LOCALQ_SIZE 256u /* a power of two */
#endif

/* How often in a row the slot comes before the ring. */
enum { LOCALQ_SLOT_TURNS = 8 };

struct localq {
	uint32_t head __attribute__((aligned(64))); /* (a) */
	uint32_t tail;				    /* (a) */
	struct hk_task *slot;			    /* (a) */
	unsigned slot_turns;			    /* of the owner */
	struct hk_task *ring[LOCALQ_SIZE];	    /* (a) */
};

/* How many tasks it has, the slot's included; by anybody, as a hint. */
static inline uint32_t localq_count(const struct localq *queue)
{
	/* order LQ2 acquire: head before tail, else their difference could be -1 and hide the slot;
	   pairs with localq_take_ring(), hki_localq_steal(), hki_localq_spill() */
	uint32_t head = ld_acq(&queue->head);
	return ld_rlx(&queue->tail) - head + (ld_rlx(&queue->slot) != NULL);
}

/* To the tail. By the owner; false: it is full. */
static inline bool localq_push(struct localq *queue, struct hk_task *task)
{
	uint32_t tail = ld_rlx(&queue->tail);
	/* order LQ2 acquire: who moved it has read what is overwritten now; pairs with
	   localq_take_ring(), hki_localq_steal(), hki_localq_spill() */
	if (tail - ld_acq(&queue->head) == LOCALQ_SIZE)
		return false;
	st_rlx(&queue->ring[tail % LOCALQ_SIZE], task);
	/* order LQ1 release: the entry, and the task; pairs with hki_localq_steal() */
	st_rel(&queue->tail, tail + 1);
	return true;
}

/* A task that the running one has woken: into the slot if it is free. By the owner; false: full. */
static inline bool localq_push_woken(struct localq *queue, struct hk_task *task)
{
	if (ld_rlx(&queue->slot))
		return localq_push(queue, task);
	/* order LQ3 release: the task; pairs with localq_take_slot() */
	st_rel(&queue->slot, task);
	return true;
}

/* By anybody. NULL: empty. */
static inline struct hk_task *localq_take_slot(struct localq *queue)
{
	/* order LQ3 acquire: pairs with localq_push_woken() */
	return ld_rlx(&queue->slot) ? xchg_acq(&queue->slot, NULL) : NULL;
}

/* By the owner. NULL: empty. */
static inline struct hk_task *localq_take_ring(struct localq *queue)
{
	uint32_t tail = ld_rlx(&queue->tail);
	uint32_t head = ld_rlx(&queue->head);
	while (head != tail) {
		struct hk_task *task = ld_rlx(&queue->ring[head % LOCALQ_SIZE]);
		/* order LQ2 release: the entry has been read; pairs with localq_push() */
		if (cas_rel(&queue->head, &head, head + 1))
			return task;
	}
	return NULL;
}

/* The next task. By the owner. NULL: empty. */
static inline struct hk_task *localq_pop(struct localq *queue)
{
	if (ld_rlx(&queue->slot) && queue->slot_turns < LOCALQ_SLOT_TURNS) {
		struct hk_task *task = localq_take_slot(queue);
		if (task) {
			queue->slot_turns++;
			return task;
		}
	}
	queue->slot_turns = 0;
	struct hk_task *task = localq_take_ring(queue);
	return task ? task : localq_take_slot(queue);
}

/*
 * Takes half of what the other has, rounded up, by the owner of `queue`, which is empty. Returns
 * one of them; the others are in `queue` now. NULL: nothing was there to be had.
 */
struct hk_task *hki_localq_steal(struct localq *queue, struct localq *from);
/* Takes out half of a full ring, by its owner; the tasks are linked by next. NULL: it is not full
   any more. */
struct hk_task *hki_localq_spill(struct localq *queue);

#endif
