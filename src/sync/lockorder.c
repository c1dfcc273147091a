/* SPDX-License-Identifier: MIT */
/*
 * The order in which locks are locked, as a graph: an edge from one lock to another says that some
 * task has locked the other while it held the one. A cycle in it is a deadlock that has not
 * happened yet. (Linux's lockdep, 2006; but by lock, not by class of locks.)
 *
 * Edges are only added, to a table of fixed size for the process: it needs no memory while tasks
 * run. When it is full, that is said, once. An edge that is known is found without the lock.
 */
#include "sync/lockorder.h"

#include "core/report.h"

enum { EDGES = 4096, TRIES = 64, PLACE_SIZE = 160 };

struct edge {
	uint64_t pair; /* (a) the numbers of both locks; 0: free. Written last */
	struct held_lock first;
	struct held_lock second;
	struct edge *via; /* of a search */
	uint32_t mark;
};

/* Under the lock, but for known(). */
static uint32_t graph;
static struct edge edges[EDGES];
static struct edge *todo[EDGES];
static uint32_t last_mark;
static uint32_t last_number; /* (a) */
static bool full;

static uint64_t pair_of(uint32_t first, uint32_t second)
{
	return (uint64_t)first << 32 | second;
}

/* The edge's place in the table, or a free one. NULL: there is none near. */
static struct edge *place_of(uint64_t pair)
{
	uint64_t hash = pair * UINT64_C(0x9e3779b97f4a7c15) >> 32;
	for (unsigned i = 0; i < TRIES; i++) {
		struct edge *edge = &edges[(hash + i) % EDGES];
		/* order LO1 acquire: pairs with add() */
		uint64_t found = ld_acq(&edge->pair);
		if (found == pair || !found)
			return edge;
	}
	return NULL;
}

static bool is_known(uint64_t pair)
{
	struct edge *edge = place_of(pair);
	return edge && ld_rlx(&edge->pair) == pair;
}

/* NULL: it is known, or there is no room for it. */
static struct edge *add(const struct held_lock *first, const struct held_lock *second)
{
	uint64_t pair = pair_of(first->number, second->number);
	struct edge *edge = place_of(pair);
	if (!edge && !full) {
		full = true;
		hki_say("lock order: more than %d pairs of locks; new ones are not checked", EDGES);
	}
	if (!edge || edge->pair)
		return NULL;
	edge->first = *first;
	edge->second = *second;
	/* order LO1 release: the edge; pairs with place_of() */
	st_rel(&edge->pair, pair);
	return edge;
}

/* Finds a way from the second lock of the new edge to its first. Returns its last edge. */
static struct edge *find_way(struct edge *start)
{
	unsigned done = 0, found = 0;
	todo[found++] = start;
	start->mark = ++last_mark;
	while (done < found) {
		struct edge *from = todo[done++];
		for (unsigned i = 0; i < EDGES; i++) {
			struct edge *edge = &edges[i];
			if (!edge->pair || edge->mark == last_mark ||
				edge->first.number != from->second.number)
				continue;
			edge->mark = last_mark;
			edge->via = from;
			if (edge->second.number == start->first.number)
				return edge;
			todo[found++] = edge;
		}
	}
	return NULL;
}

static void say_edge(const struct edge *edge, struct os_mapping *mapping)
{
	char first[PLACE_SIZE], second[PLACE_SIZE];
	hki_os_place_of(mapping, (const char *)edge->first.place - 1, first, sizeof first);
	hki_os_place_of(mapping, (const char *)edge->second.place - 1, second, sizeof second);
	hki_say("  the %s %p, at %s, then the %s %p, at %s", edge->first.what, edge->first.lock,
		first, edge->second.what, edge->second.lock, second);
}

static void say_cycle(const struct hk_task *task, struct edge *start, struct edge *last)
{
	struct os_mapping mapping = { 0 };
	char who[REPORT_LINE / 2];
	struct text text = text_in(who, sizeof who);
	hki_report_who(&text, task);
	hki_say("lock order: %s has locked what others lock in another order; it could wait for "
		"them for ever, and they for it:",
		who);
	say_edge(start, &mapping);
	/* The links lead backwards: turn them round to print in order. */
	struct edge *next = NULL;
	while (last != start) {
		struct edge *before = last->via;
		last->via = next;
		next = last;
		last = before;
	}
	for (; next; next = next->via)
		say_edge(next, &mapping);
}

static void learn(const struct hk_task *task, const struct held_lock *first,
	const struct held_lock *second)
{
	struct carrier *carrier = hki_carrier_self();
	bool outside = !ld_rlx(&carrier->in);
	if (outside)
		carrier = hki_enter();
	hki_lock(&graph);
	struct edge *edge = add(first, second);
	struct edge *last = edge ? find_way(edge) : NULL;
	if (last)
		say_cycle(task, edge, last);
	hki_unlock(&graph);
	if (outside)
		hki_leave(carrier);
}

static uint32_t number_of(uint32_t *at)
{
	uint32_t number = ld_rlx(at);
	if (number)
		return number;
	uint32_t mine = add_rlx(&last_number, 1) + 1;
	return cas_rlx(at, &number, mine) ? mine : number;
}

void hki_lockorder_took(struct hk_task *task, struct lockorder lock, bool waits, const void *place)
{
	struct held_lock taken = { lock.what, lock.lock, place, number_of(lock.number) };
	for (uint32_t i = 0; waits && i < task->held_count; i++) {
		const struct held_lock *held = &task->held[i];
		if (held->number != taken.number && !is_known(pair_of(held->number, taken.number)))
			learn(task, held, &taken);
	}
	if (task->held_count < HELD_LOCKS)
		task->held[task->held_count++] = taken;
}

void hki_lockorder_gave(struct hk_task *task, const void *lock)
{
	for (uint32_t i = task->held_count; i-- > 0;) {
		if (task->held[i].lock != lock)
			continue;
		for (task->held_count--; i < task->held_count; i++)
			task->held[i] = task->held[i + 1];
		return;
	}
}
