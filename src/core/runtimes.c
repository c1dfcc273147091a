/* SPDX-License-Identifier: MIT */
/* All runtimes of the process. */
#include "core/runtime.h"

static uint32_t list_lock;
static struct runtime *list;

void hki_runtimes_add(struct runtime *rt)
{
	hki_lock(&list_lock);
	rt->next = list;
	list = rt;
	hki_unlock(&list_lock);
}

void hki_runtimes_remove(struct runtime *rt)
{
	hki_lock(&list_lock);
	struct runtime **at = &list;
	while (*at != rt)
		at = &(*at)->next;
	*at = rt->next;
	hki_unlock(&list_lock);
}

void hki_runtimes_forget(void)
{
	st_rlx(&list_lock, 0);
	list = NULL;
}

void hki_runtimes_each(void (*visit)(struct runtime *, void *), void *arg)
{
	hki_lock(&list_lock);
	for (struct runtime *rt = list; rt; rt = rt->next)
		visit(rt, arg);
	hki_unlock(&list_lock);
}
