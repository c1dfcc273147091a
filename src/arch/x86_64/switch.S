/* SPDX-License-Identifier: MIT */
/*
 * void *hki_arch_switch(void **save, void *to, void *pass): arch/arch.h says what it does. Leaves
 * by a jump, since a return would be mispredicted.
 */
	.text
	.globl	hki_arch_switch
	.hidden	hki_arch_switch
	.type	hki_arch_switch, @function
	.p2align 4
hki_arch_switch:
	.cfi_startproc
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r12, 0
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r13, 0
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r14, 0
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r15, 0
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	movq	%rdx, %rax
	popq	%r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r15
	popq	%r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r14
	popq	%r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r13
	popq	%r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r12
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbp
	popq	%rcx
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip, %rcx
	jmpq	*%rcx
	.cfi_endproc
	.size	hki_arch_switch, . - hki_arch_switch

/*
 * The first switch to a new stack arrives behind the nop: pass in rax, entry in r12, arg in r13.
 * Before that it is a return address on the new stack, and who unwinds that looks for what stands
 * in front of it.
 */
	.globl	hki_arch_start
	.hidden	hki_arch_start
	.type	hki_arch_start, @function
	.p2align 4
hki_arch_start:
	.cfi_startproc
	.cfi_undefined %rip
	nop
	movq	%rax, %rdi
	movq	%r13, %rsi
	callq	*%r12
	ud2
	.cfi_endproc
	.size	hki_arch_start, . - hki_arch_start

	.section .note.GNU-stack, "", @progbits
