/* SPDX-License-Identifier: MIT */
/*
 * The number of the call that arch/calls.h is about is no longer in a register. It is read from the
 * code: compilers load it into eax by an immediate, a few loads of other arguments before the
 * syscall instruction. Where it cannot be found (syscall(2) of libc gets it in a register) the call
 * fails as the kernel says.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include "arch/arch.h"
#include "arch/calls.h"

enum {
	SYSCALL_SIZE = 2,
	BACK_MAX = 40, /* before the syscall instruction */
	PAGE = 4096,
};

/* The size of an instruction that loads an argument, or 0 when it is another. */
static size_t load_size(const uint8_t *code)
{
	size_t prefix = (code[0] & 0xf0) == 0x40; /* REX */
	uint8_t op = code[prefix], operands = code[prefix + 1];
	unsigned mode = operands >> 6, base = operands & 7;
	if (op >= 0xb8 && op <= 0xbf && !(code[0] & 8 && prefix))
		return prefix + 5; /* mov $imm32, %r32 */
	if (op != 0x8b && op != 0x89 && op != 0x31 && op != 0x33 && op != 0x8d)
		return 0;
	size_t displacement = mode == 1 ? 1 : mode == 2 ? 4 : mode == 0 && base == 5 ? 4 : 0;
	return prefix + 2 + (mode != 3 && base == 4) + displacement;
}

/* Whether the code from `at` on is nothing but loads up to `end`. */
static bool only_loads(const uint8_t *at, const uint8_t *end)
{
	while (at < end) {
		size_t size = load_size(at);
		if (size == 0)
			return false;
		at += size;
	}
	return at == end;
}

/* mov $number, %eax. Returns its size, 0 when it is something else. */
static size_t moves_number(const uint8_t *code, uint32_t *number)
{
	memcpy(number, code + 1, sizeof *number);
	return code[0] == 0xb8 ? 5 : 0;
}

/* xor %eax, %eax: what compilers write for call 0, read(). */
static size_t clears_number(const uint8_t *code, uint32_t *number)
{
	*number = 0;
	return (code[0] == 0x31 || code[0] == 0x33) && code[1] == 0xc0 ? 2 : 0;
}

/* Looks for the number in the `back` bytes before the syscall instruction. */
static bool find_number(const uint8_t *call, size_t back,
	size_t (*sets)(const uint8_t *, uint32_t *), uint32_t *number)
{
	for (size_t distance = 2; distance <= back; distance++) {
		const uint8_t *code = call - distance;
		size_t size = sets(code, number);
		if (size && size <= distance && hki_arch_never_restarted(*number) &&
			only_loads(code + size, call))
			return true;
	}
	return false;
}

bool hki_arch_restart(void *context)
{
	static const uint8_t syscall_code[SYSCALL_SIZE] = { 0x0f, 0x05 };
	ucontext_t *user = context;
	greg_t *registers = user->uc_mcontext.gregs;
	const uint8_t *after = (const uint8_t *)registers[REG_RIP];
	if (registers[REG_RAX] != -EINTR)
		return false;
	/* Looks no further back than the page of the instruction itself, which is mapped. */
	size_t back = ((uintptr_t)after - 1) % PAGE + 1;
	if (back < SYSCALL_SIZE || memcmp(after - SYSCALL_SIZE, syscall_code, SYSCALL_SIZE) != 0)
		return false;
	const uint8_t *call = after - SYSCALL_SIZE;
	back -= SYSCALL_SIZE;
	back = back < BACK_MAX ? back : BACK_MAX;
	uint32_t number;
	/* A call other than read() may have been preceded by a xor as well. */
	if (!find_number(call, back, moves_number, &number) &&
		!find_number(call, back, clears_number, &number))
		return false;
	registers[REG_RAX] = number;
	registers[REG_RIP] = (greg_t)call;
	return true;
}
