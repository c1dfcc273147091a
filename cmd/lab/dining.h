/* SPDX-License-Identifier: MIT */
/*
 * The program of hocket lab deadlock: cooks at a round table. Its arguments: the way, and how many
 * numbers a cook looks at while it eats. It ends with HK_EXIT_DEADLOCK, or prints a result.
 */
#ifndef CMD_LAB_DINING_H
#define CMD_LAB_DINING_H

#define DINING_COOKS 5

/*
 * Which of its two knives a cook takes first: the left one, which may deadlock; the one with the
 * smaller number; the left one again, but not all cooks have a seat at the same time.
 */
enum { DINING_LEFT = 1, DINING_ORDER, DINING_SEATS, DINING_WAYS };

extern const char *const dining_names[DINING_COOKS];

int dining_program(int argc, char **argv);

#endif
