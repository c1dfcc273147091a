/* SPDX-License-Identifier: MIT */
/* A channel with room for 128 numbers, senders and as many receivers: ns an item. */
#include "start.h"

enum { WORKERS, PAIRS, PARAMS };
enum { ROOM = 128, PAIRS_MAX = 64 };
static struct bench_param params[] = { { "workers", 1 }, { "pairs", 1 } };

static uint64_t room[ROOM];
static struct hk_chan chan = HK_CHAN_INIT(room);
static long items; /* of each sender, and of each receiver */

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
	uint64_t *sum = arg, all = 0, item;

	for (long i = 0; i < items; i++) {
		int err = hk_chan_recv(&chan, &item);
		if (err < 0)
			return err;
		all += item;
	}
	*sum = all;
	return 0;
}

/* n: items of all together */
static int64_t turns(long n)
{
	uint64_t sums[PAIRS_MAX] = { 0 }, all = 0;
	long pairs = params[PAIRS].value;

	items = (n + pairs - 1) / pairs;
	int64_t begin = bench_now();
	HK_SCOPE(s);
	for (long i = 0; i < pairs; i++) {
		hk_spawn(&s, sender, NULL);
		hk_spawn(&s, receiver, &sums[i]);
	}
	int err = hk_join(&s);
	int64_t took = bench_now() - begin;
	for (long i = 0; i < pairs; i++)
		all += sums[i];
	uint64_t each = (uint64_t)items * ((uint64_t)items + 1) / 2;
	if (err < 0 || all != (uint64_t)pairs * each)
		bench_fail("the items received are not those sent: %s", hk_strerror(err));
	return took;
}

static int measure(void *arg)
{
	(void)arg;
	bench_per_turn("channel", turns);
	return 0;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	if (params[PAIRS].value < 1 || params[PAIRS].value > PAIRS_MAX)
		return BENCH_CANNOT;
	start(params[WORKERS].value, 0, measure, NULL);
	return 0;
}
