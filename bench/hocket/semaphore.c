/* SPDX-License-Identifier: MIT */
/* A semaphore's one permit, that many tasks want all the time: how often, and how evenly. */
#include "contend.h"

static struct hk_sem sem = HK_SEM_INIT(1);
static long counter;

static long turns(int64_t end)
{
	long done = 0;

	while (bench_now() < end) {
		for (int i = 0; i < CONTEND_BATCH; i++) {
			if (hk_sem_wait(&sem) < 0)
				bench_fail("a wait was cancelled");
			counter++;
			hk_sem_post(&sem);
		}
		done += CONTEND_BATCH;
	}
	return done;
}

int main(int argc, char **argv)
{
	long all = contend("semaphore", argc, argv, turns);

	if (counter != all)
		bench_fail("the counter is %ld after %ld turns", counter, all);
	return 0;
}
