/* SPDX-License-Identifier: MIT */
/*
 * Experiments: one program each, run under several executions and measured.
 *
 * Functions that can fail return 0 or the exit code of the command (sysexits.h; 128 + signal when
 * interrupted) after saying on stderr what was wrong.
 */
#ifndef CMD_LAB_LAB_H
#define CMD_LAB_LAB_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cjson/cJSON.h>

#include "events.h"
#include "screen.h"
#include "timeline.h"

struct lab_options {
	bool json;
	const char **inputs; /* --input, in order */
	size_t input_count;
	long orders; /* 0: not said */
	long tasks;  /* 0: not said */
	long hog_ms; /* 0: not said */
	long runs;   /* 0: not said */
};

/* The options that an experiment takes besides --json. */
enum {
	LAB_TAKES_INPUT = 1,
	LAB_TAKES_ORDERS = 2,
	LAB_TAKES_TASKS = 4,
	LAB_TAKES_HOG_MS = 8,
	LAB_TAKES_RUNS = 16
};

struct lab_experiment {
	const char *name;
	const char *claim; /* of the article that the project grew from, on one line */
	const char *about; /* what is run, for --help */
	unsigned takes;	   /* LAB_TAKES_... */
	int (*run)(const struct lab_experiment *, const struct lab_options *);
	/* the program measured, when it is part of this command; argv[0] is the name */
	int (*program)(int argc, char **argv);
};

extern const struct lab_experiment lab_kitchen, lab_freeze, lab_waiting, lab_console, lab_slices,
	lab_switching, lab_illusion, lab_crowd, lab_cores, lab_lock, lab_semaphore, lab_threads,
	lab_corrupt, lab_order, lab_deadlock;

struct lab_arguments;

/* One execution of an experiment's program. */
struct lab_execution {
	const char *as;
	unsigned workers;
	const char *more; /* HOCKET_OPTIONS besides, "key=value:..."; NULL: none */
	bool quiet;	  /* no events: recording them takes time */
	bool all_runs;	  /* the program calls hk_run() often: measure all, not only the last */
	bool peer;	  /* it runs no tasks; `as` says what it runs, `workers` how many threads */
	unsigned cpus;	  /* that it could use */
	int64_t wall_ns;
	int64_t cpu_ns;
	double idle; /* share of workers x wall in which no task ran */
	uint64_t switches;
	uint64_t parks[HK_CAUSES];
	char *output; /* all that it printed */
	char *result; /* the last word of that, in it */
	struct events events;
};

#define LAB_PATH_MAX 4096

/* A series of measurements and the folder it needs, which is removed at its end. */
#define LAB_SIGNALS 3
struct lab_bench {
	char folder[LAB_PATH_MAX];
	struct sigaction before[LAB_SIGNALS];
	struct lab_progress *progress;
};

/* steps: how many executions there will be. */
int lab_bench_open(struct lab_bench *bench, unsigned steps);
void lab_bench_close(struct lab_bench *bench);
/* For experiments that show something themselves while they run. */
void lab_bench_hide_progress(struct lab_bench *bench);

/*
 * Runs the program under execution->as with execution->workers and fills in the rest. Its last
 * word on stdout is its result.
 */
int lab_bench_run(struct lab_bench *bench, struct lab_execution *execution, char *const argv[]);

/*
 * The same for a program that may end because a deadlock was proven; then of the execution only
 * times and events are filled in. *said (to be freed, unless this fails): what it wrote on stderr.
 */
int lab_bench_dare(struct lab_bench *bench, struct lab_execution *execution, char *const argv[],
	char **said, bool *deadlock);

/* The four ways; `workers` for the last two. */
enum { LAB_SEQUENTIAL, LAB_CONCURRENT, LAB_PARALLEL, LAB_COMBINED, LAB_FOUR };
int lab_bench_run_four(struct lab_bench *bench, struct lab_execution executions[LAB_FOUR],
	unsigned workers, char *const argv[]);

/*
 * Several executions in turns, LAB_TRIES times each, so that what disturbs one disturbs all. Each
 * keeps what it left the last time. `value` is the number that its program printed after `key`.
 */
#define LAB_TRIES 5
struct lab_tries {
	struct lab_arguments *arguments;
	const char *key; /* NULL: the program prints none */
	int64_t wall_ns[LAB_TRIES];
	int64_t cpu_ns[LAB_TRIES];
	int64_t value[LAB_TRIES];
};
int lab_bench_alternate(struct lab_bench *bench, struct lab_execution *executions,
	struct lab_tries *tries, size_t count);

/* Runs any program and returns what it printed, in *output (to be freed). */
int lab_bench_capture(struct lab_bench *bench, char *const argv[], char **output);

/* What lab_bench_run() allocated. */
void lab_execution_free(struct lab_execution *execution);

/* The file of this command. */
const char *lab_self(void);

/* Builds the arguments that make this command run its own `program` of the experiment. */
#define LAB_ARGUMENTS_MAX 8
struct lab_arguments {
	char self[LAB_PATH_MAX];
	char text[LAB_ARGUMENTS_MAX][32];
	char *argv[LAB_ARGUMENTS_MAX + 4];
};
void lab_arguments_make(struct lab_arguments *arguments, const struct lab_experiment *experiment,
	const unsigned *numbers, size_t count);

/* A program's side of that. */
bool lab_arguments_read(int argc, char **argv, unsigned *numbers, size_t count);

/* What hk_run() returned to the program: says it, unless it has been said; the exit code. */
int lab_program_failed(const char *experiment, int err);

/* A whole experiment of four executions: its own program with a number, then `report`. */
int lab_four(const struct lab_experiment *experiment, const struct lab_options *options,
	unsigned workers, unsigned number,
	int (*report)(const struct lab_experiment *, const struct lab_execution *, bool json));

/* The signal that asked us to stop, 0: none. */
int lab_interrupted(void);

/* numbers.c: many measurements in a few words */
struct lab_spread {
	int64_t median;
	int64_t min;
	int64_t max;
};
void lab_numbers_sort(int64_t *values, size_t count);
/* The value that a share (0 ... 1) of the sorted values does not exceed; 0 without values. */
int64_t lab_numbers_at(const int64_t *sorted, size_t count, double share);
/* Sorts them. */
struct lab_spread lab_numbers_spread(int64_t *values, size_t count);
/* The numbers of the lines "KEY NUMBER" of the output, `most` at most. Returns how many. */
size_t lab_numbers_read(const char *output, const char *key, int64_t *values, size_t most);
/* The number of the first such line; -1 when there is none. */
int64_t lab_numbers_one(const char *output, const char *key);

/* progress.c: a bar on stderr, at a terminal, once a second has passed. NULL is no bar. */
struct lab_progress *lab_progress_open(unsigned steps);
void lab_progress_step(struct lab_progress *progress, const char *what, unsigned workers);
void lab_progress_close(struct lab_progress *progress);

/* report.c */
void lab_report_head(const struct screen *screen, const struct lab_experiment *experiment);
/* The common columns; the caller adds its own and ends the line. */
void lab_report_columns(const char *workers);
void lab_report_row(const struct lab_execution *execution);
/* The words in front of a lane, LAB_LANE_INDENT columns: execution (NULL: blank) and name. */
#define LAB_LANE_INDENT 16
void lab_report_lane(const struct screen *screen, const char *execution, const char *name);
/* What the marks in lanes mean. */
void lab_report_legend(const struct screen *screen, const struct timeline_kind *looks,
	const char *const *names, size_t count);
/* One scale for all of them. */
struct timeline_scale lab_report_scale(const struct screen *screen,
	const struct lab_execution *executions, size_t count);
/* A lane for each worker of the execution; no more than `most`. */
int lab_report_workers(const struct screen *screen, const struct timeline_scale *scale,
	const struct lab_execution *execution, const unsigned char *kinds,
	const struct timeline_kind *looks, unsigned most);
/* "1.84 s", "12.3 ms" in buf. */
#define LAB_TIME_MAX 32
const char *lab_report_time(char buf[LAB_TIME_MAX], int64_t ns);
/* "4.2 KiB", "812 MiB" in buf. */
const char *lab_report_size(char buf[LAB_TIME_MAX], double bytes);
/* A bar of value / max x width columns, without an end of line. */
void lab_report_bar(const struct screen *screen, unsigned width, double value, double max,
	unsigned colour);
/* "saved 48 %" or "cost 3 % more" of the time before. */
const char *lab_report_saved(char buf[LAB_TIME_MAX], int64_t before_ns, int64_t after_ns);
/* The share of the time in which workers ran tasks, but had no CPU because others did. */
double lab_report_taken(const struct lab_execution *execution);
/* Says so when it is much, for an execution whose tasks compute all the time. */
void lab_report_others(const struct screen *screen, const struct lab_execution *execution);
/* The result, once; or each, when they differ. */
void lab_report_result(const struct lab_execution *executions, size_t count);
/* All results must be equal. */
int lab_report_check(const struct lab_experiment *experiment,
	const struct lab_execution *executions, size_t count);

/* {"experiment", "claim", "cpus", "executions": [...]}; NULL without memory. */
cJSON *lab_json_make(const struct lab_experiment *experiment,
	const struct lab_execution *executions, size_t count);
/* The object of one execution in it. */
cJSON *lab_json_execution(cJSON *json, size_t index);
/* "NAME_median_ns", "NAME_min_ns", "NAME_max_ns". */
void lab_json_spread(cJSON *item, const char *name, const struct lab_spread *spread);
/* Adds the sentence, prints the object and frees it. */
int lab_json_print(cJSON *json, const char *sentence);

/*
 * loops.c: the program of experiments whose tasks compute in plain loops, without a call to the
 * library. Its arguments: how many tasks, and how many numbers each looks at.
 */
int lab_loops_program(int argc, char **argv);
int lab_loops_run(const char *experiment, unsigned count, unsigned numbers);

/* work.c: real computing. How many primes there are among `count` numbers from `from` on. */
#define LAB_WORK_FROM 100000000u
unsigned lab_work_primes(unsigned from, unsigned count);
/* The same, letting others run every now and then. */
unsigned lab_work_primes_politely(unsigned from, unsigned count);
/* How many numbers from LAB_WORK_FROM on this machine looks at in a millisecond. */
unsigned lab_work_per_ms(void);
/* Adds bytes to a checksum (FNV-1a) that began as LAB_WORK_CHECKSUM. */
#define LAB_WORK_CHECKSUM 2166136261u
uint32_t lab_work_checksum(uint32_t sum, const void *bytes, size_t len);

#endif
