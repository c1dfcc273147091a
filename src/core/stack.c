/* SPDX-License-Identifier: MIT */
#include "core/stack.h"

#include "arch/arch.h"
#include "base/atomic.h"
#include "core/task.h"
#include "os/lock.h"
#include "os/os.h"

enum {
	CHUNK_STACKS = 64,
	CHUNK_SIZE = 64 << 20, /* fewer stacks in a chunk when they are large */
	GUARD_PAGES = 4,
	COLOURS = 16,
	COLOUR_STEP = 64,
};

int hki_stack_class(size_t size)
{
	if (size > STACK_SIZE_MAX || size < STACK_SIZE_MIN)
		return -1;
	size_t page = hki_os_page_size(); /* 64 KiB at most: guards are whole pages */
	int size_class = 0;
	while (((size_t)STACK_SIZE_MIN << size_class) < (size > page ? size : page))
		size_class++;
	return size_class;
}

size_t hki_stack_guard_size(void)
{
	return GUARD_PAGES * hki_os_page_size();
}

size_t hki_stack_size(const struct hk_task *task)
{
	return (size_t)STACK_SIZE_MIN << task->stack_class;
}

/* Records lie at the very top of their stack. */
static struct hk_task *record(const struct stack_chunk *chunk, size_t slot)
{
	char *first = (char *)(uintptr_t)chunk + hki_os_page_size();
	return (struct hk_task *)(void *)(first + (slot + 1) * chunk->stride) - 1;
}

void *hki_stack_bottom(const struct hk_task *task)
{
	return (char *)(uintptr_t)(task + 1) - hki_stack_size(task);
}

char *hki_stack_top(const struct hk_task *task)
{
	size_t colour =
		(uintptr_t)(task + 1) / (hki_stack_size(task) + hki_stack_guard_size()) % COLOURS;
	uintptr_t top = (uintptr_t)task - colour * COLOUR_STEP;
	return (char *)(top & ~(uintptr_t)15);
}

static struct stack_chunk *new_chunk(int size_class)
{
	size_t size = (size_t)STACK_SIZE_MIN << size_class;
	size_t stride = size + hki_stack_guard_size();
	size_t count = CHUNK_SIZE / stride;
	count = count > CHUNK_STACKS ? CHUNK_STACKS : count ? count : 1;
	struct stack_chunk *chunk = hki_os_map(hki_os_page_size() + count * stride);
	if (!chunk)
		return NULL;
	chunk->stride = stride;
	chunk->size = size;
	chunk->count = count;
	return chunk;
}

/* A stack that was never used, with its guard; NULL: no memory. The class lock is held. */
static struct hk_task *new_stack(struct stack_class *of, int size_class)
{
	struct stack_chunk *chunk = ld_rlx(&of->chunks);
	if (!chunk || ld_rlx(&chunk->used) == chunk->count) {
		struct stack_chunk *fresh = new_chunk(size_class);
		if (!fresh)
			return NULL;
		fresh->next = chunk;
		/* order SC1 release: the chunk's header; pairs with hki_stack_each() */
		st_rel(&of->chunks, fresh);
		chunk = fresh;
	}
	size_t slot = ld_rlx(&chunk->used);
	struct hk_task *task = record(chunk, slot);
	char *guard = (char *)(task + 1) - chunk->stride;
	if (hki_os_guard(guard, hki_stack_guard_size()) != 0)
		return NULL;
	task->stack_number = hki_arch_tell_stack((char *)(task + 1) - chunk->size, task + 1, 0);
	task->stack_class = (uint8_t)size_class;
	/* order SC2 release: the record's class; pairs with hki_stack_each() */
	st_rel(&chunk->used, slot + 1);
	return task;
}

struct hk_task *hki_stack_get(struct stacks *stacks, int size_class)
{
	struct stack_class *of = &stacks->classes[size_class];
	hki_lock(&of->lock);
	struct hk_task *task = of->free;
	if (task)
		of->free = task->next;
	else
		task = new_stack(of, size_class);
	hki_unlock(&of->lock);
	return task;
}

void hki_stack_put(struct stacks *stacks, struct hk_task *task)
{
	struct stack_class *of = &stacks->classes[task->stack_class];
	hki_lock(&of->lock);
	task->next = of->free;
	of->free = task;
	hki_unlock(&of->lock);
}

void hki_stacks_free(struct stacks *stacks)
{
	for (int size_class = 0; size_class < STACK_CLASSES; size_class++) {
		struct stack_chunk *chunk = stacks->classes[size_class].chunks;
		while (chunk) {
			struct stack_chunk *next = chunk->next;
			for (size_t slot = 0; slot < ld_rlx(&chunk->used); slot++)
				hki_arch_tell_stack(NULL, NULL, record(chunk, slot)->stack_number);
			hki_os_unmap(chunk, hki_os_page_size() + chunk->count * chunk->stride);
			chunk = next;
		}
		stacks->classes[size_class] = (struct stack_class){ 0 };
	}
}

void hki_stack_each(const struct stacks *stacks, bool (*visit)(struct hk_task *, void *), void *arg)
{
	for (int size_class = 0; size_class < STACK_CLASSES; size_class++) {
		/* order SC1 acquire: pairs with new_stack() */
		const struct stack_chunk *chunk = ld_acq(&stacks->classes[size_class].chunks);
		for (; chunk; chunk = chunk->next) {
			/* order SC2 acquire: pairs with new_stack() */
			size_t used = ld_acq(&chunk->used);
			for (size_t slot = 0; slot < used; slot++) {
				if (!visit(record(chunk, slot), arg))
					return;
			}
		}
	}
}

static bool measure(struct hk_task *task, void *arg)
{
	size_t *most = arg;
	size_t touched = hki_os_resident_tail(hki_stack_bottom(task), hki_stack_size(task));
	if (touched > *most)
		*most = touched;
	return true;
}

size_t hki_stack_high_water(const struct stacks *stacks)
{
	size_t most = 0;
	hki_stack_each(stacks, measure, &most);
	return most;
}
