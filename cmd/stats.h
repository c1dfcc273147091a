/* SPDX-License-Identifier: MIT */
/* Reading the file that HOCKET_OPTIONS=stats=FILE wrote: one JSON object a line, one line a run. */
#ifndef CMD_STATS_H
#define CMD_STATS_H

#include <stddef.h>
#include <stdint.h>

#include <hocket.h>

struct stats_worker {
	unsigned worker;
	uint64_t started; /* tasks it ran first */
	uint64_t switches;
	int64_t idle_ns;
	double idle; /* share of the wall time, 0 ... 1 */
};

struct stats_run {
	char *name;	 /* of the first task */
	char *execution; /* "combined" ... */
	unsigned workers;
	unsigned cpus; /* that the process may use */
	unsigned carriers;
	int64_t wall_ns;
	int64_t cpu_ns; /* of the whole process during the run */
	int64_t result; /* of the first task */
	uint64_t tasks;
	uint64_t switches;
	uint64_t wakes;
	uint64_t parks[HK_CAUSES];
	uint64_t slices;  /* turns that were ended for others */
	uint64_t retakes; /* workers taken from kernel threads asleep in a call */
	uint64_t overruns_late;
	uint64_t overruns_no_carrier;
	uint64_t timeouts;
	uint64_t cancels;
	uint64_t stack_size;
	uint64_t stack_high_water;
	double idle; /* of all workers, 0 ... 1 */
	struct stats_worker *per_worker;
	size_t per_worker_count;
};

struct stats {
	struct stats_run *runs; /* in the order in which they ended */
	size_t count;		/* 0: nothing called hk_run() */
};

/*
 * Reads the file.
 * Returns 0; the negative errno of a file that cannot be read, or -EBADMSG for one that is not
 * valid (both said on stderr). After a failure there is nothing to free.
 */
int stats_read(const char *path, struct stats *stats);

void stats_free(struct stats *stats);

#endif
