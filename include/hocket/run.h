/* SPDX-License-Identifier: MIT */
/* Running a program: one call, and the knobs that say how its tasks are executed. */
#ifndef HOCKET_RUN_H
#define HOCKET_RUN_H

#include <hocket/base.h>
#include <hocket/time.h>

HK_BEGIN_DECLS

/*
 * How tasks are executed. The program is the same in all of them.
 *
 *              workers  interleave
 *  SEQUENTIAL  1        no          one task at a time; a task that waits holds the core
 *  CONCURRENT  1        yes         one core; a task that waits gives the core away
 *  PARALLEL    N        no          N cores, each runs one task to its end, waits included
 *  COMBINED    N        yes         many tasks on N cores; the default
 *
 * Without interleaving a spawned task goes to a free worker; when none is free it runs at
 * once, as if it were called. hk_yield() then does nothing.
 */
enum hk_execution { HK_COMBINED, HK_SEQUENTIAL, HK_CONCURRENT, HK_PARALLEL };

/* What happens when a deadlock is proven. The report goes to stderr in both cases. */
enum hk_deadlock {
	HK_DEADLOCK_EXIT,   /* the process ends with exit code HK_EXIT_DEADLOCK */
	HK_DEADLOCK_RETURN, /* hk_run() returns -EDEADLK; the stuck tasks are abandoned */
};

/*
 * Options of a run. Start from HK_OPTIONS_INIT; zero in a field means its default.
 *
 * The environment variable HOCKET_OPTIONS ("key=value:key=value") wins over what the program
 * says here, so that a user can change the execution of any Hocket program; it is ignored in
 * set-user-ID programs. Its keys: exec=sequential|concurrent|parallel|combined, workers=N,
 * stack=BYTES (k, m), slice=TIME|off (ns, us, ms, s), carriers=N, signals=NAME|none,
 * events=FILE, stats=FILE, deadlock=exit|return, stall=TIME|off, dump=NAME|none, seed=N|off,
 * locks=check|off.
 * A value cannot contain ':'.
 */
struct hk_options {
	size_t size;		   /* sizeof(struct hk_options): lets the struct grow */
	enum hk_execution as;	   /* default HK_COMBINED */
	unsigned workers;	   /* 1 ... HK_WORKERS_MAX; default: the CPUs this process may use
				      (affinity mask and cgroup quota); 1 where `as` says one */
	size_t stack_size;	   /* bytes, 16 KiB ... 64 MiB, rounded up to a power of two;
				      default 256 KiB (address space, not memory) */
	const char *name;	   /* of the first task; default "main" */
	const char *events;	   /* file to write events to (hocket/trace.h); default none */
	const char *stats;	   /* file to append counters to, a JSON object a run;
				      default none */
	enum hk_deadlock deadlock; /* default HK_DEADLOCK_EXIT */
	hk_time stall_ns;	   /* warn once when nothing could run for so long though a
				      deadlock is not proven, and of each task that kept its
				      worker so long though others waited; default 1 s without
				      interleaving, else off; negative: off */
	hk_time slice_ns;	   /* how long a task may run while others wait for its worker;
				      100 us ... ; default 10 ms; negative: as long as it likes.
				      Without interleaving there are no slices */
	unsigned carriers;	   /* most kernel threads that tasks may occupy at a time, those
				      in the middle of a computation or of a blocking call
				      included; at least workers + 1; default 512 + workers */
	int signal;		   /* that interrupts a computation when its slice is over;
				      default SIGURG; negative: none, then a task that never
				      calls the library keeps its worker (so also where a sandbox
				      refuses to send it, which is said once on stderr) */
	int dump_signal;	   /* that has the runtime write its tasks to stderr, as hk_dump()
				      does, while they go on; 0: none */
	int lock_order;		   /* warn of locks that tasks lock in opposite orders, before that
				      is a deadlock: positive: yes; negative: no; default: yes if
				      the library was built for debugging */
	uint64_t seed;		   /* the order in which ready tasks run is drawn at random, by this
				      seed: on one worker with slices off, and without time,
				      descriptors and other threads, the same seed gives the same
				      order (there a call that blocks keeps the worker). 0: first
				      come first served */
	uint64_t reserved[2];	   /* zero */
};

#define HK_WORKERS_MAX 1024

/* clang-format off */
#define HK_OPTIONS_INIT \
	{ sizeof(struct hk_options), HK_COMBINED, 0, 0, NULL, NULL, NULL, HK_DEADLOCK_EXIT, 0, \
	  0, 0, 0, 0, 0, 0, { 0, 0 } }
/* clang-format on */

/*
 * Runs fn(arg) as the first task of a new runtime and returns when that task has ended. Every
 * task lives in a scope, so none is left by then. May be called any number of times, and by
 * several threads at once: each call is a runtime of its own. The calling thread waits, and
 * makes kernel threads when tasks need them.
 *
 * From: thread; from a task it panics. Parks: not applicable, it blocks the thread.
 * Returns: what fn returned (0 or a negative errno by convention), or
 *   -EINVAL   an option, or HOCKET_OPTIONS, is not valid (said on stderr)
 *   -ENOMEM, -EAGAIN, -EMFILE ... the system refused memory, a thread or a descriptor (said on
 *             stderr)
 *   -EDEADLK  a deadlock was proven and options->deadlock is HK_DEADLOCK_RETURN
 *   the negative errno of a file that could not be opened or written (events, stats)
 */
HK_API int hk_run(const struct hk_options *options, int (*fn)(void *), void *arg);

/*
 * The name of an execution: "combined", "sequential", "concurrent", "parallel".
 * From: task, thread, signal. Parks: never. Returns: the name, or NULL for an unknown value.
 */
HK_API const char *hk_execution_name(enum hk_execution as);

HK_END_DECLS

#endif
