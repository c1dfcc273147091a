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
};

struct lab_experiment {
	const char *name;
	const char *claim; /* of the article that the project grew from, on one line */
	const char *about; /* what is run, for --help */
	bool kitchen;	   /* takes --input and --orders */
	int (*run)(const struct lab_experiment *, const struct lab_options *);
	/* the program measured, when it is part of this command; argv[0] is the name */
	int (*program)(int argc, char **argv);
};

extern const struct lab_experiment lab_kitchen, lab_waiting, lab_lock, lab_semaphore, lab_cores;

/* One execution of an experiment's program. */
struct lab_execution {
	const char *as;
	unsigned workers;
	unsigned cpus; /* that it could use */
	int64_t wall_ns;
	int64_t cpu_ns;
	double idle;  /* share of workers x wall in which no task ran */
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

/*
 * Runs the program under execution->as with execution->workers and fills in the rest. Its last
 * word on stdout is its result.
 */
int lab_bench_run(struct lab_bench *bench, struct lab_execution *execution, char *const argv[]);

/* The four ways; `workers` for the last two. */
enum { LAB_SEQUENTIAL, LAB_CONCURRENT, LAB_PARALLEL, LAB_COMBINED, LAB_FOUR };
int lab_bench_run_four(struct lab_bench *bench, struct lab_execution executions[LAB_FOUR],
	unsigned workers, char *const argv[]);

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
/* "saved 48 %" or "cost 3 % more" of the time before. */
const char *lab_report_saved(char buf[LAB_TIME_MAX], int64_t before_ns, int64_t after_ns);
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
/* Adds the sentence, prints the object and frees it. */
int lab_json_print(cJSON *json, const char *sentence);

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
