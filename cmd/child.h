/* SPDX-License-Identifier: MIT */
/* Running another program under an execution and measuring it. */
#ifndef CMD_CHILD_H
#define CMD_CHILD_H

#include <stdint.h>

/* What to run, and the HOCKET_OPTIONS it gets on top of those of the environment. */
struct child_options {
	char *const *argv;
	const char *execution; /* NULL: not said */
	unsigned workers;      /* 0: not said */
	const char *events;    /* NULL: none */
	const char *stats;     /* NULL: none */
	const char *preload;   /* a library, ahead of those in LD_PRELOAD; NULL: none */
	const char *more;      /* "key=value:..." on top of these; NULL: none */
	int out;	       /* descriptor for its standard output; -1: ours */
	int err;	       /* descriptor for its standard error; 0: ours */
};

struct child_result {
	int status; /* as waitpid(2) gives it */
	int64_t wall_ns;
	int64_t cpu_ns; /* of the child alone, as wait4(2) gives it */
};

/*
 * Runs the program and waits for it. SIGINT and SIGTERM that we get meanwhile are passed on to it,
 * and it does not survive us.
 * Returns 0, or a negative errno when it could not be started (said on stderr).
 */
int child_run(const struct child_options *options, struct child_result *result);

/* The exit code that stands for a wait status, as a shell gives it: the code, or 128 + signal. */
int child_exit_code(int status);

#endif
