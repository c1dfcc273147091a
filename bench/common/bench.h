/* SPDX-License-Identifier: MIT */
/*
 * What the bench programs share, Hocket's and those of the C and C++ peers: parameters, the clock,
 * samples, figures. A program prints one figure a line, "name value unit", and ends with
 *
 *	0    the figures are printed, and the program's own check of its work held
 *	1    it did not work (said on stderr)
 *	64   a parameter is wrong (said on stderr)
 *	77   this peer cannot do what the parameters ask for: two workers, say
 */
#ifndef BENCH_COMMON_BENCH_H
#define BENCH_COMMON_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_US 1000L
#define BENCH_MS 1000000L
#define BENCH_S	 1000000000L

enum { BENCH_CANNOT = 77 };

/* A parameter, with its default: NAME=VALUE on the command line changes it. */
struct bench_param {
	const char *name;
	long value;
};

/* Reads the command line; what is no NAME=NUMBER of the n params ends the program. */
void bench_params(int argc, char **argv, struct bench_param *params, size_t n);

/* Nanoseconds on CLOCK_MONOTONIC. */
int64_t bench_now(void);

/* Nanoseconds of CPU time that all threads of the process have used. */
int64_t bench_cpu(void);

/* Says a sentence on stderr and ends the program with 1. */
void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

void bench_figure(const char *name, double value, const char *unit);

/*
 * Prints what one turn costs, in ns. turns(n) does n of them and returns how long they took; it
 * is called with ever more until that is 10 ms, which is the warm-up, and then once for the
 * figure, with as many as take about 200 ms.
 */
void bench_per_turn(const char *name, int64_t (*turns)(long n));
/* The same without printing it: returns the ns. */
double bench_turn_ns(int64_t (*turns)(long n));

/* Lateness and the like. Recording is not safe from two threads at once: a set for each. */
struct bench_samples {
	int64_t *ns;
	size_t count;
	size_t room;
};

/* Memory is taken, and touched, at the start: recording does not disturb. */
void bench_samples_init(struct bench_samples *samples, size_t room);
void bench_record(struct bench_samples *samples, int64_t ns);
/* Moves all of `from` to `to`. */
void bench_gather(struct bench_samples *to, struct bench_samples *from);
/* Prints NAME_p50, NAME_p99 and NAME_max in us; fails when there is no sample. */
void bench_distribution(const char *name, struct bench_samples *samples);

/*
 * n tasks have contended for something for so long, and each made so many turns. Prints NAME_rate,
 * all together, in M/s, and NAME_share: what the one with the fewest made, against the mean.
 */
void bench_shares(const char *name, const long *turns, size_t n, int64_t ns);

/*
 * Computes for so long, in one core, without a call that a runtime would notice; ends at the
 * point in time. The clock is read without entering the kernel.
 */
void bench_spin_until(int64_t end);

/* A fixed amount of computing, some ns a step; returns what it computed. */
uint64_t bench_compute(uint64_t seed, long steps);

/*
 * Starts a process that writes the time, 8 bytes, into a socket once a millisecond until the point
 * in time; then it closes it. Returns our end. To be called before any thread is started.
 */
int bench_sender_start(int64_t end);

/* The body of that process, for peers in other languages. */
void bench_sender(int fd, int64_t end);

#ifdef __cplusplus
}
#endif

#endif
