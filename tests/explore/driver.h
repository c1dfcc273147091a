/* SPDX-License-Identifier: MIT */
/*
 * The explorer: runs a scenario of two or three threads in every order of their atomic operations,
 * as loom does for Rust. README.md says how, and what the memory may do.
 */
#ifndef EXPLORE_DRIVER_H
#define EXPLORE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXPLORE_THREADS = 3 };

/*
 * Everything that threads share is set anew by setup(), before they start; all of it is static, so
 * that a schedule can be replayed. A thread may do nothing that depends on anything else.
 */
struct explore_scenario {
	const char *name;
	void (*setup)(void);
	void (*threads[EXPLORE_THREADS])(void); /* NULL: none */
	/* Each time that a thread goes on; NULL: nothing to do. */
	void (*resume)(unsigned thread);
	/* All threads have ended: fails, by explore_fail(), if something is wrong. */
	void (*check)(void);
	/* No thread can go on though some have not ended: fails if that is wrong; NULL: it is. */
	void (*stuck)(void);
	/* After the last schedule; NULL: nothing to do. */
	void (*finish)(void);
};

/* The list that a program explores; the last one has no name. */
extern const struct explore_scenario explore_scenarios[];

/* Prints the sentence and the schedule that led here, and ends the program with exit code 1. */
_Noreturn void explore_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define explore_assert(condition)                                                                  \
	do {                                                                                       \
		if (!(condition))                                                                  \
			explore_fail("%s:%d: not so: %s", __FILE__, __LINE__, #condition);         \
	} while (0)

/* The thread that runs. */
unsigned explore_self(void);
/* Waits until *word is not the value any more. */
void explore_wait_while(uint32_t *word, uint32_t value, const char *where);

/* --- what atomic.h, lock.h and the stand-ins for src/os are made of --- */

enum explore_how {
	EXPLORE_ADD,
	EXPLORE_SUB,
	EXPLORE_AND,
	EXPLORE_OR,
	EXPLORE_XCHG,
	EXPLORE_CAS,
};

uint64_t explore_load(const void *at, size_t size, const char *where);
void explore_store(void *at, size_t size, uint64_t value, bool release, const char *where);
/* Returns what was there. */
uint64_t explore_change(void *at, size_t size, enum explore_how how, uint64_t value, bool release,
	const char *where);
bool explore_cas(void *at, size_t size, void *expected, uint64_t value, bool release,
	const char *where);
void explore_fence(const char *where);
/* A fence in all threads, as of membarrier(2). */
void explore_barrier(const char *where);
void explore_lock(uint32_t *word, const char *where);
void explore_unlock(uint32_t *word, const char *where);
/* futex(2): sleeps if *word is the value, until somebody wakes it. */
void explore_sleep(uint32_t *word, uint32_t value, const char *where);
void explore_wake(uint32_t *word, const char *where);

#endif
