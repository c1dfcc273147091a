/* SPDX-License-Identifier: MIT */
/*
 * A select over channels that all have an item: ns; and against a plain receive, of one channel.
 * Only that is timed, not the sends: one item is left in some channel whenever the time is read.
 */
#include "start.h"

enum { CHANNELS, PARAMS };
enum { ROOM = 256, CHANNELS_MAX = 16 };
static struct bench_param params[] = { { "channels", 2 } };

static uint64_t room[CHANNELS_MAX][ROOM];
static struct hk_chan chans[CHANNELS_MAX];
static uint64_t sum;

/* Makes a channel full; item i of it is i again and again, so what is missing is known. */
static uint64_t fill(struct hk_chan *chan)
{
	uint64_t item = 1, sent = 0;

	while (hk_chan_trysend(chan, &item) == 0)
		sent += item;
	return sent;
}

/* Returns how long n selects took; n < ROOM, so no channel becomes empty before the last. */
static int64_t take(long n)
{
	struct hk_case cases[CHANNELS_MAX];
	unsigned channels = (unsigned)params[CHANNELS].value;
	uint64_t item = 0;

	for (unsigned i = 0; i < channels; i++)
		cases[i] = (struct hk_case)HK_CASE_RECV(&chans[i], &item);
	int64_t begin = bench_now();
	for (long i = 0; i < n; i++) {
		int which = hk_select(cases, channels, HK_FOREVER);
		if (which < 0 || cases[which].result < 0)
			bench_fail("a select: %d", which);
		sum += item;
	}
	return bench_now() - begin;
}

static int64_t take_plainly(long n)
{
	uint64_t item = 0;
	int64_t begin = bench_now();

	for (long i = 0; i < n; i++) {
		int err = hk_chan_recv(&chans[0], &item);
		if (err < 0)
			bench_fail("a receive: %s", hk_strerror(err));
		sum += item;
	}
	return bench_now() - begin;
}

static int64_t rounds(long n, int64_t (*take_some)(long n))
{
	uint64_t sent = 0, kept = 0;
	int64_t took = 0;

	sum = 0;
	for (unsigned i = 0; i < CHANNELS_MAX; i++)
		hk_chan_init(&chans[i], sizeof room[i][0], room[i], ROOM);
	for (long left = n, some; left > 0; left -= some) {
		some = left < ROOM ? left : ROOM - 1;
		for (long i = 0; i < params[CHANNELS].value; i++)
			sent += fill(&chans[i]);
		took += take_some(some);
	}
	for (long i = 0; i < params[CHANNELS].value; i++)
		kept += hk_chan_count(&chans[i]);
	if (sum != (uint64_t)n || sum + kept != sent)
		bench_fail("%ld receives got %lu items of %lu", n, sum, sent);
	return took;
}

static int64_t turns(long n)
{
	return rounds(n, take);
}

static int64_t plain_turns(long n)
{
	return rounds(n, take_plainly);
}

static int measure(void *arg)
{
	double select = bench_turn_ns(turns);
	double plain = bench_turn_ns(plain_turns);

	(void)arg;
	bench_figure("select", select, "ns");
	bench_figure("select_cost", select / plain, "x");
	return 0;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	if (params[CHANNELS].value < 1 || params[CHANNELS].value > CHANNELS_MAX)
		return BENCH_CANNOT;
	start(1, 0, measure, NULL);
	return 0;
}
