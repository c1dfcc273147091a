/* SPDX-License-Identifier: MIT */
/* The programs of hocket lab freeze. */
#ifndef CMD_LAB_BESIDE_H
#define CMD_LAB_BESIDE_H

#include <stdbool.h>

#define BESIDE_BEAT_MS 10

/* From 1 on: they are arguments of a program, none of which is 0. */
enum beside_runner { BESIDE_TASKS = 1, BESIDE_THREADS, BESIDE_LIBUV, BESIDE_RUNNERS };
enum beside_hog { BESIDE_SPIN = 1, BESIDE_SLEEP, BESIDE_HOGS };

/* Arguments: runner, hog, milliseconds. It prints "beat NS" for each, "cut N" and its result. */
int beside_program(int argc, char **argv);

/* Whether this command was built where libuv is installed. */
bool beside_has_libuv(void);

#endif
