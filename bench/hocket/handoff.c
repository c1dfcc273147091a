/* SPDX-License-Identifier: MIT */
/* An unbuffered channel, a sender, a receiver: ns an item. */
#include "start.h"

enum { WORKERS, PARAMS };
static struct bench_param params[] = { { "workers", 1 } };

static struct hk_chan chan = HK_CHAN_UNBUFFERED(uint64_t);
static long items;

static int sender(void *arg)
{
	int err = 0;

	(void)arg;
	for (uint64_t item = 1; item <= (uint64_t)items && err == 0; item++)
		err = hk_chan_send(&chan, &item);
	return err;
}

static int receiver(void *arg)
{
	uint64_t *sum = arg, item;

	for (long i = 0; i < items; i++) {
		int err = hk_chan_recv(&chan, &item);
		if (err < 0)
			return err;
		*sum += item;
	}
	return 0;
}

static int64_t turns(long n)
{
	uint64_t sum = 0;
	int64_t begin = bench_now();

	items = n;
	HK_SCOPE(s);
	hk_spawn(&s, sender, NULL);
	hk_spawn(&s, receiver, &sum);
	int err = hk_join(&s);
	int64_t took = bench_now() - begin;
	if (err < 0 || sum != (uint64_t)n * ((uint64_t)n + 1) / 2)
		bench_fail("the items received are not those sent: %s", hk_strerror(err));
	return took;
}

static int measure(void *arg)
{
	(void)arg;
	bench_per_turn("handoff", turns);
	return 0;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	start(params[WORKERS].value, 0, measure, NULL);
	return 0;
}
