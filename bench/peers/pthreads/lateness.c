/* SPDX-License-Identifier: MIT */
/* bench/hocket/lateness.c with threads: the kernel is what interrupts the hogs. */
#include <stdlib.h>
#include <unistd.h>

#include "start.h"

enum { WORKERS, HOGS, MS, SOCKET, PARAMS };
static struct bench_param params[] = {
	{ "workers", 1 },
	{ "hogs", 4 }, /* a CPU */
	{ "ms", 1000 },
	{ "socket", 0 },
};

static struct bench_samples samples;
static int64_t end;
static int incoming;

static void *hog(void *arg)
{
	bench_spin_until(end);
	return arg;
}

static void *sleeper(void *arg)
{
	while (bench_now() < end) {
		int64_t begin = bench_now();
		sleep_until(begin + BENCH_MS);
		bench_record(&samples, bench_now() - begin - BENCH_MS);
	}
	return arg;
}

static void *reader(void *arg)
{
	int64_t sent;
	ssize_t got;

	while ((got = read(incoming, &sent, sizeof sent)) == sizeof sent)
		bench_record(&samples, bench_now() - sent);
	if (got < 0)
		bench_fail("read: errno %d", errno);
	return arg;
}

int main(int argc, char **argv)
{
	bench_params(argc, argv, params, PARAMS);
	size_t hogs = (size_t)(params[WORKERS].value * params[HOGS].value);
	pthread_t *all = calloc(hogs, sizeof *all);

	if (!all)
		bench_fail("no memory for %zu hogs", hogs);
	bench_samples_init(&samples, (size_t)params[MS].value + 1000);
	end = bench_now() + params[MS].value * BENCH_MS;
	if (params[SOCKET].value)
		incoming = bench_sender_start(end);
	use_cpus(params[WORKERS].value);
	pthread_t waiting = spawn(params[SOCKET].value ? reader : sleeper, NULL);
	for (size_t i = 0; i < hogs; i++)
		all[i] = spawn(hog, NULL);
	for (size_t i = 0; i < hogs; i++)
		join(all[i]);
	join(waiting);
	free(all);
	bench_distribution(params[SOCKET].value ? "lateness_socket" : "lateness", &samples);
	return 0;
}
