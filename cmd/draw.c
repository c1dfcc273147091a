/* SPDX-License-Identifier: MIT */
/* Lanes drawn: a character of width for each column, coloured where the screen can. */
#include <math.h>
#include <string.h>

#include "timeline.h"

/* The look of one column. */
struct cell {
	const char *text;
	int front; /* ANSI colour, -1: the terminal's own */
	int back;
};

static const char *const heights[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };

/* What happens in half a column. */
struct half {
	double share;  /* of the time in which anything happens, 0 ... 1 */
	unsigned kind; /* that happens most */
};

/* A lane that is read from left to right. */
struct reader {
	const struct timeline_lane *lane;
	const struct timeline_kind *kinds; /* NULL: all are seen */
	size_t next;
};

static struct half read_half(struct reader *reader, double from, double to)
{
	const struct timeline_lane *lane = reader->lane;
	double sums[TIMELINE_KINDS] = { 0 };
	double all = 0;
	while (reader->next < lane->count && (double)lane->stretches[reader->next].to <= from)
		reader->next++;
	for (size_t i = reader->next; i < lane->count; i++) {
		const struct timeline_stretch *stretch = &lane->stretches[i];
		if ((double)stretch->from >= to)
			break;
		if (reader->kinds != NULL && reader->kinds[stretch->kind].letter == '\0')
			continue;
		double part = fmin((double)stretch->to, to) - fmax((double)stretch->from, from);
		sums[stretch->kind] += part;
		all += part;
	}
	struct half half = { all / (to - from), 0 };
	for (unsigned kind = 1; kind < TIMELINE_KINDS; kind++)
		if (sums[kind] > sums[half.kind])
			half.kind = kind;
	return half;
}

#define NOTHING (1.0 / 16)
#define FULL	(7.0 / 8)

static struct cell plain_cell(double share, const struct timeline_kind *kind)
{
	static const char capital[] = "A\0B\0C\0D\0E\0F\0G\0H\0I\0J\0K\0L\0M\0N\0O\0P\0Q\0R\0S\0T\0"
				      "U\0V\0W\0X\0Y\0Z";
	static const char small[] = "a\0b\0c\0d\0e\0f\0g\0h\0i\0j\0k\0l\0m\0n\0o\0p\0q\0r\0s\0t\0"
				    "u\0v\0w\0x\0y\0z";
	if (kind->shade)
		return (struct cell){ "-", kind->colour, -1 };
	if (kind->letter < 'A' || kind->letter > 'Z')
		return (struct cell){ "#", kind->colour, -1 };
	const char *letters = share >= 0.5 ? capital : small;
	return (struct cell){ &letters[2 * (kind->letter - 'A')], kind->colour, -1 };
}

static struct cell make_cell(const struct screen *screen, struct half left, struct half right,
	const struct timeline_kind *kinds)
{
	double share = (left.share + right.share) / 2;
	const struct timeline_kind *kind =
		&kinds[left.share >= right.share ? left.kind : right.kind];
	if (share < NOTHING)
		return (struct cell){ screen->unicode ? "·" : ".", 8, -1 };
	if (!screen->unicode)
		return plain_cell(share, kind);
	if (kind->shade)
		return (struct cell){ "░", kind->colour, -1 };
	if (left.kind != right.kind && left.share >= FULL && right.share >= FULL &&
		!kinds[left.kind].shade && !kinds[right.kind].shade)
		return (struct cell){ "▌", kinds[left.kind].colour, kinds[right.kind].colour };
	int height = (int)lround(share * 8);
	return (struct cell){ heights[height > 0 ? height - 1 : 0], kind->colour, -1 };
}

static void print_colours(FILE *out, const struct cell *cell)
{
	fputs("\033[0", out);
	if (cell->front >= 0)
		fprintf(out, ";%d", cell->front < 8 ? 30 + cell->front : 82 + cell->front);
	if (cell->back >= 0)
		fprintf(out, ";%d", cell->back < 8 ? 40 + cell->back : 92 + cell->back);
	fputc('m', out);
}

static void print_cell(FILE *out, const struct screen *screen, const struct cell *cell,
	const struct cell *before)
{
	if (screen->colour && (before->front != cell->front || before->back != cell->back))
		print_colours(out, cell);
	fputs(cell->text, out);
}

void timeline_draw(FILE *out, const struct screen *screen, const struct timeline_scale *scale,
	const struct timeline_lane *lane, int64_t end, const struct timeline_kind *kinds)
{
	double width = (double)scale->span_ns / scale->columns;
	struct reader reader = { lane, kinds, 0 };
	struct cell before = { "", -1, -1 };
	for (unsigned column = 0; column < scale->columns; column++) {
		double from = column * width;
		if (from >= (double)end)
			break;
		struct half left = read_half(&reader, from, from + width / 2);
		struct half right = read_half(&reader, from + width / 2, from + width);
		struct cell cell = make_cell(screen, left, right, kinds);
		print_cell(out, screen, &cell, &before);
		before = cell;
	}
	fputs(screen_reset(screen), out);
	fputc('\n', out);
}

void timeline_draw_levels(FILE *out, const struct screen *screen,
	const struct timeline_scale *scale, const struct timeline_lane *lane, int64_t end,
	unsigned max)
{
	static const char *const digits[] = { "1", "2", "3", "4", "5", "6", "7", "8", "9" };
	double width = (double)scale->span_ns / scale->columns;
	struct reader reader = { lane, NULL, 0 };
	struct cell before = { "", -1, -1 };
	for (unsigned column = 0; column < scale->columns; column++) {
		double from = column * width;
		if (from >= (double)end)
			break;
		struct half here = read_half(&reader, from, from + width);
		struct cell cell = { screen->unicode ? "·" : ".", 8, -1 };
		if (here.share >= 0.5 && here.kind > 0) {
			unsigned height = here.kind * 8 / max;
			unsigned digit = here.kind < 9 ? here.kind : 9;
			cell.text = screen->unicode ? heights[(height < 8 ? height : 8) - 1] :
						      digits[digit - 1];
			cell.front = here.kind >= max ? 3 : 2;
		}
		print_cell(out, screen, &cell, &before);
		before = cell;
	}
	fputs(screen_reset(screen), out);
	fputc('\n', out);
}

/* The smallest round step (1, 2 or 5 times a power of ten) that leaves room for its label. */
static double find_step(double column_ns)
{
	double step = 1e6;
	while (step < column_ns * 10) {
		if (step * 2 >= column_ns * 10)
			return step * 2;
		if (step * 5 >= column_ns * 10)
			return step * 5;
		step *= 10;
	}
	return step;
}

void timeline_draw_axis(FILE *out, const struct screen *screen, const struct timeline_scale *scale,
	unsigned indent)
{
	double column_ns = (double)scale->span_ns / scale->columns;
	double step = find_step(column_ns);
	unsigned column = 0;
	fprintf(out, "%*s%s", (int)indent, "", screen_dim(screen));
	for (unsigned i = 0;; i++) {
		char label[32];
		if (i == 0)
			snprintf(label, sizeof(label), "0");
		else if (step < 1e9 && i * step < 1e9)
			snprintf(label, sizeof(label), "%.0f ms", i * step / 1e6);
		else
			snprintf(label, sizeof(label), "%.*f s", step < 1e8 ? 2 : step < 1e9,
				i * step / 1e9);
		unsigned at = (unsigned)lround(i * step / column_ns);
		unsigned length = (unsigned)strlen(label);
		if (at + length > scale->columns)
			break;
		fprintf(out, "%*s%s", (int)(at - column), "", label);
		column = at + length;
	}
	fprintf(out, "%s\n", screen_reset(screen));
}
