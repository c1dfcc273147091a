/* SPDX-License-Identifier: MIT */
/* The programs of hocket lab threads. */
#ifndef CMD_LAB_GATHER_H
#define CMD_LAB_GATHER_H

#define GATHER_WORKERS 8    /* tasks that compute and sleep in turns */
#define GATHER_MANY    1000 /* tasks or threads that are all there at once */

/* From 1 on: an argument. */
enum gather_way { GATHER_FEW = 1, GATHER_TASKS, GATHER_THREADS, GATHER_WAYS };

/*
 * Arguments: the way, numbers to look at in a millisecond. Many tasks or threads print "each NS",
 * the time for one, and "resident BYTES", for all.
 */
int gather_program(int argc, char **argv);

#endif
