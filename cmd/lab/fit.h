/* SPDX-License-Identifier: MIT */
/* How something grows with a number of workers or tasks: laws, fitted by least squares. */
#ifndef CMD_LAB_FIT_H
#define CMD_LAB_FIT_H

#include <stdbool.h>
#include <stddef.h>

struct fit_point {
	double workers;
	double speedup; /* against one worker */
};

/*
 * Amdahl 1967: speedup = 1 / (serial + (1 - serial) / workers). Fitted in 1/speedup, where it is
 * linear. Points of one worker say nothing; at least one other is needed.
 */
bool fit_amdahl(const struct fit_point *points, size_t count, double *serial);

/*
 * Gunther's universal scalability law 1993: speedup = n / (1 + contention (n - 1) + coherence
 * n (n - 1)). Fitted in n / speedup; at least two points of more than one worker are needed.
 */
bool fit_usl(const struct fit_point *points, size_t count, double *contention, double *coherence);

/*
 * y = factor x^exponent. Fitted in log y, where it is linear with a constant; points without
 * x > 0 and y > 0 are left out, at least two different x are needed.
 */
bool fit_power(const double *x, const double *y, size_t count, double *factor, double *exponent);

#endif
