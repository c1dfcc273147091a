/* SPDX-License-Identifier: MIT */
/* A mutex that many tasks want all the time: how often they get it, and how evenly. */
#include "contend.h"

static struct hk_mutex mutex;
static long counter;

static long turns(int64_t end)
{
	long done = 0;

	while (bench_now() < end) {
		for (int i = 0; i < CONTEND_BATCH; i++) {
			hk_mutex_lock(&mutex);
			counter++;
			hk_mutex_unlock(&mutex);
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
