/* SPDX-License-Identifier: MIT */
/* Least squares; without a constant where the law is exact for one worker. */
#include "fit.h"

#include <math.h>

bool fit_amdahl(const struct fit_point *points, size_t count, double *serial)
{
	/* 1/speedup - 1/n = serial (1 - 1/n) */
	double xx = 0, xy = 0;
	for (size_t i = 0; i < count; i++) {
		double x = 1 - 1 / points[i].workers;
		double y = 1 / points[i].speedup - 1 / points[i].workers;
		xx += x * x;
		xy += x * y;
	}
	if (xx <= 0)
		return false;
	*serial = xy / xx;
	return true;
}

bool fit_usl(const struct fit_point *points, size_t count, double *contention, double *coherence)
{
	/* n/speedup - 1 = contention (n - 1) + coherence n (n - 1) */
	double aa = 0, ab = 0, bb = 0, ay = 0, by = 0;
	for (size_t i = 0; i < count; i++) {
		double n = points[i].workers;
		double a = n - 1, b = n * (n - 1), y = n / points[i].speedup - 1;
		aa += a * a;
		ab += a * b;
		bb += b * b;
		ay += a * y;
		by += b * y;
	}
	double determinant = aa * bb - ab * ab;
	if (determinant <= 1e-9 * aa * bb)
		return false;
	*contention = (ay * bb - by * ab) / determinant;
	*coherence = (by * aa - ay * ab) / determinant;
	return isfinite(*contention) && isfinite(*coherence);
}

bool fit_power(const double *x, const double *y, size_t count, double *factor, double *exponent)
{
	double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
	for (size_t i = 0; i < count; i++) {
		if (x[i] <= 0 || y[i] <= 0)
			continue;
		double lx = log(x[i]), ly = log(y[i]);
		n++;
		sx += lx;
		sy += ly;
		sxx += lx * lx;
		sxy += lx * ly;
	}
	double determinant = n * sxx - sx * sx;
	if (n < 2 || determinant <= 1e-9 * n * sxx)
		return false;
	*exponent = (n * sxy - sx * sy) / determinant;
	*factor = exp((sy - *exponent * sx) / n);
	return isfinite(*factor);
}
