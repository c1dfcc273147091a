/* SPDX-License-Identifier: MIT */
/* Terminals: width, colours, characters. */
#include "screen.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_UNKNOWN 80
#define WIDTH_MIN     60
#define WIDTH_MAX     400

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);
	return value != NULL && *value != '\0';
}

/* A terminal knows better than COLUMNS, which a shell may have exported before a resize. */
static unsigned find_width(int fd)
{
	struct winsize size;
	long width = 0;
	if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (width == 0 && is_set("COLUMNS"))
		width = strtol(getenv("COLUMNS"), NULL, 10);
	if (width <= 0)
		return WIDTH_UNKNOWN;
	if (width < WIDTH_MIN)
		return WIDTH_MIN;
	return width > WIDTH_MAX ? WIDTH_MAX : (unsigned)width;
}

/*
 * Only a locale that was chosen and is another one speaks against UTF-8: in containers no locale is
 * set at all, while the terminal in front of them shows UTF-8.
 */
static bool shows_utf8(void)
{
	static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (is_set(variables[i])) {
			const char *locale = getenv(variables[i]);
			return strcasestr(locale, "utf-8") != NULL ||
				strcasestr(locale, "utf8") != NULL;
		}
	return true;
}

struct screen screen_of(int fd)
{
	struct screen screen = { .width = find_width(fd) };
	const char *terminal = getenv("TERM");
	screen.colour = isatty(fd) && !is_set("NO_COLOR") && terminal != NULL &&
		strcmp(terminal, "dumb") != 0;
	screen.unicode = screen.colour && shows_utf8();
	return screen;
}

void screen_print(FILE *out, const struct screen *screen, unsigned indent, const char *label,
	const char *words)
{
	unsigned column = indent;
	fprintf(out, "%-*s", (int)indent, label);
	while (*(words += strspn(words, " ")) != '\0') {
		size_t length = strcspn(words, " ");
		unsigned gap = column > indent ? 1 : 0;
		if (gap > 0 && column + gap + length > screen->width) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			gap = 0;
		}
		if (length > screen->width - indent)
			length = screen->width - indent;
		fprintf(out, "%*s%.*s", (int)gap, "", (int)length, words);
		column += gap + (unsigned)length;
		words += length;
	}
	fputc('\n', out);
}

const char *screen_colour(const struct screen *screen, unsigned colour)
{
	static const char *const sequences[] = { "\033[30m", "\033[31m", "\033[32m", "\033[33m",
		"\033[34m", "\033[35m", "\033[36m", "\033[37m", "\033[90m", "\033[91m", "\033[92m",
		"\033[93m", "\033[94m", "\033[95m", "\033[96m", "\033[97m" };
	return screen->colour ? sequences[colour % 16] : "";
}

const char *screen_bold(const struct screen *screen)
{
	return screen->colour ? "\033[1m" : "";
}

const char *screen_dim(const struct screen *screen)
{
	return screen->colour ? "\033[90m" : "";
}

const char *screen_reset(const struct screen *screen)
{
	return screen->colour ? "\033[0m" : "";
}
