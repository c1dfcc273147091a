/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WARM_UP_NS = 10 * BENCH_MS, MEASURE_NS = 200 * BENCH_MS };

static const char *program = "bench";

static bool set(struct bench_param *params, size_t n, const char *text)
{
	const char *equals = strchr(text, '=');

	if (!equals)
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(params[i].name);
		if (len != (size_t)(equals - text) || memcmp(params[i].name, text, len) != 0)
			continue;
		char *end;
		params[i].value = strtol(equals + 1, &end, 10);
		return end != equals + 1 && *end == '\0';
	}
	return false;
}

void bench_params(int argc, char **argv, struct bench_param *params, size_t n)
{
	program = argv[0];
	for (int i = 1; i < argc; i++) {
		if (set(params, n, argv[i]))
			continue;
		fprintf(stderr, "%s: '%s': ", program, argv[i]);
		fprintf(stderr,
			n ? "must be NAME=NUMBER with a name of:" : "there are no parameters");
		for (size_t k = 0; k < n; k++)
			fprintf(stderr, " %s", params[k].name);
		fprintf(stderr, "\n");
		exit(64);
	}
}

static int64_t read_clock(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * (int64_t)BENCH_S + now.tv_nsec;
}

int64_t bench_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t bench_cpu(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void bench_fail(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", program);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	exit(1);
}

void bench_figure(const char *name, double value, const char *unit)
{
	printf("%s %.4g %s\n", name, value, unit);
	if (fflush(stdout) != 0)
		bench_fail("stdout cannot be written");
}

double bench_turn_ns(int64_t (*turns)(long n))
{
	long n = 16;
	int64_t took = turns(n);

	while (took < WARM_UP_NS) {
		n *= 2;
		took = turns(n);
	}
	n = (long)((double)n * MEASURE_NS / (double)took) + 1;
	took = turns(n);
	return (double)took / (double)n;
}

void bench_per_turn(const char *name, int64_t (*turns)(long n))
{
	bench_figure(name, bench_turn_ns(turns), "ns");
}

void bench_samples_init(struct bench_samples *samples, size_t room)
{
	samples->count = 0;
	samples->room = room;
	samples->ns = (int64_t *)malloc(room * sizeof *samples->ns);
	if (!samples->ns)
		bench_fail("no memory for %zu samples", room);
	memset(samples->ns, 1, room * sizeof *samples->ns);
}

void bench_record(struct bench_samples *samples, int64_t ns)
{
	if (samples->count == samples->room)
		bench_fail("more than %zu samples", samples->room);
	samples->ns[samples->count++] = ns;
}

void bench_gather(struct bench_samples *to, struct bench_samples *from)
{
	for (size_t i = 0; i < from->count; i++)
		bench_record(to, from->ns[i]);
	free(from->ns);
	from->ns = NULL;
	from->count = from->room = 0;
}

static int compare(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* The smallest sample that is not below this share, in percent, of all. */
static double percentile_us(const struct bench_samples *samples, size_t percent)
{
	size_t rank = (samples->count * percent + 99) / 100;

	return (double)samples->ns[rank ? rank - 1 : 0] / BENCH_US;
}

void bench_distribution(const char *name, struct bench_samples *samples)
{
	static const struct {
		const char *name;
		size_t percent;
	} parts[] = { { "p50", 50 }, { "p99", 99 }, { "max", 100 } };
	char full[64];

	if (!samples->count)
		bench_fail("%s: there is no sample", name);
	qsort(samples->ns, samples->count, sizeof *samples->ns, compare);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		snprintf(full, sizeof full, "%s_%s", name, parts[i].name);
		bench_figure(full, percentile_us(samples, parts[i].percent), "us");
	}
}

void bench_shares(const char *name, const long *turns, size_t n, int64_t ns)
{
	char full[64];
	long all = 0, fewest = turns[0];

	for (size_t i = 0; i < n; i++) {
		all += turns[i];
		if (turns[i] < fewest)
			fewest = turns[i];
	}
	if (all == 0)
		bench_fail("%s: nobody made a turn", name);
	snprintf(full, sizeof full, "%s_rate", name);
	bench_figure(full, (double)all * 1000 / (double)ns, "M/s");
	snprintf(full, sizeof full, "%s_share", name);
	bench_figure(full, (double)fewest * (double)n / (double)all, "share");
}

uint64_t bench_compute(uint64_t seed, long steps)
{
	/* xorshift: each step needs the one before */
	for (long i = 0; i < steps; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
	}
	return seed;
}

void bench_spin_until(int64_t end)
{
	uint64_t seed = 1;

	while (bench_now() < end)
		seed = bench_compute(seed, 1000);
	if (seed == 0)
		bench_fail("xorshift came to 0");
}
