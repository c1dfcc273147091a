/* SPDX-License-Identifier: MIT */
/*
 * Values of a task, by key: a list, the last set first. Tasks share the tail that they had in
 * common when one spawned the other, so to inherit is to count one more. Each value counts who
 * points at it: tasks, and the value before it in a list. While all counts up to a value are 1, it
 * is the calling task's alone, and may be replaced in place.
 */
#include "core/local.h"

#include <errno.h>
#include <stdlib.h>

#include <hocket/local.h>

#include "core/runtime.h"

struct local_value {
	struct local_value *next;
	const struct hk_local *key;
	void *value;
	uint32_t count; /* (a) */
};

static struct hk_task *self_task(void)
{
	const struct carrier *carrier = hki_carrier_self();
	return carrier ? carrier->current : NULL;
}

static void destroy(const struct hk_local *key, void *value)
{
	if (key->destroy && value)
		key->destroy(value);
}

struct local_value *hki_local_share(struct local_value *values)
{
	if (values)
		add_rlx(&values->count, 1);
	return values;
}

/* Lets go of the list; what nobody else has is destroyed. */
static void drop(struct local_value *at)
{
	/* order LC1 acqrel: what others did with the value before; pairs with drop() */
	while (at && sub_acqrel(&at->count, 1) == 1) {
		struct local_value *next = at->next;
		destroy(at->key, at->value);
		free(at);
		at = next;
	}
}

void hki_local_end(struct hk_task *task)
{
	/* A destructor may set values again. */
	while (task->locals) {
		struct local_value *values = task->locals;
		task->locals = NULL;
		drop(values);
	}
}

int hk_local_set(struct hk_local *key, void *value)
{
	struct hk_task *self = self_task();
	if (!key)
		hki_panic("hk_local_set: the key is NULL");
	if (!self)
		hki_panic("hk_local_set: called outside a task (key %p)", (void *)key);
	struct local_value *at = self->locals;
	/* order LC1 acquire: what others did with the value before; pairs with drop() */
	for (; at && ld_acq(&at->count) == 1; at = at->next) {
		if (at->key != key)
			continue;
		void *old = at->value;
		at->value = value;
		if (old != value)
			destroy(key, old);
		return 0;
	}
	at = malloc(sizeof *at);
	if (!at)
		return -ENOMEM;
	*at = (struct local_value){ self->locals, key, value, 1 };
	self->locals = at;
	return 0;
}

void *hk_local_get(const struct hk_local *key)
{
	const struct hk_task *self = self_task();
	if (!key)
		hki_panic("hk_local_get: the key is NULL");
	for (const struct local_value *at = self ? self->locals : NULL; at; at = at->next) {
		if (at->key == key)
			return at->value;
	}
	return NULL;
}
