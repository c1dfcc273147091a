/* SPDX-License-Identifier: MIT */
/*
 * What all test programs share. Each program is one suite of the Check library: every test runs
 * in a process of its own with a time limit, and the results go to stdout as TAP.
 *
 * Environment: HOCKET_TEST_REPEAT=PERCENT scales repetitions (slow machines, sanitizers);
 * HOCKET_TEST_SEED=N replays a random test; HOCKET_TEST_SLICE_US=N shortens the slices of
 * hkt_options(); HOCKET_TEST_FORBID=WHAT as hkt_forbid(); CK_RUN_CASE=NAME runs one case only.
 */
#ifndef CHECK_HOCKET_H
#define CHECK_HOCKET_H

#include <check.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <hocket.h>

HK_BEGIN_DECLS

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define HKT_ADDRESS_SANITIZER 1
#else
#define HKT_ADDRESS_SANITIZER 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define HKT_THREAD_SANITIZER 1
#else
#define HKT_THREAD_SANITIZER 0
#endif

/* Runs the suite and returns the exit code of the program. */
int hkt_main(Suite *suite);

/* A case with a time limit, added to the suite. */
TCase *hkt_case(Suite *suite, const char *name, double limit_s);

/* From now on the kernel refuses to the calling process what check_forbid.c lists. */
void hkt_forbid(const char *what);
/* The same, what HOCKET_TEST_FORBID says, if anything. hkt_case() has each test begin with it. */
void hkt_forbid_by_environment(void);

/* A way of executing a program. */
struct hkt_setup {
	enum hk_execution as;
	unsigned workers;
};

/*
 * Every execution, the last two with 1, 2 and 8 workers. In the first HKT_OVERLAP of them up to
 * 7 tasks besides the first one can all be in the middle of a wait; in the others not even two.
 */
enum { HKT_OVERLAP = 5, HKT_SETUPS = 8 };
extern const struct hkt_setup hkt_setups[HKT_SETUPS];

/* Adds a test once per setup; the test finds the number of its setup in _i. */
void hkt_add_every(TCase *tc, const TTest *test);
void hkt_add_overlap(TCase *tc, const TTest *test);

/* Adds a test for combined execution with 1, 2 and 8 workers, again by setup number. */
void hkt_add_workers(TCase *tc, const TTest *test);

/* The options of a setup, and hk_run() with them. */
struct hk_options hkt_options(int setup);
int hkt_run(int setup, int (*fn)(void *), void *arg);

/* Whether tasks of this setup interleave. */
bool hkt_interleaves(int setup);

/* n scaled by HOCKET_TEST_REPEAT, at least 1. */
long hkt_times(long n);

/* A source of random numbers that depends on the seed of the program and on a number. */
struct hkt_random {
	uint64_t state;
};
struct hkt_random hkt_random(uint64_t stream);
uint32_t hkt_random_below(struct hkt_random *r, uint32_t bound);

/* What became of a child process: how it ended and what it said on stderr. */
struct hkt_child {
	int status;
	char err[65536];
};

/* Runs body(arg) in a child process, which ends with the result (its low 8 bits) as exit code. */
void hkt_child(struct hkt_child *child, int (*body)(void *), void *arg);

/* Runs fn(NULL) in a child process as the first task of hk_run(); NULL = default options. */
void hkt_child_run(struct hkt_child *child, const struct hk_options *options, int (*fn)(void *));

/* Whether an extended regular expression matches somewhere in the text. */
bool hkt_matches(const char *text, const char *pattern);

/* Fails the test unless the child ended with this exit code and its stderr matches. */
void hkt_assert_exit(const struct hkt_child *child, int code, const char *pattern);

/* Fails the test unless the child was killed by this signal and its stderr matches. */
void hkt_assert_signal(const struct hkt_child *child, int signal, const char *pattern);

/* A record of what happened in which order: one letter each, from any task or thread. */
#ifndef __cplusplus
struct hkt_log {
	_Atomic unsigned length;
	char text[508];
};
void hkt_log(struct hkt_log *log, char what);
#endif

/* A file name in a fresh folder, which is removed with all in it by hkt_file_remove(). */
struct hkt_file {
	char folder[64];
	char path[96];
};
void hkt_file(struct hkt_file *file);
void hkt_file_remove(const struct hkt_file *file);

/*
 * In a task: goes on when hk_dump() has n lines of this run's tasks that match, as "waits for the
 * mutex" does. So tasks meet in the middle of their waits, however slow the machine is; who never
 * comes is found by the test's time limit.
 */
void hkt_await(int n, const char *pattern);

/* Starts a kernel thread and fails the test when the system refuses. */
pthread_t hkt_thread(void *(*fn)(void *), void *arg);

/*
 * How many wait in the queue of an object (its `waiters`, `senders` ...) at this moment; and waits
 * until n do. From a task or a thread.
 */
unsigned hkt_waiting(const struct hk_waitq *queue);
void hkt_await_queue(const struct hk_waitq *queue, unsigned n);

/* Blocks the calling kernel thread, whatever signals come. */
void hkt_block(hk_time ns);

/* Sleeps in the kernel, by nanosleep(); fails the test when a signal of ours cut that short. */
void hkt_sleep_raw(hk_time ns);

/* Makes a pipe: ends[0] reads, ends[1] writes. Fails the test when the system refuses. */
void hkt_pipe(int ends[2]);

HK_END_DECLS

#endif
