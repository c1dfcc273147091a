/* SPDX-License-Identifier: MIT */
/* The rare moves: half a ring goes to a thief, or to the common queue. */
#include "core/localq.h"

#include "core/task.h"

static struct hk_task *entry(const struct localq *queue, uint32_t index)
{
	return ld_rlx(&queue->ring[index % LOCALQ_SIZE]);
}

struct hk_task *hki_localq_steal(struct localq *queue, struct localq *from)
{
	/* order LQ2 acquire: an entry that is as old as its head; pairs with hki_localq_steal() */
	uint32_t head = ld_acq(&from->head);
	uint32_t tail = ld_rlx(&queue->tail);
	for (;;) {
		/* order LQ1 acquire: the entries before it, the tasks; pairs with localq_push(),
		   hki_localq_steal() */
		uint32_t count = ld_acq(&from->tail) - head;
		if (count == 0)
			return localq_take_slot(from);
		if (count > LOCALQ_SIZE) {
			/* The owner has gone on between the two looks. */
			/* order LQ2 acquire: as above; pairs with hki_localq_steal() */
			head = ld_acq(&from->head);
			continue;
		}
		count -= count / 2;
		struct hk_task *first = entry(from, head);
		for (uint32_t i = 1; i < count; i++)
			st_rlx(&queue->ring[(tail + i - 1) % LOCALQ_SIZE], entry(from, head + i));
		/* order LQ2 acqrel: the entries have been read; pairs with localq_push() */
		if (!cas_acqrel(&from->head, &head, head + count))
			continue;
		/* order LQ1 release: the entries; pairs with hki_localq_steal() */
		st_rel(&queue->tail, tail + count - 1);
		return first;
	}
}

struct hk_task *hki_localq_spill(struct localq *queue)
{
	const uint32_t count = LOCALQ_SIZE / 2;
	uint32_t head = ld_rlx(&queue->head);
	if (ld_rlx(&queue->tail) - head != LOCALQ_SIZE)
		return NULL;
	/* order LQ2 acqrel: none but the owner's own reads; pairs with localq_push() */
	if (!cas_acqrel(&queue->head, &head, head + count))
		return NULL;
	/* They are the owner's until it pushes again. */
	for (uint32_t i = 0; i < count; i++)
		entry(queue, head + i)->next = i + 1 < count ? entry(queue, head + i + 1) : NULL;
	return entry(queue, head);
}
