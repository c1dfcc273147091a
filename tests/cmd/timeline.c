/* SPDX-License-Identifier: MIT */
/* What hocket lab draws and fits, from events and numbers that are known. */
#include "../check_hocket.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab/chart.h"
#include "lab/fit.h"
#include "lab/lab.h"
#include "timeline.h"

#define START_NS UINT64_C(1000000000)

/* A run of 8 ms: the first task, its children 2 and 3, 2's child 4; on two workers. */
static struct event_task tasks[] = { { .id = 1 }, { .id = 2, .parent = 1 },
	{ .id = 3, .parent = 1 }, { .id = 4, .parent = 2 } };

static struct hk_trace_record record(int ms, enum hk_trace_what what, uint64_t task,
	uint16_t worker, enum hk_cause cause)
{
	return (struct hk_trace_record){ .time_ns = START_NS + (uint64_t)ms * HK_MS,
		.task = task,
		.worker = worker,
		.what = (uint8_t)what,
		.cause = (uint8_t)cause };
}

static struct events make_events(void)
{
	const struct hk_trace_record records[] = {
		record(0, HK_TRACE_SPAWN, 1, HK_TRACE_NO_WORKER, HK_CAUSE_NONE),
		record(0, HK_TRACE_START, 1, 0, HK_CAUSE_NONE),
		record(1, HK_TRACE_SPAWN, 2, 0, HK_CAUSE_NONE),
		record(1, HK_TRACE_PARK, 1, 0, HK_CAUSE_JOIN),
		record(1, HK_TRACE_START, 2, 0, HK_CAUSE_NONE),
		record(2, HK_TRACE_START, 3, 1, HK_CAUSE_NONE),
		record(3, HK_TRACE_PARK, 2, 0, HK_CAUSE_MUTEX),
		record(4, HK_TRACE_END, 3, 1, HK_CAUSE_NONE),
		record(5, HK_TRACE_WAKE, 2, 1, HK_CAUSE_NONE),
		record(6, HK_TRACE_RESUME, 2, 1, HK_CAUSE_NONE),
		record(7, HK_TRACE_PARK, 2, 1, HK_CAUSE_CALL),
		record(7, HK_TRACE_START, 4, 1, HK_CAUSE_NONE),
		record(8, HK_TRACE_END, 4, 1, HK_CAUSE_NONE),
	};
	struct events events = { .header = { .start_ns = START_NS },
		.records = malloc(sizeof(records)),
		.count = sizeof(records) / sizeof(records[0]),
		.tasks = tasks,
		.task_count = 4,
		.workers = 2 };
	ck_assert_ptr_nonnull(events.records);
	memcpy(events.records, records, sizeof(records));
	return events;
}

/* The lane of one worker as it is drawn on this screen, a column for each ms. */
static char *draw_worker(const struct screen *screen, unsigned worker)
{
	struct events events = make_events();
	unsigned char *kinds = timeline_customers(&events);
	struct timeline_lane lane = { 0 };
	struct timeline_scale scale = { 10 * HK_MS, 10 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(kinds);
	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(timeline_worker(&lane, &events, worker, kinds), 0);
	timeline_draw(out, screen, &scale, &lane, 8 * HK_MS, timeline_customer_kinds);
	ck_assert_int_eq(fclose(out), 0);
	timeline_free(&lane);
	free(kinds);
	free(events.records);
	return text;
}

/* Goal: a lane shows whose order its worker cooks. Method: plain text, two workers. */
START_TEST(lanes_show_customers)
{
	const struct screen plain = { .width = 80 };
	char *first = draw_worker(&plain, 0), *second = draw_worker(&plain, 1);

	ck_assert_str_eq(first, "#AA.....\n");
	ck_assert_str_eq(second, "..BB..AA\n");
	free(first);
	free(second);
}
END_TEST

/* Goal: the same with blocks and colours, and the colour ends with the lane. */
START_TEST(lanes_show_colours)
{
	const struct screen rich = { .width = 80, .colour = true, .unicode = true };
	char *text = draw_worker(&rich, 1);

	ck_assert_str_eq(text, "\033[0;90m··\033[0;33m██\033[0;90m··\033[0;32m██\033[0m\n");
	free(text);
}
END_TEST

/* Goal: what a task did, wait by wait. Method: compare stretches. */
START_TEST(tasks_run_wait_and_are_ready)
{
	static const struct timeline_stretch expected[] = {
		{ 1 * HK_MS, 3 * HK_MS, TIMELINE_RUNS },
		{ 3 * HK_MS, 5 * HK_MS, TIMELINE_WAITS + HK_CAUSE_MUTEX },
		{ 5 * HK_MS, 6 * HK_MS, TIMELINE_READY },
		{ 6 * HK_MS, 7 * HK_MS, TIMELINE_RUNS },
	};
	struct events events = make_events();
	struct timeline_lane lane = { 0 };

	ck_assert_int_eq(timeline_task(&lane, &events, 2), 0);
	ck_assert_uint_eq(lane.count, 4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(lane.stretches[i].from, expected[i].from);
		ck_assert_int_eq(lane.stretches[i].to, expected[i].to);
		ck_assert_uint_eq(lane.stretches[i].kind, expected[i].kind);
	}
	ck_assert_int_eq(timeline_share(&lane, TIMELINE_RUNS, 2 * HK_MS, 7 * HK_MS), 2 * HK_MS);
	timeline_free(&lane);
	free(events.records);
}
END_TEST

/* Goal: half a column of work is a small letter or half a block; next to nothing is a dot. */
START_TEST(part_of_a_column_shows)
{
	static const struct screen screens[] = { { .width = 80 },
		{ .width = 80, .colour = true, .unicode = true } };
	static const char *const expected[] = { "Aa.\n", "\033[0;32m█▂\033[0;90m·\033[0m\n" };
	struct timeline_scale scale = { 30, 3 };

	for (int i = 0; i < 2; i++) {
		struct timeline_lane lane = { 0 };
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		ck_assert_ptr_nonnull(out);
		ck_assert_int_eq(timeline_add(&lane, 0, 10, 1), 0);
		ck_assert_int_eq(timeline_add(&lane, 10, 12, 1), 0);
		ck_assert_uint_eq(lane.count, 1);
		timeline_draw(out, &screens[i], &scale, &lane, 30, timeline_customer_kinds);
		ck_assert_int_eq(fclose(out), 0);
		ck_assert_str_eq(text, expected[i]);
		free(text);
		timeline_free(&lane);
	}
}
END_TEST

/* Goal: numbers over time are drawn as digits or heights. */
START_TEST(levels_are_drawn)
{
	const struct screen plain = { .width = 80 };
	struct timeline_lane lane = { 0 };
	struct timeline_scale scale = { 60, 6 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	for (unsigned level = 0; level < 4; level++)
		ck_assert_int_eq(timeline_add(&lane, level * 10, level * 10 + 10, level), 0);
	timeline_draw_levels(out, &plain, &scale, &lane, 50, 3);
	timeline_draw_axis(out, &plain, &(struct timeline_scale){ 2 * HK_S, 40 }, 4);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(text, ".123.\n    0         500 ms    1.0 s     1.5 s\n");
	free(text);
	timeline_free(&lane);
}
END_TEST

/* Goal: words wrap at the width, and what is wider than a line is cut. */
START_TEST(words_wrap)
{
	const struct screen narrow = { .width = 12 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	screen_print(out, &narrow, 3, "a", "one two three fourteenletters");
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(text, "a  one two\n   three\n   fourteenl\n   etters\n");
	free(text);
}
END_TEST

/* Goal: the fits find the numbers of which points were made. */
START_TEST(fits_find_their_law)
{
	struct fit_point points[4];
	double serial, contention, coherence;

	for (int i = 0; i < 4; i++) {
		double n = i + 1;
		points[i] = (struct fit_point){ n, 1 / (0.1 + 0.9 / n) };
	}
	ck_assert(fit_amdahl(points, 4, &serial));
	ck_assert_double_eq_tol(serial, 0.1, 1e-9);
	ck_assert(!fit_amdahl(points, 1, &serial));
	for (int i = 0; i < 4; i++) {
		double n = i + 1;
		points[i] = (struct fit_point){ n, n / (1 + 0.05 * (n - 1) + 0.01 * n * (n - 1)) };
	}
	ck_assert(fit_usl(points, 4, &contention, &coherence));
	ck_assert_double_eq_tol(contention, 0.05, 1e-9);
	ck_assert_double_eq_tol(coherence, 0.01, 1e-9);
	ck_assert(!fit_usl(points, 2, &contention, &coherence));
}
END_TEST

/* Goal: a power law is found, and points that have no logarithm are left out. */
START_TEST(fit_finds_a_power)
{
	const double x[] = { 1, 10, 100, 1000 };
	double y[4], factor, exponent;

	for (int i = 0; i < 4; i++)
		y[i] = 3 * x[i] * sqrt(x[i]);
	ck_assert(fit_power(x, y, 4, &factor, &exponent));
	ck_assert_double_eq_tol(factor, 3, 1e-9);
	ck_assert_double_eq_tol(exponent, 1.5, 1e-9);
	y[0] = 0;
	ck_assert(fit_power(x, y, 3, &factor, &exponent));
	ck_assert_double_eq_tol(exponent, 1.5, 1e-9);
	ck_assert(!fit_power(x, y, 2, &factor, &exponent));
	ck_assert(!fit_power((const double[]){ 5, 5 }, y + 1, 2, &factor, &exponent));
}
END_TEST

/* Goal: a task that was cut is ready, not waiting; an overrun does not end its running. */
START_TEST(slices_leave_tasks_ready)
{
	struct hk_trace_record records[] = {
		record(0, HK_TRACE_START, 2, 0, HK_CAUSE_NONE),
		record(1, HK_TRACE_OVERRUN, 2, 0, (enum hk_cause)HK_OVERRUN_LATE),
		record(2, HK_TRACE_PARK, 2, 0, HK_CAUSE_SLICE),
		record(3, HK_TRACE_RESUME, 2, 0, HK_CAUSE_NONE),
		record(4, HK_TRACE_PARK, 2, 0, HK_CAUSE_PREEMPT),
		record(6, HK_TRACE_RESUME, 2, 0, HK_CAUSE_NONE),
		record(7, HK_TRACE_END, 2, 0, HK_CAUSE_NONE),
	};
	struct events events = { .header = { .start_ns = START_NS },
		.records = records,
		.count = sizeof(records) / sizeof(records[0]),
		.tasks = tasks,
		.task_count = 4 };
	struct timeline_lane lane = { 0 }, cut = { 0 };

	ck_assert_int_eq(timeline_task(&lane, &events, 2), 0);
	ck_assert_uint_eq(lane.count, 5);
	ck_assert_int_eq(timeline_share(&lane, TIMELINE_RUNS, 0, 8 * HK_MS), 4 * HK_MS);
	ck_assert_int_eq(timeline_share(&lane, TIMELINE_READY, 0, 8 * HK_MS), 3 * HK_MS);

	/* from the middle of the first stretch to the middle of the fourth */
	ck_assert_int_eq(timeline_cut(&cut, &lane, HK_MS, 5 * HK_MS), 0);
	ck_assert_uint_eq(cut.count, 4);
	ck_assert_int_eq(cut.stretches[0].from, 0);
	ck_assert_int_eq(cut.stretches[0].to, HK_MS);
	ck_assert_int_eq(cut.stretches[3].from, 3 * HK_MS);
	ck_assert_int_eq(cut.stretches[3].to, 4 * HK_MS);
	timeline_free(&lane);
	timeline_free(&cut);
}
END_TEST

/* Goal: percentiles by nearest rank, and what a program printed is found. */
START_TEST(numbers_in_a_few_words)
{
	int64_t values[] = { 40, 10, 30, 20 }, read[4] = { 0 };
	struct lab_spread spread = lab_numbers_spread(values, 4);

	ck_assert_int_eq(spread.median, 20);
	ck_assert_int_eq(spread.min, 10);
	ck_assert_int_eq(spread.max, 40);
	ck_assert_int_eq(lab_numbers_at(values, 4, 0.75), 30);
	ck_assert_int_eq(lab_numbers_at(values, 4, 0.76), 40);
	ck_assert_int_eq(lab_numbers_at(values, 0, 0.5), 0);

	static const char output[] = "beat 5\nbeaten 6\nbeat -7\nbeat x\nbeat 8\nresult beat 9";
	ck_assert_uint_eq(lab_numbers_read(output, "beat", read, 4), 3);
	ck_assert_int_eq(read[1], -7);
	ck_assert_int_eq(read[2], 8);
	ck_assert_uint_eq(lab_numbers_read(output, "beat", read, 1), 1);
	ck_assert_int_eq(lab_numbers_one(output, "beaten"), 6);
	ck_assert_int_eq(lab_numbers_one(output, "eat"), -1);
}
END_TEST

/* Goal: a straight line in both logarithms, with its law under it. */
START_TEST(curves_are_drawn)
{
	const struct screen plain = { .width = 60 };
	const double x[] = { 1, 10, 100 };
	const double ns[] = { 1000, 10000, 0 };
	const struct chart_series series = { 'S', 2, ns, 1000, 1 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	chart_draw(out, &plain, x, 3, &series, 1);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_ptr_nonnull(strstr(text, "  10.0 us|"));
	ck_assert_ptr_nonnull(strstr(text, "  1.00 us|S"));
	ck_assert_ptr_nonnull(strstr(text, "          1                      10"));
	unsigned marks = 0, dots = 0;
	for (const char *at = strchr(text, '|'); *at != '\0'; at++) {
		marks += *at == 'S';
		dots += *at == '.' && at[1] != '0'; /* not of a label */
	}
	ck_assert_uint_eq(marks, 2);
	ck_assert_uint_gt(dots, 20);
	for (const char *line = text; line != NULL && *line != '\0';) {
		ck_assert_uint_le(strcspn(line, "\n"), plain.width);
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("timeline");
	TCase *tc = hkt_case(suite, "draw", 5);

	tcase_add_test(tc, lanes_show_customers);
	tcase_add_test(tc, lanes_show_colours);
	tcase_add_test(tc, tasks_run_wait_and_are_ready);
	tcase_add_test(tc, part_of_a_column_shows);
	tcase_add_test(tc, levels_are_drawn);
	tcase_add_test(tc, words_wrap);
	tcase_add_test(tc, slices_leave_tasks_ready);
	tcase_add_test(tc, curves_are_drawn);
	tc = hkt_case(suite, "fit", 5);
	tcase_add_test(tc, fits_find_their_law);
	tcase_add_test(tc, fit_finds_a_power);
	tcase_add_test(tc, numbers_in_a_few_words);
	return hkt_main(suite);
}
