/* SPDX-License-Identifier: MIT */
/* The commands of hocket(1), and how all of them speak to their user. */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include <stdbool.h>
#include <sysexits.h>

/*
 * Each gets its own arguments (argv[0] is the command's name, "run") and returns the exit code.
 * What it prints on stdout need not be checked: main() does so when the command has returned.
 */
int cmd_run(int argc, char **argv);
int cmd_lab(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

/* The values of long options count from here: letters below it are short ones to bad_option(). */
#define OPTION_FIRST 256

/*
 * Says which option getopt_long() refused: got is '?' or ':' (the option string starts with
 * "+:"). `who` opens the sentence: "hocket run". Returns EX_USAGE.
 */
int bad_option(const char *who, int got, char **argv);

/*
 * Reads a whole decimal number from min to max; says otherwise what is wrong with it:
 * "hocket run: --workers '0': must be 1 ... 1024".
 */
bool read_number(const char *who, const char *option, const char *text, long min, long max,
	long *number);

#endif
