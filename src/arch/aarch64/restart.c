/* SPDX-License-Identifier: MIT */
/*
 * The number of the call that arch/calls.h is about is still in x8, and its arguments in x1 to x5;
 * but the result has taken the place of the first argument, which the kernel keeps to itself
 * (orig_x0). It is found in the code, when that has just loaded it: from a register that still
 * holds it, by an immediate, or as the address of something on the stack. All before the svc
 * instruction has to be such loads; a branch does not end among them (in no call of glibc 2.36).
 * Else the call fails as the kernel says: so do those of syscall(2), and of a libc, as musl, that
 * makes them in a function of their own.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include "arch/arch.h"
#include "arch/calls.h"

enum {
	LOADS_MAX = 8, /* before the svc instruction */
	PAGE = 4096,
	ZERO_OR_SP = 31,
};

static const uint32_t svc_0 = 0xd4000001;

/* An instruction that loads a register: with its source, if it has one, plus a constant. */
struct load {
	uint32_t into, from;
	bool has_source, wide;
	uint64_t constant;
};

/* Which registers mean what: C6.2 of the architecture's manual, MOV, MOVZ, ADD (immediate). */
static bool decode(uint32_t code, struct load *load)
{
	load->into = code & 31;
	load->wide = code >> 31;
	load->from = ZERO_OR_SP;
	load->constant = 0;
	load->has_source = true;
	if ((code & 0x7fe0ffe0) == 0x2a0003e0) { /* mov register */
		load->from = code >> 16 & 31;
		load->has_source = load->from != ZERO_OR_SP; /* the zero register */
		return true;
	}
	if ((code & 0x7fe00000) == 0x52800000) { /* mov immediate, 16 bits */
		load->has_source = false;
		load->constant = code >> 5 & 0xffff;
		return true;
	}
	if ((code & 0xffc00000) == 0x91000000) { /* add immediate; sp is a source here */
		load->from = code >> 5 & 31;
		load->constant = code >> 10 & 0xfff;
		return load->into != ZERO_OR_SP;
	}
	return false;
}

static uint64_t value_of(const struct load *load, const mcontext_t *registers)
{
	uint64_t value = load->constant;
	if (load->has_source)
		value += load->from == ZERO_OR_SP ? registers->sp : registers->regs[load->from];
	return load->wide ? value : (uint32_t)value;
}

/* Looks at the `count` instructions before the call for the one that loaded its argument. */
static bool find_argument(const uint32_t *call, size_t count, const mcontext_t *registers,
	uint64_t *argument)
{
	uint32_t changed = 1; /* registers that no longer hold what they did: x0 does not */
	for (size_t back = 1; back <= count; back++) {
		struct load load;
		if (!decode(*(call - back), &load))
			return false;
		if (load.into == 0) {
			*argument = value_of(&load, registers);
			return !load.has_source || !(changed >> load.from & 1);
		}
		changed |= UINT32_C(1) << load.into;
	}
	return false;
}

bool hki_arch_restart(void *context)
{
	ucontext_t *user = context;
	mcontext_t *registers = &user->uc_mcontext;
	const uint32_t *call = (const uint32_t *)registers->pc - 1;
	/* Looks no further back than the page of the instruction itself, which is mapped. */
	size_t before = (uintptr_t)call % PAGE / sizeof *call;
	if ((int64_t)registers->regs[0] != -EINTR)
		return false;
	if (*call != svc_0 || !hki_arch_never_restarted(registers->regs[8]))
		return false;
	uint64_t argument;
	if (!find_argument(call, before < LOADS_MAX ? before : LOADS_MAX, registers, &argument))
		return false;
	registers->regs[0] = argument;
	registers->pc = (uintptr_t)call;
	return true;
}
