/* SPDX-License-Identifier: MIT */
/*
 * The program of hocket lab corrupt: tasks add one to a counter and transfer money between
 * accounts, in several ways. Its arguments: how many runs of each way, and how many numbers are
 * looked at in a window that computes.
 */
#ifndef CMD_LAB_SHOP_H
#define CMD_LAB_SHOP_H

#define SHOP_TASKS   4
#define SHOP_STEPS   25 /* of each task */
#define SHOP_UPDATES (SHOP_TASKS * SHOP_STEPS)

/*
 * The first two are unguarded: between reading and writing they yield, or compute. The others are
 * guarded by a mutex for the counter and one for each account; by atomic additions; by a channel to
 * a task that alone touches them.
 */
enum {
	SHOP_YIELD,
	SHOP_COMPUTE,
	SHOP_MUTEX,
	SHOP_ATOMIC,
	SHOP_CHANNEL,
	SHOP_WAYS,
	SHOP_GUARDED = SHOP_MUTEX
};

extern const char *const shop_ways[SHOP_WAYS];

/* How a way did in all its runs; the program prints a line for each: its name and these. */
struct shop_tally {
	unsigned long lost;	   /* updates of the counter */
	unsigned long lost_most;   /* in one run */
	unsigned long wrong_count; /* runs in which some were lost */
	unsigned long wrong_total; /* runs in which the bank's total was not what it was */
};

/* It also prints the first "step TASK WRITES VALUE", and the result of the guarded ways. */
int shop_program(int argc, char **argv);

#endif
