/* SPDX-License-Identifier: MIT */
/* All runtimes of the process. src/gdb/hocket.py reads `runtimes` too. */
#include "core/pool.h"
#include "core/runtime.h"

uint32_t hki_lock_orders;

static uint32_t list_lock;
static struct runtime *runtimes; /* (a) written under list_lock */
static uint32_t visitors;	 /* signal handlers, which may not wait for the lock */

void hki_runtimes_add(struct runtime *rt)
{
	add_rlx(&hki_lock_orders, rt->options.lock_order > 0);
	hki_lock(&list_lock);
	st_rlx(&rt->next, ld_rlx(&runtimes));
	/* order RS1 release: the runtime; pairs with hki_runtimes_ask() */
	st_rel(&runtimes, rt);
	hki_unlock(&list_lock);
}

void hki_runtimes_remove(struct runtime *rt)
{
	hki_lock(&list_lock);
	struct runtime **at = &runtimes;
	while (ld_rlx(at) != rt)
		at = &ld_rlx(at)->next;
	st_rlx(at, ld_rlx(&rt->next));
	hki_unlock(&list_lock);
	sub_rlx(&hki_lock_orders, rt->options.lock_order > 0);
	/* order RS2 seq: it is out of the list before we look; pairs with hki_runtimes_ask() */
	fence_seq();
	/* order RS3 acquire: the last look at it; pairs with hki_runtimes_ask() */
	while (ld_acq(&visitors))
		hki_os_thread_yield();
}

void hki_runtimes_forget(void)
{
	st_rlx(&list_lock, 0);
	st_rlx(&visitors, 0);
	st_rlx(&runtimes, NULL);
}

void hki_runtimes_each(void (*visit)(struct runtime *, void *), void *arg)
{
	hki_lock(&list_lock);
	for (struct runtime *rt = ld_rlx(&runtimes); rt; rt = ld_rlx(&rt->next))
		visit(rt, arg);
	hki_unlock(&list_lock);
}

bool hki_runtimes_ask(void)
{
	bool asked = false;
	add_rlx(&visitors, 1);
	/* order RS2 seq: we are seen before we look; pairs with hki_runtimes_remove() */
	fence_seq();
	/* order RS1 acquire: pairs with hki_runtimes_add() */
	for (struct runtime *rt = ld_acq(&runtimes); rt; rt = ld_rlx(&rt->next)) {
		if (rt->options.dump_signal > 0) {
			hki_pool_ask(rt);
			asked = true;
		}
	}
	/* order RS3 release: the last touch; pairs with hki_runtimes_remove() */
	sub_rel(&visitors, 1);
	return asked;
}
