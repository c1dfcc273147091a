/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <ucontext.h>

#include "arch/arch.h"

/* Code without frame pointers has something else in rbp: then the chain ends early. */
unsigned hki_arch_frames(const void *context, const void *low, const void *high,
	const void **frames, unsigned most)
{
	const ucontext_t *user = context;
	const greg_t *registers = user->uc_mcontext.gregs;
	uintptr_t frame = (uintptr_t)registers[REG_RBP];
	uintptr_t above = (uintptr_t)low;
	unsigned count = 0;
	frames[count++] = (const void *)registers[REG_RIP];
	while (count < most && frame >= above && frame % sizeof(uintptr_t) == 0 &&
		frame + 2 * sizeof(uintptr_t) <= (uintptr_t)high) {
		const uintptr_t *link = (const uintptr_t *)frame;
		if (!link[1])
			break;
		frames[count++] = (const void *)link[1];
		above = frame + 1;
		frame = link[0];
	}
	return count;
}
