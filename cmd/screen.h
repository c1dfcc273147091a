/* SPDX-License-Identifier: MIT */
/* What the terminal (or file) that we print on can show. */
#ifndef CMD_SCREEN_H
#define CMD_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

struct screen {
	unsigned width; /* columns */
	bool colour;	/* SGR sequences are understood and wanted */
	bool unicode;	/* block characters can be shown; only where colours can */
};

/*
 * A terminal: its width and, unless NO_COLOR is set or TERM is dumb, colours. Anything else:
 * plain ASCII, COLUMNS wide, or 80.
 */
struct screen screen_of(int fd);

/*
 * Prints words, wrapped at the screen's width, each line indented; `label` stands in the indent
 * of the first. A word that is wider than a line is cut.
 */
void screen_print(FILE *out, const struct screen *screen, unsigned indent, const char *label,
	const char *words);

/* The SGR sequence for an ANSI colour 0 ... 15 on a screen with colours, else "". */
const char *screen_colour(const struct screen *screen, unsigned colour);
const char *screen_bold(const struct screen *screen);
const char *screen_dim(const struct screen *screen);
const char *screen_reset(const struct screen *screen);

#endif
