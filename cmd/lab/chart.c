/* SPDX-License-Identifier: MIT */
#include "chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

#define INDENT	10
#define ROWS	14
#define WIDTH	400 /* the widest screen */
#define LAW_DOT 1   /* in a cell; a series is its index + 2 */

struct plot {
	unsigned columns;
	double left; /* log10 of what the first and the last column stand for, and the rows */
	double right;
	double bottom;
	double top;
	unsigned char cells[ROWS][WIDTH];
};

static void find_range(struct plot *plot, const struct chart_series *series, size_t series_count,
	size_t count)
{
	double least = HUGE_VAL, most = -HUGE_VAL;
	for (size_t i = 0; i < series_count * count; i++) {
		double value = series[i / count].ns[i % count];
		if (value < 1)
			continue;
		least = fmin(least, log10(value));
		most = fmax(most, log10(value));
	}
	plot->bottom = least <= most ? floor(least) : 0;
	plot->top = least <= most ? ceil(most) : 1;
	if (plot->top <= plot->bottom)
		plot->top = plot->bottom + 1;
}

static void put(struct plot *plot, double x, double ns, unsigned char what)
{
	if (x < 1 || ns < 1)
		return;
	double across = (log10(x) - plot->left) / (plot->right - plot->left);
	double up = (log10(ns) - plot->bottom) / (plot->top - plot->bottom);
	long column = lround(across * (plot->columns - 1));
	long row = lround((1 - up) * (ROWS - 1));
	if (column < 0 || column >= (long)plot->columns || row < 0 || row >= ROWS)
		return;
	if (what != LAW_DOT || plot->cells[row][column] == 0)
		plot->cells[row][column] = what;
}

static void fill(struct plot *plot, const double *x, size_t count,
	const struct chart_series *series, size_t series_count)
{
	for (size_t i = 0; i < series_count; i++) {
		for (unsigned column = 0; column < plot->columns; column++) {
			double at = pow(10,
				plot->left +
					(plot->right - plot->left) * column / (plot->columns - 1));
			put(plot, at, series[i].factor * pow(at, series[i].exponent), LAW_DOT);
		}
	}
	for (size_t i = 0; i < series_count; i++)
		for (size_t j = 0; j < count; j++)
			put(plot, x[j], series[i].ns[j], (unsigned char)(i + 2));
}

/* A row has a label when a power of ten falls on it. */
static void print_label(FILE *out, const struct plot *plot, int row)
{
	char text[LAB_TIME_MAX] = "";
	for (double power = plot->bottom; power <= plot->top; power++)
		if (row ==
			(int)lround((plot->top - power) / (plot->top - plot->bottom) * (ROWS - 1)))
			lab_report_time(text, (int64_t)llround(pow(10, power)));
	fprintf(out, "%*s", INDENT - 1, text);
}

static void print_cell(FILE *out, const struct screen *screen, unsigned char cell,
	const struct chart_series *series)
{
	if (cell == 0)
		fputc(' ', out);
	else if (cell == LAW_DOT)
		fprintf(out, "%s%s%s", screen_dim(screen), screen->unicode ? "·" : ".",
			screen_reset(screen));
	else
		fprintf(out, "%s%c%s", screen_colour(screen, series[cell - 2].colour),
			series[cell - 2].letter, screen_reset(screen));
}

static void print_axis(FILE *out, const struct screen *screen, const struct plot *plot)
{
	fprintf(out, "%*s%s", INDENT, "", screen_dim(screen));
	unsigned column = 0;
	for (double power = ceil(plot->left); power <= plot->right; power++) {
		char text[16];
		int length = snprintf(text, sizeof(text), "%.0f", pow(10, power));
		double across = (power - plot->left) / (plot->right - plot->left);
		long at = lround(across * (plot->columns - 1)) - length / 2;
		if (at < (long)column)
			at = column;
		if (at + length > (long)plot->columns)
			at = (long)plot->columns - length;
		if (at < (long)column)
			break;
		fprintf(out, "%*s%s", (int)(at - column), "", text);
		column = (unsigned)(at + length);
	}
	fprintf(out, "%s\n", screen_reset(screen));
}

void chart_draw(FILE *out, const struct screen *screen, const double *x, size_t count,
	const struct chart_series *series, size_t series_count)
{
	struct plot plot = { .columns = screen->width - INDENT - 1 };
	if (plot.columns > WIDTH)
		plot.columns = WIDTH;
	plot.left = log10(x[0]);
	plot.right = log10(x[count - 1]);
	if (plot.right <= plot.left)
		plot.right = plot.left + 1;
	find_range(&plot, series, series_count, count);
	fill(&plot, x, count, series, series_count);
	for (int row = 0; row < ROWS; row++) {
		print_label(out, &plot, row);
		fprintf(out, "%s%s%s", screen_dim(screen), screen->unicode ? "▕" : "|",
			screen_reset(screen));
		unsigned end = plot.columns;
		while (end > 0 && plot.cells[row][end - 1] == 0)
			end--;
		for (unsigned column = 0; column < end; column++)
			print_cell(out, screen, plot.cells[row][column], series);
		fputc('\n', out);
	}
	print_axis(out, screen, &plot);
}
