/* SPDX-License-Identifier: MIT */
/* The program of hocket lab corrupt: changes at the same time, unguarded and guarded. */
#include "shop.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <hocket.h>

#include "lab.h"

#define ACCOUNTS 4
#define EACH	 1000 /* in an account at first */
#define STORY	 (4 * SHOP_TASKS)

const char *const shop_ways[SHOP_WAYS] = { "yield", "compute", "mutex", "atomic", "channel" };

struct transfer {
	int from;
	int to;
	long amount;
};

/* What the tasks of one run change. */
struct shop {
	int way;
	unsigned window; /* how many numbers are looked at in it */
	atomic_long counter;
	atomic_long accounts[ACCOUNTS];
	struct hk_mutex counter_lock;
	struct hk_mutex account_locks[ACCOUNTS];
	struct hk_chan transfers;
	struct transfer slots[SHOP_UPDATES];
	struct step *story; /* NULL: it is not written down */
	atomic_uint told;
};

/* What a task did with the counter. */
struct step {
	unsigned task;
	bool writes;
	long value;
};

struct clerk {
	struct shop *shop;
	unsigned number; /* from 1 */
};

static void tell(struct shop *shop, unsigned task, bool writes, long value)
{
	unsigned at = shop->story != NULL ? atomic_fetch_add(&shop->told, 1) : STORY;
	if (at < STORY)
		shop->story[at] = (struct step){ task, writes, value };
}

/* Between reading and writing others may come: another core, or on the same one. */
static void leave_a_window(const struct shop *shop)
{
	if (shop->way != SHOP_COMPUTE)
		hk_yield();
	if (shop->way != SHOP_YIELD) {
		volatile unsigned primes = lab_work_primes(LAB_WORK_FROM, shop->window);
		(void)primes;
	}
}

/* Relaxed atomics: the compiler keeps each read and write, and for it there is no data race. */
static void add_one(struct shop *shop, unsigned task)
{
	long seen = atomic_load_explicit(&shop->counter, memory_order_relaxed);
	tell(shop, task, false, seen);
	leave_a_window(shop);
	atomic_store_explicit(&shop->counter, seen + 1, memory_order_relaxed);
	tell(shop, task, true, seen + 1);
}

static void transfer(struct shop *shop, const struct transfer *order)
{
	atomic_long *from = &shop->accounts[order->from], *to = &shop->accounts[order->to];
	long payer = atomic_load_explicit(from, memory_order_relaxed);
	long payee = atomic_load_explicit(to, memory_order_relaxed);
	leave_a_window(shop);
	atomic_store_explicit(from, payer - order->amount, memory_order_relaxed);
	atomic_store_explicit(to, payee + order->amount, memory_order_relaxed);
}

static int do_step(struct shop *shop, unsigned task, const struct transfer *order)
{
	/* always the one with the smaller number first: nobody waits in a circle */
	int first = order->from < order->to ? order->from : order->to;
	int second = order->from < order->to ? order->to : order->from;
	switch (shop->way) {
	case SHOP_MUTEX:
		HK_LOCKED(&shop->counter_lock)
			add_one(shop, task);
		HK_LOCKED(&shop->account_locks[first])
			HK_LOCKED(&shop->account_locks[second])
				transfer(shop, order);
		return 0;
	case SHOP_ATOMIC:
		leave_a_window(shop);
		atomic_fetch_add(&shop->counter, 1);
		atomic_fetch_sub(&shop->accounts[order->from], order->amount);
		atomic_fetch_add(&shop->accounts[order->to], order->amount);
		return 0;
	case SHOP_CHANNEL:
		return hk_chan_send(&shop->transfers, order);
	default:
		add_one(shop, task);
		transfer(shop, order);
		return 0;
	}
}

static int serve(void *arg)
{
	const struct clerk *clerk = arg;
	int err = 0;
	for (unsigned i = 0; i < SHOP_STEPS && err == 0; i++) {
		unsigned from = (i + clerk->number) % ACCOUNTS;
		unsigned to = (from + 1 + i % (ACCOUNTS - 1)) % ACCOUNTS;
		struct transfer order = { (int)from, (int)to, clerk->number + i % 7 };
		err = do_step(clerk->shop, clerk->number, &order);
	}
	return err;
}

/* The only one that touches counter and accounts; the others send it what to do. */
static int own(void *arg)
{
	struct shop *shop = arg;
	int err = 0;
	for (int i = 0; i < SHOP_UPDATES && err == 0; i++) {
		struct transfer order;
		err = hk_chan_recv(&shop->transfers, &order);
		if (err == 0) {
			add_one(shop, 0);
			transfer(shop, &order);
		}
	}
	return err;
}

static int run_once(struct shop *shop, int way)
{
	HK_SCOPE(scope);
	shop->way = way;
	atomic_store(&shop->counter, 0);
	for (int i = 0; i < ACCOUNTS; i++)
		atomic_store(&shop->accounts[i], EACH);
	for (unsigned i = 0; i < SHOP_TASKS; i++) {
		struct clerk clerk = { shop, i + 1 };
		hk_spawn_copy(&scope, serve, &clerk, sizeof(clerk));
	}
	if (way == SHOP_CHANNEL)
		hk_spawn(&scope, own, shop);
	return hk_join(&scope);
}

struct program {
	unsigned runs;
	struct shop shop;
	struct step story[STORY];
	struct shop_tally tallies[SHOP_WAYS];
	uint32_t result; /* of the guarded ways */
};

static void add_up(struct program *program, int way)
{
	struct shop_tally *tally = &program->tallies[way];
	long values[1 + ACCOUNTS] = { atomic_load(&program->shop.counter) };
	long total = 0;
	for (int i = 0; i < ACCOUNTS; i++)
		total += values[1 + i] = atomic_load(&program->shop.accounts[i]);
	unsigned long lost = SHOP_UPDATES - (unsigned long)values[0];
	tally->lost += lost;
	if (lost > tally->lost_most)
		tally->lost_most = lost;
	tally->wrong_count += lost > 0;
	tally->wrong_total += total != (long)ACCOUNTS * EACH;
	if (way >= SHOP_GUARDED)
		program->result = lab_work_checksum(program->result, values, sizeof(values));
}

static int run_all(void *arg)
{
	struct program *program = arg;
	program->shop.story = program->story;
	for (unsigned i = 0; i < program->runs; i++)
		for (int way = 0; way < SHOP_WAYS; way++) {
			int err = run_once(&program->shop, way);
			if (err < 0)
				return err;
			add_up(program, way);
			program->shop.story = NULL; /* it is that of the first run */
		}
	return 0;
}

int shop_program(int argc, char **argv)
{
	unsigned numbers[2];
	if (!lab_arguments_read(argc, argv, numbers, 2))
		return EX_USAGE;
	static struct program program;
	program.runs = numbers[0];
	program.result = LAB_WORK_CHECKSUM;
	program.shop.window = numbers[1];
	hk_chan_init(&program.shop.transfers, sizeof(struct transfer), program.shop.slots,
		SHOP_UPDATES);
	int err = hk_run(NULL, run_all, &program);
	if (err < 0)
		return lab_program_failed("corrupt", err);
	for (int i = 0; i < STORY && program.story[i].task > 0; i++)
		printf("step %u %d %ld\n", program.story[i].task, program.story[i].writes,
			program.story[i].value);
	for (int i = 0; i < SHOP_WAYS; i++)
		printf("%s %lu %lu %lu %lu\n", shop_ways[i], program.tallies[i].lost,
			program.tallies[i].lost_most, program.tallies[i].wrong_count,
			program.tallies[i].wrong_total);
	printf("result %08x\n", program.result);
	return EX_OK;
}
