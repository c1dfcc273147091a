/* SPDX-License-Identifier: MIT */
/* bench/hocket/semaphore.c with sem_t. */
#include <semaphore.h>

#include "contend.h"

static sem_t sem;
static long counter;

static long turns(int64_t end)
{
	long done = 0;

	while (bench_now() < end) {
		for (int i = 0; i < CONTEND_BATCH; i++) {
			while (sem_wait(&sem) != 0)
				;
			counter++;
			sem_post(&sem);
		}
		done += CONTEND_BATCH;
	}
	return done;
}

int main(int argc, char **argv)
{
	sem_init(&sem, 0, 1);
	long all = contend("semaphore", argc, argv, turns);

	if (counter != all)
		bench_fail("the counter is %ld after %ld turns", counter, all);
	return 0;
}
