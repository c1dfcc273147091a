/* SPDX-License-Identifier: MIT */
/* Seeing what a program does. */
#ifndef HOCKET_SEE_H
#define HOCKET_SEE_H

#include <hocket/base.h>
#include <hocket/trace.h>
#include <hocket/run.h>

HK_BEGIN_DECLS

/*
 * Writes a line for each live task of the calling task's runtime to the descriptor (outside a
 * task: of every runtime of the process): its number, name, state, what it waits for and who
 * holds that, and where it was spawned. The other tasks go on meanwhile, so the lines are
 * no snapshot.
 * From: task, thread. Parks: never (a full pipe blocks the worker).
 * Returns: the number of tasks, or the negative errno of write(2).
 */
HK_API int hk_dump(int fd);

/*
 * Writes each decision that hk_run(options) would take on this machine, and why, as lines
 * "what: decision (reason)". NULL = default options; HOCKET_OPTIONS is respected.
 * From: task, thread. Parks: never. Returns: 0, -EINVAL for a bad option (said on stderr), or the
 * negative errno of write(2).
 */
HK_API int hk_explain(const struct hk_options *options, int fd);

/*
 * Names for tables and messages: "sleep", "mutex" ...; "timeout" ...; "spawn" ....
 * From: task, thread, signal. Parks: never. Returns: the name, or "?".
 */
HK_API const char *hk_cause_name(enum hk_cause cause);
HK_API const char *hk_outcome_name(enum hk_outcome outcome);
HK_API const char *hk_trace_name(enum hk_trace_what what);

HK_END_DECLS

#endif
