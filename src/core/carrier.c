/* SPDX-License-Identifier: MIT */
#include "core/carrier.h"

/* Read by hki_carrier_self() only. */
extern __thread struct carrier *hki_carrier_tls;
__attribute__((visibility("hidden"),
	tls_model("initial-exec"))) __thread struct carrier *hki_carrier_tls;

__attribute__((noinline)) void hki_carrier_set_self(struct carrier *self)
{
	hki_carrier_tls = self;
	compiler_barrier();
}

int hki_carrier_start(struct carrier *carrier, struct worker *worker, void *(*main)(void *))
{
	carrier->in = 1;
	st_rlx(&carrier->own, (uintptr_t)worker);
	/* order IN1 acquire: a worker is granted while no carrier uses it; pairs with hki_leave()
	 */
	(void)ld_acq(&carrier->in);
	return hki_os_thread_start(&carrier->thread, main, carrier);
}
