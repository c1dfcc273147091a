/* SPDX-License-Identifier: MIT */
/* Return addresses of an interrupted task. */
#include <stdint.h>
#include <ucontext.h>

#include "arch/arch.h"

#if defined(__x86_64__)
static uintptr_t code_of(const ucontext_t *user)
{
	return (uintptr_t)user->uc_mcontext.gregs[REG_RIP];
}

static uintptr_t frame_of(const ucontext_t *user)
{
	return (uintptr_t)user->uc_mcontext.gregs[REG_RBP];
}

static uintptr_t address_of(uintptr_t link)
{
	return link;
}
#elif defined(__aarch64__)
/* A function that calls no other has no frame: then the address of its caller is not found. */
static uintptr_t code_of(const ucontext_t *user)
{
	return (uintptr_t)user->uc_mcontext.pc;
}

static uintptr_t frame_of(const ucontext_t *user)
{
	return (uintptr_t)user->uc_mcontext.regs[29];
}

/* Without its signature, where there is one (xpaclri). */
static uintptr_t address_of(uintptr_t link)
{
	register uintptr_t address __asm__("x30") = link;
	__asm__("hint #7" : "+r"(address));
	return address;
}
#endif

/* Code without frame pointers has something else in the register: then the chain ends early. */
unsigned hki_arch_frames(const void *context, const void *low, const void *high,
	const void **frames, unsigned most)
{
	const ucontext_t *user = context;
	uintptr_t frame = frame_of(user);
	uintptr_t above = (uintptr_t)low;
	unsigned count = 0;
	frames[count++] = (const void *)code_of(user);
	while (count < most && frame >= above && frame % sizeof(uintptr_t) == 0 &&
		frame + 2 * sizeof(uintptr_t) <= (uintptr_t)high) {
		const uintptr_t *link = (const uintptr_t *)frame;
		if (!link[1])
			break;
		frames[count++] = (const void *)address_of(link[1]);
		above = frame + 1;
		frame = link[0];
	}
	return count;
}
