/* SPDX-License-Identifier: MIT */
/* Where libhocket-posix is, for the programs that are to be run with it. */
#ifndef CMD_POSIX_H
#define CMD_POSIX_H

#include <limits.h>

/* Returns 0, or an exit code when it is not there or cannot be preloaded (said on stderr). */
int posix_find(const char *who, char path[PATH_MAX]);

#endif
