/* SPDX-License-Identifier: MIT */
/* What depends on the processor: the switch between stacks, and a task's first frame. */
#ifndef ARCH_ARCH_H
#define ARCH_ARCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Saves the callee-saved registers on the current stack and its stack pointer in *save, goes to
 * the stack whose pointer is `to`, restores its registers and returns there. The side that goes on
 * gets `pass` as the result. The floating-point control words are not saved: they belong to the
 * kernel thread.
 */
void *hki_arch_switch(void **save, void *to, void *pass);

/*
 * Prepares the stack that ends at top (aligned to 16) so that the first switch to the result calls
 * entry(pass, arg), which must not return.
 */
void *hki_arch_frame(void *top, void (*entry)(void *pass, void *arg), void *arg);

/* Where a frame made by hki_arch_frame() starts: assembly, ends the unwinding of stacks. */
void hki_arch_start(void);

/*
 * In a signal handler, with its context: when the signal ended a system call with EINTR, has the
 * call made again once the handler returns. Returns whether it will be.
 */
bool hki_arch_restart(void *context);

/*
 * In a signal handler, with its context: where the code was, and the return addresses above, as far
 * as frame pointers between low and high lead. Returns how many.
 */
unsigned hki_arch_frames(const void *context, const void *low, const void *high,
	const void **frames, unsigned most);

/*
 * Tells valgrind, if the program runs under it, that this memory is a stack; it would else take a
 * switch between stacks for a frame as large as their distance. Returns valgrind's number for it,
 * to be given back with low == NULL when it is one no more. The instructions, which do nothing
 * elsewhere, and the numbers are its interface (Client Requests in its manual).
 */
static inline uintptr_t hki_arch_tell_stack(const void *low, const void *high, uintptr_t number)
{
	enum { STACK_REGISTER = 0x1501, STACK_DEREGISTER = 0x1502 };
#if defined(__x86_64__)
	volatile uintptr_t request[6] = { low ? STACK_REGISTER : STACK_DEREGISTER,
		low ? (uintptr_t)low : number, (uintptr_t)high };
	uintptr_t answer = 0;
	__asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi\n\t"
			 "xchgq %%rbx, %%rbx"
			 : "+d"(answer)
			 : "a"(request)
			 : "cc", "memory");
	return answer;
#elif defined(__aarch64__)
	volatile uintptr_t request[6] = { low ? STACK_REGISTER : STACK_DEREGISTER,
		low ? (uintptr_t)low : number, (uintptr_t)high };
	register uintptr_t answer __asm__("x3") = 0;
	register volatile uintptr_t *at __asm__("x4") = request;
	__asm__ volatile("ror x12, x12, #3; ror x12, x12, #13; ror x12, x12, #51; "
			 "ror x12, x12, #61; orr x10, x10, x10"
			 : "+r"(answer)
			 : "r"(at)
			 : "cc", "memory");
	return answer;
#else
#error "this processor is not supported yet: x86-64 and aarch64 are"
#endif
}

static inline void hki_arch_pause(void)
{
#if defined(__x86_64__)
	__asm__ volatile("pause");
#elif defined(__aarch64__)
	__asm__ volatile("isb"); /* takes a while; most processors take no time for a yield */
#else
#error "this processor is not supported yet: x86-64 and aarch64 are"
#endif
}

#endif
