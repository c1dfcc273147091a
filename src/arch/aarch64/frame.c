/* SPDX-License-Identifier: MIT */
#include "arch/arch.h"

#include <stdint.h>

/* What hki_arch_switch() loads, from the lowest address up. */
struct frame {
	uint64_t x29;
	uintptr_t x30;
	uint64_t x19, x20, x21_to_x28[8], d8_to_d15[8];
};

/* As hki_arch_switch() finds it when it has loaded the frame: signed with the stack pointer. */
static uintptr_t start_address(const struct frame *frame)
{
	register uintptr_t address __asm__("x17") = (uintptr_t)hki_arch_start;
#ifdef __ARM_FEATURE_PAC_DEFAULT
	register uintptr_t above __asm__("x16") = (uintptr_t)(frame + 1);
	__asm__("hint #8" : "+r"(address) : "r"(above)); /* pacia1716 */
#else
	(void)frame;
#endif
	return address;
}

void *hki_arch_frame(void *top, void (*entry)(void *pass, void *arg), void *arg)
{
	struct frame *frame = (struct frame *)top - 1;
	*frame = (struct frame){
		.x30 = start_address(frame),
		.x19 = (uint64_t)(uintptr_t)entry,
		.x20 = (uint64_t)(uintptr_t)arg,
	};
	return frame;
}
