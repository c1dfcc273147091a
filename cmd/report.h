/* SPDX-License-Identifier: MIT */
/* The counters of a run, for people. */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include <stdio.h>

#include "stats.h"

void report_run(FILE *out, const struct stats_run *run);

#endif
