/* SPDX-License-Identifier: MIT */
/* bench/hocket/pingpong.c with threads and sem_t. */
#include <semaphore.h>

#include "start.h"

enum { WORKERS, PARAMS };
static struct bench_param params[] = { { "workers", 1 } };

struct table {
	sem_t left, right; /* a permit: the ball is on this side */
	long rounds;
	long hits; /* of whoever has the ball */
};

static void *hit(struct table *table, sem_t *mine, sem_t *theirs)
{
	for (long i = 0; i < table->rounds; i++) {
		while (sem_wait(mine) != 0)
			;
		table->hits++;
		sem_post(theirs);
	}
	return NULL;
}

static void *ping(void *arg)
{
	struct table *table = arg;

	return hit(table, &table->left, &table->right);
}

static void *pong(void *arg)
{
	struct table *table = arg;

	return hit(table, &table->right, &table->left);
}

static int64_t turns(long n)
{
	struct table table = { .rounds = n / 2 };

	sem_init(&table.left, 0, 1);
	sem_init(&table.right, 0, 0);
	int64_t begin = bench_now();
	pthread_t first = spawn(ping, &table);
	pthread_t second = spawn(pong, &table);
	join(first);
	join(second);
	int64_t took = bench_now() - begin;
	if (table.hits != 2 * table.rounds)
		bench_fail("%ld hits in %ld rounds", table.hits, table.rounds);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	use_cpus(params[WORKERS].value);
	bench_per_turn("pingpong", turns);
	return 0;
}
