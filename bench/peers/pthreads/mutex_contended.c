/* SPDX-License-Identifier: MIT */
/* bench/hocket/mutex_contended.c with pthread_mutex_t. */
#include "contend.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static long turns(int64_t end)
{
	long done = 0;

	while (bench_now() < end) {
		for (int i = 0; i < CONTEND_BATCH; i++) {
			pthread_mutex_lock(&mutex);
			counter++;
			pthread_mutex_unlock(&mutex);
		}
		done += CONTEND_BATCH;
	}
	return done;
}

int main(int argc, char **argv)
{
	long all = contend("mutex", argc, argv, turns);

	if (counter != all)
		bench_fail("the counter is %ld after %ld turns", counter, all);
	return 0;
}
