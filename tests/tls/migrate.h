/* SPDX-License-Identifier: MIT */
/* What migrate.c and away.c, which are compiled apart, know of each other. */
#ifndef MIGRATE_H
#define MIGRATE_H

#define NOINLINE __attribute__((noinline))

/* The number of the kernel thread, in each thread once it has asked. */
extern __thread int mine;
extern __thread int table[4];

/* The number of the kernel thread, from the kernel. */
int thread_number(void);

/* Fills mine and table of the calling thread, and sets its errno to a value nobody expects. */
void mark_thread(void);

/* The address of mine, from a function that is not inlined. */
int *where_is_mine(void);

/* Waits in hk_ calls until the task is on another kernel thread. */
void migrate(void);

/* The documented way: a libc call that fails, and its errno, in a function without hk_ calls. */
int open_missing(void);
int close_nothing(void);

#endif
