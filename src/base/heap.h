/* SPDX-License-Identifier: MIT */
/*
 * An intrusive min-heap by key: a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986). It needs
 * no memory of its own, so it can neither fail nor call an allocator.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* It may stand in the private part of a public struct. */
struct __attribute__((may_alias)) heap_node {
	int64_t key;
	struct heap_node *child; /* the first of those below */
	struct heap_node *next;	 /* the next beside it */
	struct heap_node
		*prev; /* the one before it, or its parent; NULL: the root, or not in a heap */
};

struct heap {
	struct heap_node *root; /* the smallest key; NULL: empty */
};

void hki_heap_insert(struct heap *heap, struct heap_node *node);
void hki_heap_remove(struct heap *heap, struct heap_node *node);

static inline bool heap_contains(const struct heap *heap, const struct heap_node *node)
{
	return node->prev != NULL || heap->root == node;
}

#endif
