/* SPDX-License-Identifier: MIT */
/*
 * Two players and a ball: each waits for the other, so neither can finish first. This program is
 * concurrent by design: it needs two workers, or interleaving on one. Executed one task at a time
 * (exec=sequential) it cannot go on; Hocket says so and ends it with exit code 79.
 */
#include <stdio.h>

#include <hocket.h>

enum { ROUNDS = 10000 };

struct table {
	struct hk_sem left, right; /* a permit: the ball is on this side */
	int hits;
};

static int hit(struct hk_sem *mine, struct hk_sem *theirs, int *hits)
{
	for (int i = 0; i < ROUNDS; i++) {
		int err = hk_sem_wait(mine);
		if (err < 0)
			return err;
		++*hits;
		hk_sem_post(theirs);
	}
	return 0;
}

static int ping(void *arg)
{
	struct table *table = arg;
	return hit(&table->left, &table->right, &table->hits);
}

static int pong(void *arg)
{
	struct table *table = arg;
	return hit(&table->right, &table->left, &table->hits);
}

static int play(void *arg)
{
	HK_SCOPE(s);

	hk_spawn(&s, ping, arg);
	hk_spawn(&s, pong, arg);
	return hk_join(&s);
}

int main(void)
{
	struct table table = { .left = HK_SEM_INIT(1), .right = HK_SEM_INIT(0) };
	int err = hk_run(NULL, play, &table);

	if (err < 0) {
		fprintf(stderr, "pingpong: %s\n", hk_strerror(err));
		return 1;
	}
	printf("%d rounds, %d hits\n", ROUNDS, table.hits);
	if (fflush(stdout) != 0) {
		perror("pingpong: stdout");
		return 1;
	}
	return 0;
}
