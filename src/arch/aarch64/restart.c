/* SPDX-License-Identifier: MIT */
#include "arch/arch.h"

/*
 * Never: the call has put its result in place of its first argument, and the kernel keeps the
 * argument (orig_x0) to itself. The call fails with EINTR, as after any signal.
 */
bool hki_arch_restart(void *context)
{
	(void)context;
	return false;
}
