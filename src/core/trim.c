/* SPDX-License-Identifier: MIT */
#include "core/trim.h"

#include "core/runtime.h"
#include "os/os.h"

/* A chunk is trimmed in the second epoch after that in which it became idle: half a second to a
   second later. A burst that comes again sooner finds its stacks warm. */
enum { EPOCH_NS = 500000000 };

static uint32_t holders_lock;
static unsigned holders;

void hki_trim_hold(void)
{
	hki_lock(&holders_lock);
	holders++;
	hki_unlock(&holders_lock);
}

void hki_trim_release(void)
{
	hki_lock(&holders_lock);
	holders--;
	hki_unlock(&holders_lock);
}

/* Those who look at records wait until this chunk is done, and find none there; if they came first,
   it is left for later. The caller owns the chunk. */
static void drop(struct stack_chunk *chunk)
{
	size_t size;
	void *at = hki_stack_chunk_memory(chunk, &size);
	hki_lock(&holders_lock);
	if (holders == 0) {
		chunk->free = NULL;
		chunk->free_count = 0;
		hki_stack_chunk_forget(chunk);
		hki_os_drop(at, size);
	}
	hki_unlock(&holders_lock);
}

/* The stats want to know how deep the stacks were. */
static void note_high_water(struct runtime *rt, const struct stack_chunk *chunk)
{
	size_t touched = rt->options.stats ? hki_stack_chunk_high_water(chunk) : 0;
	if (touched > rt->stacks.trimmed_high_water)
		rt->stacks.trimmed_high_water = touched;
}

hk_time hki_trim(struct runtime *rt)
{
	struct stacks *stacks = &rt->stacks;
	if (ld_rlx(&stacks->idle) == 0) {
		stacks->epoch_end = 0;
		return HK_FOREVER;
	}
	hk_time now = hki_os_now();
	uint32_t epoch = ld_rlx(&stacks->epoch);
	if (!stacks->epoch_end) {
		stacks->epoch_end = now + EPOCH_NS;
	} else if (now >= stacks->epoch_end) {
		st_rlx(&stacks->epoch, ++epoch);
		stacks->epoch_end = now + EPOCH_NS;
	}
	struct stack_chunk *chunk = hki_stack_idle_take(stacks, epoch - 1);
	if (!chunk)
		return stacks->epoch_end;
	note_high_water(rt, chunk);
	drop(chunk);
	hki_stack_idle_return(stacks, chunk);
	return now;
}
