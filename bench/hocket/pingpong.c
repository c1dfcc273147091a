/* SPDX-License-Identifier: MIT */
/* Two tasks, two semaphores, one ball: ns one way. */
#include "start.h"

enum { WORKERS, PARAMS };
static struct bench_param params[] = { { "workers", 1 } };

struct table {
	struct hk_sem left, right; /* a permit: the ball is on this side */
	long rounds;
	long hits; /* of whoever has the ball */
};

static int hit(struct table *table, struct hk_sem *mine, struct hk_sem *theirs)
{
	for (long i = 0; i < table->rounds; i++) {
		int err = hk_sem_wait(mine);
		if (err < 0)
			return err;
		table->hits++;
		hk_sem_post(theirs);
	}
	return 0;
}

static int ping(void *arg)
{
	struct table *table = arg;

	return hit(table, &table->left, &table->right);
}

static int pong(void *arg)
{
	struct table *table = arg;

	return hit(table, &table->right, &table->left);
}

static int64_t turns(long n)
{
	struct table table = { .left = HK_SEM_INIT(1), .rounds = n / 2 };
	int64_t begin = bench_now();

	HK_SCOPE(s);
	hk_spawn(&s, ping, &table);
	hk_spawn(&s, pong, &table);
	int err = hk_join(&s);
	int64_t took = bench_now() - begin;
	if (err < 0 || table.hits != 2 * table.rounds)
		bench_fail("%ld hits in %ld rounds: %s", table.hits, table.rounds,
			hk_strerror(err));
	return took;
}

static int measure(void *arg)
{
	(void)arg;
	bench_per_turn("pingpong", turns);
	return 0;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	start(params[WORKERS].value, 0, measure, NULL);
	return 0;
}
