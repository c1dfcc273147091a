/* SPDX-License-Identifier: MIT */
/*
 * bench/hocket/pingpong.c with State Threads; a semaphore made of a counter and a condition
 * variable, which need no mutex where nobody is interrupted.
 */
#include "start.h"

enum { WORKERS, PARAMS };
static struct bench_param params[] = { { "workers", 1 } };

struct semaphore {
	st_cond_t changed;
	long permits;
};

struct table {
	struct semaphore left, right; /* a permit: the ball is on this side */
	long rounds;
	long hits; /* of whoever has the ball */
};

static void *hit(struct table *table, struct semaphore *mine, struct semaphore *theirs)
{
	for (long i = 0; i < table->rounds; i++) {
		while (mine->permits == 0)
			st_cond_wait(mine->changed);
		mine->permits--;
		table->hits++;
		theirs->permits++;
		st_cond_signal(theirs->changed);
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
	struct table table = {
		.left = { st_cond_new(), 1 },
		.right = { st_cond_new(), 0 },
		.rounds = n / 2,
	};
	int64_t begin = bench_now();
	st_thread_t first = spawn(ping, &table);
	st_thread_t second = spawn(pong, &table);

	join(first);
	join(second);
	int64_t took = bench_now() - begin;
	if (table.hits != 2 * table.rounds)
		bench_fail("%ld hits in %ld rounds", table.hits, table.rounds);
	st_cond_destroy(table.left.changed);
	st_cond_destroy(table.right.changed);
	return took;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	if (params[WORKERS].value != 1)
		return BENCH_CANNOT;
	start();
	bench_per_turn("pingpong", turns);
	return 0;
}
