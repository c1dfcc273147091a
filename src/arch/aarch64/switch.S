/* SPDX-License-Identifier: MIT */
/*
 * void *hki_arch_switch(void **save, void *to, void *pass): arch/arch.h says what it does.
 *
 * Of the vector registers only the low halves of v8 to v15 survive a call, so d8 to d15 are all
 * that has to be kept. It leaves by a return: nearly all switches are made in one place, so that
 * the processor predicts the right one; and where branch targets are checked (BTI) a return is
 * free to go anywhere. With pointer authentication (PAC) the address is signed while it lies on the
 * stack. The key is the process's and the stack pointer is the same before and after, so the task
 * may go on in another thread.
 */
#if defined(__ARM_FEATURE_PAC_DEFAULT)
#define ENTER	 hint #25; /* paciasp, which is a branch target too */ .cfi_negate_ra_state
#define LEAVE	 hint #29; /* autiasp */ .cfi_negate_ra_state
#elif defined(__ARM_FEATURE_BTI_DEFAULT)
#define ENTER	 hint #34 /* bti c */
#define LEAVE
#else
#define ENTER
#define LEAVE
#endif
#define FRAME 160

	.text
	.globl	hki_arch_switch
	.hidden	hki_arch_switch
	.type	hki_arch_switch, @function
	.p2align 4
hki_arch_switch:
	.cfi_startproc
	ENTER
	stp	x29, x30, [sp, #-FRAME]!
	.cfi_def_cfa_offset FRAME
	.cfi_offset x29, -160
	.cfi_offset x30, -152
	stp	x19, x20, [sp, #16]
	.cfi_offset x19, -144
	.cfi_offset x20, -136
	stp	x21, x22, [sp, #32]
	.cfi_offset x21, -128
	.cfi_offset x22, -120
	stp	x23, x24, [sp, #48]
	.cfi_offset x23, -112
	.cfi_offset x24, -104
	stp	x25, x26, [sp, #64]
	.cfi_offset x25, -96
	.cfi_offset x26, -88
	stp	x27, x28, [sp, #80]
	.cfi_offset x27, -80
	.cfi_offset x28, -72
	stp	d8, d9, [sp, #96]
	.cfi_offset d8, -64
	.cfi_offset d9, -56
	stp	d10, d11, [sp, #112]
	.cfi_offset d10, -48
	.cfi_offset d11, -40
	stp	d12, d13, [sp, #128]
	.cfi_offset d12, -32
	.cfi_offset d13, -24
	stp	d14, d15, [sp, #144]
	.cfi_offset d14, -16
	.cfi_offset d15, -8
	mov	x9, sp
	str	x9, [x0]
	/* What was said about this frame is true of the other one as well. */
	mov	sp, x1
	mov	x0, x2
	ldp	d14, d15, [sp, #144]
	ldp	d12, d13, [sp, #128]
	ldp	d10, d11, [sp, #112]
	ldp	d8, d9, [sp, #96]
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #FRAME
	.cfi_def_cfa_offset 0
	.cfi_restore x19
	.cfi_restore x20
	.cfi_restore x21
	.cfi_restore x22
	.cfi_restore x23
	.cfi_restore x24
	.cfi_restore x25
	.cfi_restore x26
	.cfi_restore x27
	.cfi_restore x28
	.cfi_restore x29
	.cfi_restore x30
	.cfi_restore d8
	.cfi_restore d9
	.cfi_restore d10
	.cfi_restore d11
	.cfi_restore d12
	.cfi_restore d13
	.cfi_restore d14
	.cfi_restore d15
	LEAVE
	ret
	.cfi_endproc
	.size	hki_arch_switch, . - hki_arch_switch

/* The first switch to a new stack arrives here: pass in x0, entry in x19, arg in x20. */
	.globl	hki_arch_start
	.hidden	hki_arch_start
	.type	hki_arch_start, @function
	.p2align 4
hki_arch_start:
	.cfi_startproc
	.cfi_undefined x30
	mov	x1, x20
	blr	x19
	brk	#1000
	.cfi_endproc
	.size	hki_arch_start, . - hki_arch_start

	.section .note.GNU-stack, "", @progbits

/* Says to the linker that this file may be where branch targets are checked, addresses signed. */
#if defined(__ARM_FEATURE_BTI_DEFAULT) || defined(__ARM_FEATURE_PAC_DEFAULT)
#if defined(__ARM_FEATURE_BTI_DEFAULT) && defined(__ARM_FEATURE_PAC_DEFAULT)
#define FEATURES 3
#elif defined(__ARM_FEATURE_PAC_DEFAULT)
#define FEATURES 2
#else
#define FEATURES 1
#endif
	.section .note.gnu.property, "a", @note
	.p2align 3
	.word	4, 16, 5 /* sizes of name and description; NT_GNU_PROPERTY_TYPE_0 */
	.asciz	"GNU"
	.word	0xc0000000, 4, FEATURES, 0 /* GNU_PROPERTY_AARCH64_FEATURE_1_AND */
#endif
