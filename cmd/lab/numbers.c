/* SPDX-License-Identifier: MIT */
/* Many measurements in a few words: order, percentiles, what a program printed. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"

static int by_value(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
	return (a > b) - (a < b);
}

void lab_numbers_sort(int64_t *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_value);
}

int64_t lab_numbers_at(const int64_t *sorted, size_t count, double share)
{
	if (count == 0)
		return 0;
	/* the nearest rank, counted from 1 */
	double rank = ceil(share * (double)count);
	size_t at = rank < 1 ? 0 : (size_t)rank - 1;
	return sorted[at < count ? at : count - 1];
}

struct lab_spread lab_numbers_spread(int64_t *values, size_t count)
{
	lab_numbers_sort(values, count);
	return (struct lab_spread){
		.median = lab_numbers_at(values, count, 0.5),
		.min = lab_numbers_at(values, count, 0),
		.max = lab_numbers_at(values, count, 1),
	};
}

size_t lab_numbers_read(const char *output, const char *key, int64_t *values, size_t most)
{
	size_t length = strlen(key), count = 0;
	for (const char *line = output; line != NULL && count < most;) {
		if (strncmp(line, key, length) == 0 && line[length] == ' ' &&
			sscanf(line + length, "%" SCNd64, &values[count]) == 1)
			count++;
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return count;
}

int64_t lab_numbers_one(const char *output, const char *key)
{
	int64_t value;
	return lab_numbers_read(output, key, &value, 1) == 1 ? value : -1;
}
