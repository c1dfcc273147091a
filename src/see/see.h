/* SPDX-License-Identifier: MIT */
/* What src/run asks of src/see. */
#ifndef SEE_SEE_H
#define SEE_SEE_H

#include "core/runtime.h"

/* Opens the events file, if one was asked for, and listens. Returns a negative errno. */
int hki_trace_open(struct runtime *rt);
/* Writes what is left; returns the first error that a write had. Also when it was never opened. */
int hki_trace_close(struct runtime *rt);

/* Appends the counters of the run that has ended, if asked for. Returns a negative errno. */
int hki_stats_write(struct runtime *rt, hk_time wall_ns, hk_time cpu_ns);
/* Makes sure that the counters can be written later. */
int hki_stats_check(const struct runtime *rt);

/* Writes each decision and its reason, one a line. */
int hki_explain(const struct runtime *rt, int fd);

#endif
