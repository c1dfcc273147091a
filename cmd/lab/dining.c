/* SPDX-License-Identifier: MIT */
/* The program of hocket lab deadlock: cooks at a round table, a knife between each two. */
#include "dining.h"

#include <stdio.h>

#include <hocket.h>

#include "lab.h"

#define MEALS 10

const char *const dining_names[DINING_COOKS] = { "cook 1", "cook 2", "cook 3", "cook 4", "cook 5" };

struct table {
	unsigned way;
	unsigned numbers;
	struct hk_mutex knives[DINING_COOKS];
	struct hk_sem seats;
	unsigned primes[DINING_COOKS]; /* found while eating */
};

struct cook {
	struct table *table;
	unsigned seat;
};

static int eat(const struct cook *cook, unsigned first, unsigned second)
{
	struct table *table = cook->table;
	int err = 0;
	HK_LOCKED(&table->knives[first]) {
		err = hk_sleep(HK_MS);
		if (err < 0)
			return err;
		HK_LOCKED(&table->knives[second])
			table->primes[cook->seat] +=
				lab_work_primes(LAB_WORK_FROM + cook->seat, table->numbers);
	}
	return err;
}

static int dine(void *arg)
{
	const struct cook *cook = arg;
	struct table *table = cook->table;
	unsigned left = cook->seat, right = (left + 1) % DINING_COOKS;
	bool swap = table->way == DINING_ORDER && left > right;
	int err = 0;
	for (int i = 0; i < MEALS && err == 0; i++) {
		if (table->way == DINING_SEATS && (err = hk_sem_wait(&table->seats)) < 0)
			return err;
		err = eat(cook, swap ? right : left, swap ? left : right);
		if (table->way == DINING_SEATS)
			hk_sem_post(&table->seats);
	}
	return err;
}

static int dinner(void *arg)
{
	struct cook cooks[DINING_COOKS];
	HK_SCOPE(scope);
	for (unsigned i = 0; i < DINING_COOKS; i++) {
		struct hk_task_options options = HK_TASK_OPTIONS_INIT;
		options.name = dining_names[i];
		cooks[i] = (struct cook){ arg, i };
		hk_spawn_with(&scope, &options, dine, &cooks[i]);
	}
	return hk_join(&scope);
}

int dining_program(int argc, char **argv)
{
	unsigned numbers[2];
	struct table table = { .seats = HK_SEM_INIT(DINING_COOKS - 1) };
	if (!lab_arguments_read(argc, argv, numbers, 2))
		return EX_USAGE;
	if (numbers[0] >= DINING_WAYS) {
		fprintf(stderr, "hocket lab: --child deadlock %u: there are ways 1 ... %d\n",
			numbers[0], DINING_WAYS - 1);
		return EX_USAGE;
	}
	table.way = numbers[0];
	table.numbers = numbers[1];
	int err = hk_run(NULL, dinner, &table);
	if (err < 0)
		return lab_program_failed("deadlock", err);
	printf("result %08x\n",
		lab_work_checksum(LAB_WORK_CHECKSUM, table.primes, sizeof(table.primes)));
	return EX_OK;
}
