/* SPDX-License-Identifier: MIT */
/*
 * How late a task is that sleeps 1 ms, or waits for a byte that comes each ms, beside hogs: tasks
 * that compute and never call the library.
 */
#include "start.h"

enum { WORKERS, SLICE_US, HOGS, MS, SOCKET, PARAMS };
static struct bench_param params[] = {
	{ "workers", 1 },
	{ "slice_us", 0 },
	{ "hogs", 4 }, /* a worker */
	{ "ms", 1000 },
	{ "socket", 0 },
};

static struct bench_samples samples;
static int64_t end;
static int incoming;

static int hog(void *arg)
{
	(void)arg;
	bench_spin_until(end);
	return 0;
}

static int sleeper(void *arg)
{
	(void)arg;
	while (bench_now() < end) {
		int64_t begin = bench_now();
		int err = hk_sleep(HK_MS);
		if (err < 0)
			return err;
		bench_record(&samples, bench_now() - begin - BENCH_MS);
	}
	return 0;
}

static int reader(void *arg)
{
	int64_t sent;
	ssize_t got;

	(void)arg;
	while ((got = hk_read(incoming, &sent, sizeof sent)) == sizeof sent)
		bench_record(&samples, bench_now() - sent);
	return (int)got;
}

static int measure(void *arg)
{
	HK_SCOPE(s);

	(void)arg;
	if (params[SOCKET].value)
		hk_spawn(&s, reader, NULL);
	else
		hk_spawn(&s, sleeper, NULL);
	for (long i = 0; i < params[WORKERS].value * params[HOGS].value; i++)
		hk_spawn(&s, hog, NULL);
	return hk_join(&s);
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	bench_samples_init(&samples, (size_t)params[MS].value + 1000);
	end = bench_now() + params[MS].value * BENCH_MS;
	if (params[SOCKET].value)
		incoming = bench_sender_start(end);
	start(params[WORKERS].value, params[SLICE_US].value, measure, NULL);
	bench_distribution(params[SOCKET].value ? "lateness_socket" : "lateness", &samples);
	return 0;
}
