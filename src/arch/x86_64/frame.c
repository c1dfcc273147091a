/* SPDX-License-Identifier: MIT */
#include "arch/arch.h"

#include <stdint.h>

enum { NOP_SIZE = 1 };

/* What hki_arch_switch() pops, from the lowest address up. */
struct frame {
	uint64_t r15, r14, r13, r12, rbx, rbp;
	uintptr_t go_on;
};

void *hki_arch_frame(void *top, void (*entry)(void *pass, void *arg), void *arg)
{
	struct frame *frame = (struct frame *)top - 1;
	*frame = (struct frame){
		.r12 = (uint64_t)(uintptr_t)entry,
		.r13 = (uint64_t)(uintptr_t)arg,
		.go_on = (uintptr_t)hki_arch_start + NOP_SIZE,
	};
	return frame;
}
