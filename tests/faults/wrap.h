/* SPDX-License-Identifier: MIT */
/*
 * Calls of the library into libc that can be made to fail. The test programs in this folder are
 * linked with the static library and with --wrap for each of these calls, so that the library
 * itself carries nothing for it. While nothing is armed all calls pass through.
 */
#ifndef FAULTS_WRAP_H
#define FAULTS_WRAP_H

#include <stdbool.h>

/* What an armed call does instead of failing. */
enum { FAULT_SHORT = -1 /* it transfers a single byte */ };

struct fault {
	const char *call; /* the name of the function; "futex" and others are system calls */
	int error;	  /* what it fails with; or FAULT_SHORT */
	bool for_good;	  /* not only the n-th call, but all from there on */
};

/* From now on the n-th call (1, 2 ...) fails. */
void fault_arm(const struct fault *fault, unsigned n);
/* Whether there has been an n-th call. */
bool fault_met(void);
/* The same, and from now on none fails. */
bool fault_disarm(void);
/* The library opens the files below this folder instead of those that it names. */
void fault_root(const char *folder);
/* Mappings and threads that the library has made and not given back. */
int fault_mappings(void);
int fault_threads(void);

#endif
