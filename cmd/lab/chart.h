/* SPDX-License-Identifier: MIT */
/* Curves in a terminal: times against numbers, both axes logarithmic. */
#ifndef CMD_LAB_CHART_H
#define CMD_LAB_CHART_H

#include <stddef.h>
#include <stdio.h>

#include "screen.h"

struct chart_series {
	char letter;
	unsigned colour; /* ANSI, 0 ... 15 */
	const double *ns;
	/* the law that was fitted to it, drawn as dots: factor x ^ exponent; factor 0: none */
	double factor;
	double exponent;
};

/*
 * Draws the series over x, which begins at 1 or above and grows. Values below 1 ns are not drawn.
 * Where two fall on one place the later series is seen.
 */
void chart_draw(FILE *out, const struct screen *screen, const double *x, size_t count,
	const struct chart_series *series, size_t series_count);

#endif
