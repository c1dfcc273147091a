/* SPDX-License-Identifier: MIT */
#include "core/stack.h"

#include "arch/arch.h"
#include "base/atomic.h"
#include "core/task.h"
#include "core/trim.h"
#include "os/lock.h"
#include "os/os.h"

enum {
	CHUNK_STACKS = 64,
	CHUNK_SIZE = 64 << 20, /* fewer stacks in a chunk when they are large */
	GUARD_PAGES = 4,
	COLOURS = 16,
	COLOUR_STEP = 64,
};

/* Guards that cost mappings; a lock of the process, as mappings are the process's. */
static struct {
	uint32_t lock;
	size_t made;
} heavy_guards;

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
	uintptr_t top = (uintptr_t)task - task->colour * (size_t)COLOUR_STEP;
	return (char *)(top & ~(uintptr_t)15);
}

static void list_remove(struct stack_chunk *chunk)
{
	struct stack_list *list = chunk->in;
	*(chunk->prev ? &chunk->prev->next : &list->first) = chunk->next;
	*(chunk->next ? &chunk->next->prev : &list->last) = chunk->prev;
	chunk->in = NULL;
}

/* At the front, to be used first; one with stacks that have no guard at the end. */
static void list_add(struct stack_list *list, struct stack_chunk *chunk)
{
	chunk->in = list;
	chunk->prev = chunk->bare ? list->last : NULL;
	chunk->next = chunk->bare ? NULL : list->first;
	*(chunk->prev ? &chunk->prev->next : &list->first) = chunk;
	*(chunk->next ? &chunk->next->prev : &list->last) = chunk;
}

/* Puts the chunk where it belongs now. The class lock is held. */
static __attribute__((noinline)) void move(struct stacks *stacks, struct stack_class *of,
	struct stack_chunk *chunk)
{
	size_t in_use = chunk->used - chunk->free_count;
	struct stack_list *list = NULL;
	if (in_use == 0)
		list = chunk->used ? &of->idle : &of->cold;
	else if (in_use < chunk->count)
		list = &of->partly;
	if (list == chunk->in)
		return;
	if (chunk->in == &of->idle)
		sub_rlx(&stacks->idle, 1);
	if (chunk->in)
		list_remove(chunk);
	if (list)
		list_add(list, chunk);
	if (list == &of->idle) {
		chunk->idle_since = ld_rlx(&stacks->epoch);
		add_rlx(&stacks->idle, 1);
	}
}

/* As move(), which seldom has anything to do: a chunk that is partly in use mostly stays so. */
static inline void settle(struct stacks *stacks, struct stack_class *of, struct stack_chunk *chunk)
{
	size_t in_use = chunk->used - chunk->free_count;
	if (chunk->in != &of->partly || in_use == 0 || in_use == chunk->count)
		move(stacks, of, chunk);
}

/* The class lock is held. */
static struct stack_chunk *new_chunk(struct stack_class *of, int size_class)
{
	size_t size = (size_t)STACK_SIZE_MIN << size_class;
	size_t stride = size + hki_stack_guard_size();
	size_t count = CHUNK_SIZE / stride;
	count = count > CHUNK_STACKS ? CHUNK_STACKS : count ? count : 1;
	size_t mapped = hki_os_page_size() + count * stride;
	struct stack_chunk *chunk = hki_os_map(mapped);
	if (!chunk)
		return NULL;
	if (!hki_os_guards_are_light())
		hki_os_no_huge_pages(chunk, mapped);
	chunk->stride = stride;
	chunk->size = size;
	chunk->size_class = (uint8_t)size_class;
	chunk->count = count;
	chunk->older = ld_rlx(&of->chunks);
	/* order SC1 release: the chunk's header; pairs with hki_stack_each() */
	st_rel(&of->chunks, chunk);
	return chunk;
}

size_t hki_stack_guards_max(void)
{
	/* Each takes two: the other half is left to the program. */
	return hki_os_guards_are_light() ? SIZE_MAX : hki_os_mappings_max() / 4;
}

static bool guard_heavy(char *at)
{
	size_t max = hki_stack_guards_max();
	hki_lock(&heavy_guards.lock);
	bool made = heavy_guards.made < max && hki_os_guard_heavy(at, hki_stack_guard_size()) == 0;
	heavy_guards.made += made;
	hki_unlock(&heavy_guards.lock);
	return made;
}

/*
 * The next slot needs a guard: makes those of its successors too, before anything is touched there.
 * The first chunk begins with few, for a program of few tasks.
 */
static void guard_more(struct stack_chunk *chunk)
{
	char *at = (char *)chunk + hki_os_page_size() + chunk->guarded * chunk->stride;
	size_t many =
		chunk->older || chunk->guarded > OS_GUARDS_MAX ? OS_GUARDS_MAX : chunk->guarded + 1;
	if (many > chunk->count - chunk->guarded)
		many = chunk->count - chunk->guarded;
	size_t made = 0;
	if (hki_os_guards_are_light())
		made = hki_os_guard_light(at, hki_stack_guard_size(), chunk->stride, many);
	if (!made)
		made = guard_heavy(at);
	chunk->guarded += made;
	chunk->bare = !made;
}

/* A stack that nothing is kept of, with its guard if there are any. The class lock is held. */
static __attribute__((noinline)) struct hk_task *new_stack(struct stack_chunk *chunk)
{
	size_t slot = ld_rlx(&chunk->used);
	struct hk_task *task = record(chunk, slot);
	if (slot >= chunk->guarded && !chunk->bare)
		guard_more(chunk);
	task->stack_class = chunk->size_class;
	task->chunk = chunk;
	task->colour = (uint8_t)((uintptr_t)(task + 1) / chunk->stride % COLOURS);
	task->bare = slot >= chunk->guarded;
	task->stack_number = hki_arch_tell_stack((char *)(task + 1) - chunk->size, task + 1, 0);
	chunk->told |= task->stack_number != 0;
	/* order SC2 release: the record; pairs with hki_stack_each() */
	st_rel(&chunk->used, slot + 1);
	return task;
}

/* None is partly in use. The class lock is held. */
static __attribute__((noinline)) struct stack_chunk *other_chunk(struct stack_class *of,
	int size_class)
{
	if (of->idle.first)
		return of->idle.first;
	return of->cold.first ? of->cold.first : new_chunk(of, size_class);
}

struct hk_task *hki_stack_get(struct stacks *stacks, int size_class)
{
	struct stack_class *of = &stacks->classes[size_class];
	struct hk_task *task = NULL;
	hki_lock(&of->lock);
	struct stack_chunk *chunk = of->partly.first;
	if (!chunk)
		chunk = other_chunk(of, size_class);
	if (chunk) {
		task = chunk->free;
		if (task) {
			chunk->free = task->next;
			chunk->free_count--;
		} else {
			task = new_stack(chunk);
		}
		settle(stacks, of, chunk);
	}
	hki_unlock(&of->lock);
	return task;
}

void hki_stack_put(struct stacks *stacks, struct hk_task *task)
{
	struct stack_chunk *chunk = task->chunk;
	struct stack_class *of = &stacks->classes[task->stack_class];
	hki_lock(&of->lock);
	task->next = chunk->free;
	chunk->free = task;
	chunk->free_count++;
	settle(stacks, of, chunk);
	hki_unlock(&of->lock);
}

struct stack_chunk *hki_stack_idle_take(struct stacks *stacks, uint32_t epoch)
{
	for (int size_class = 0; size_class < STACK_CLASSES; size_class++) {
		struct stack_class *of = &stacks->classes[size_class];
		hki_lock(&of->lock);
		struct stack_chunk *chunk = of->idle.last;
		bool due = chunk && (int32_t)(epoch - chunk->idle_since) > 0;
		if (due) {
			list_remove(chunk);
			sub_rlx(&stacks->idle, 1);
		}
		hki_unlock(&of->lock);
		if (due)
			return chunk;
	}
	return NULL;
}

void hki_stack_idle_return(struct stacks *stacks, struct stack_chunk *chunk)
{
	struct stack_class *of = &stacks->classes[chunk->size_class];
	hki_lock(&of->lock);
	settle(stacks, of, chunk);
	hki_unlock(&of->lock);
}

void *hki_stack_chunk_memory(struct stack_chunk *chunk, size_t *size)
{
	*size = chunk->count * chunk->stride;
	return (char *)chunk + hki_os_page_size();
}

void hki_stack_chunk_forget(struct stack_chunk *chunk)
{
	for (size_t slot = 0; chunk->told && slot < chunk->used; slot++)
		hki_arch_tell_stack(NULL, NULL, record(chunk, slot)->stack_number);
	chunk->told = false;
	hki_sanitize_forget((char *)chunk + hki_os_page_size(), chunk->used * chunk->stride);
	st_rlx(&chunk->used, 0);
}

static void unmap(struct stack_chunk *chunk)
{
	hki_stack_chunk_forget(chunk);
	if (!hki_os_guards_are_light()) {
		hki_lock(&heavy_guards.lock);
		heavy_guards.made -= chunk->guarded;
		hki_unlock(&heavy_guards.lock);
	}
	hki_os_unmap(chunk, hki_os_page_size() + chunk->count * chunk->stride);
}

void hki_stacks_free(struct stacks *stacks)
{
	for (int size_class = 0; size_class < STACK_CLASSES; size_class++) {
		struct stack_chunk *chunk = stacks->classes[size_class].chunks;
		while (chunk) {
			struct stack_chunk *older = chunk->older;
			unmap(chunk);
			chunk = older;
		}
		stacks->classes[size_class] = (struct stack_class){ 0 };
	}
}

void hki_stack_each(const struct stacks *stacks, bool (*visit)(struct hk_task *, void *), void *arg)
{
	bool more = true;
	hki_trim_hold();
	for (int size_class = 0; more && size_class < STACK_CLASSES; size_class++) {
		/* order SC1 acquire: pairs with new_chunk() */
		const struct stack_chunk *chunk = ld_acq(&stacks->classes[size_class].chunks);
		for (; more && chunk; chunk = chunk->older) {
			/* order SC2 acquire: pairs with new_stack() */
			size_t used = ld_acq(&chunk->used);
			for (size_t slot = 0; more && slot < used; slot++)
				more = visit(record(chunk, slot), arg);
		}
	}
	hki_trim_release();
}

size_t hki_stack_chunk_high_water(const struct stack_chunk *chunk)
{
	size_t most = 0;
	for (size_t slot = 0; slot < chunk->used; slot++) {
		char *bottom = (char *)(record(chunk, slot) + 1) - chunk->size;
		size_t touched = hki_os_resident_tail(bottom, chunk->size);
		if (touched > most)
			most = touched;
	}
	return most;
}

size_t hki_stack_high_water(const struct stacks *stacks)
{
	size_t most = stacks->trimmed_high_water;
	for (int size_class = 0; size_class < STACK_CLASSES; size_class++) {
		const struct stack_chunk *chunk = stacks->classes[size_class].chunks;
		for (; chunk; chunk = chunk->older) {
			size_t touched = hki_stack_chunk_high_water(chunk);
			if (touched > most)
				most = touched;
		}
	}
	return most;
}
