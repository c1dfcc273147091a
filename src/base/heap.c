/* SPDX-License-Identifier: MIT */
#include "base/heap.h"

#include <stddef.h>

/* Makes the root with the larger key the first child of the other. */
static struct heap_node *meld(struct heap_node *a, struct heap_node *b)
{
	if (!a)
		return b;
	if (!b)
		return a;
	if (b->key < a->key) {
		struct heap_node *swap = a;
		a = b;
		b = swap;
	}
	b->prev = a;
	b->next = a->child;
	if (a->child)
		a->child->prev = b;
	a->child = b;
	return a;
}

/* Melds the siblings from first on, in pairs from left to right, then from right to left. */
static struct heap_node *meld_siblings(struct heap_node *first)
{
	struct heap_node *pairs = NULL;
	while (first) {
		struct heap_node *a = first;
		struct heap_node *b = a->next;
		first = b ? b->next : NULL;
		a->next = a->prev = NULL;
		if (b)
			b->next = b->prev = NULL;
		struct heap_node *pair = meld(a, b);
		pair->next = pairs;
		pairs = pair;
	}
	struct heap_node *root = NULL;
	while (pairs) {
		struct heap_node *next = pairs->next;
		pairs->next = NULL;
		root = meld(root, pairs);
		pairs = next;
	}
	return root;
}

void hki_heap_insert(struct heap *heap, struct heap_node *node)
{
	node->child = node->next = node->prev = NULL;
	heap->root = meld(heap->root, node);
}

void hki_heap_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_node *below = meld_siblings(node->child);
	if (heap->root == node) {
		heap->root = below;
	} else {
		if (node->prev->child == node)
			node->prev->child = node->next;
		else
			node->prev->next = node->next;
		if (node->next)
			node->next->prev = node->prev;
		heap->root = meld(heap->root, below);
	}
	node->child = node->next = node->prev = NULL;
}
