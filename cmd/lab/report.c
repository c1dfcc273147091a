/* SPDX-License-Identifier: MIT */
/* What all experiments print in the same way: head, table, lanes, JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hocket.h>

#include "lab.h"

const char *lab_report_time(char buf[LAB_TIME_MAX], int64_t ns)
{
	double value = (double)ns;
	const char *unit = "ns";
	if (llabs(ns) >= HK_S) {
		value /= (double)HK_S;
		unit = "s";
	} else if (llabs(ns) >= HK_MS) {
		value /= (double)HK_MS;
		unit = "ms";
	} else if (llabs(ns) >= HK_US) {
		value /= (double)HK_US;
		unit = "us";
	}
	int digits = fabs(value) >= 100 ? 0 : fabs(value) >= 10 ? 1 : 2;
	if (ns == 0)
		snprintf(buf, LAB_TIME_MAX, "0");
	else
		snprintf(buf, LAB_TIME_MAX, "%.*f %s", digits, value, unit);
	return buf;
}

const char *lab_report_size(char buf[LAB_TIME_MAX], double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB" };
	size_t unit = 0;
	while (fabs(bytes) >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		bytes /= 1024;
		unit++;
	}
	snprintf(buf, LAB_TIME_MAX, "%.*f %s", fabs(bytes) < 10 && unit > 0, bytes, units[unit]);
	return buf;
}

void lab_report_bar(const struct screen *screen, unsigned width, double value, double max,
	unsigned colour)
{
	long length = max > 0 ? lround(value / max * width) : 0;
	if (length == 0 && value > 0)
		length = 1; /* it is small, not nothing */
	fputs(screen_colour(screen, colour), stdout);
	for (long i = 0; i < length && i < (long)width; i++)
		fputs(screen->unicode ? "█" : "#", stdout);
	fputs(screen_reset(screen), stdout);
}

const char *lab_report_saved(char buf[LAB_TIME_MAX], int64_t before_ns, int64_t after_ns)
{
	double share = before_ns > 0 ? 1 - (double)after_ns / (double)before_ns : 0;
	long percent = lround(fabs(share) * 100);
	if (percent == 0)
		snprintf(buf, LAB_TIME_MAX, "saved nothing");
	else if (share > 0)
		snprintf(buf, LAB_TIME_MAX, "saved %ld %%", percent);
	else
		snprintf(buf, LAB_TIME_MAX, "cost %ld %% more", percent);
	return buf;
}

void lab_report_head(const struct screen *screen, const struct lab_experiment *experiment)
{
	char line[256];
	snprintf(line, sizeof(line), "%s: %s", experiment->name, experiment->claim);
	fputs(screen_bold(screen), stdout);
	screen_print(stdout, screen, 0, "", line);
	puts(screen_reset(screen));
}

void lab_report_columns(const char *workers)
{
	printf("  %-10s %7s %7s %7s %5s", "execution", workers, "wall", "CPU", "idle");
}

void lab_report_row(const struct lab_execution *execution)
{
	char wall[LAB_TIME_MAX], cpu[LAB_TIME_MAX];
	printf("  %-10s %7u %7s %7s %3.0f %%", execution->as, execution->workers,
		lab_report_time(wall, execution->wall_ns), lab_report_time(cpu, execution->cpu_ns),
		execution->idle * 100);
}

void lab_report_lane(const struct screen *screen, const char *execution, const char *name)
{
	const char *bar = screen->unicode ? "▕" : "|";
	const char *first = execution != NULL ? execution : "";
	int width = LAB_LANE_INDENT - 4 - (int)strlen(first);
	printf("  %s %s%*s%s%s", first, screen_dim(screen), width, name, bar, screen_reset(screen));
}

void lab_report_legend(const struct screen *screen, const struct timeline_kind *looks,
	const char *const *names, size_t count)
{
	size_t column = 0;
	for (size_t i = 0; i < count; i++) {
		char letter[] = { looks[i].shade ? '-' : looks[i].letter, '\0' };
		const char *block = looks[i].shade ? "░" : "█";
		size_t length = 4 + strlen(names[i]);
		if (column > 0 && column + length > screen->width) {
			putchar('\n');
			column = 0;
		}
		printf("  %s%s%s %s", screen_colour(screen, looks[i].colour),
			screen->unicode ? block : letter, screen_reset(screen), names[i]);
		column += length;
	}
	putchar('\n');
}

struct timeline_scale lab_report_scale(const struct screen *screen,
	const struct lab_execution *executions, size_t count)
{
	struct timeline_scale scale = { 1, screen->width - LAB_LANE_INDENT - 1 };
	for (size_t i = 0; i < count; i++)
		if (executions[i].wall_ns > scale.span_ns)
			scale.span_ns = executions[i].wall_ns;
	return scale;
}

int lab_report_workers(const struct screen *screen, const struct timeline_scale *scale,
	const struct lab_execution *execution, const unsigned char *kinds,
	const struct timeline_kind *looks, unsigned most)
{
	for (unsigned worker = 0; worker < execution->workers && worker < most; worker++) {
		struct timeline_lane lane = { 0 };
		char name[16];
		if (kinds == NULL ||
			timeline_worker(&lane, &execution->events, worker, kinds) != 0) {
			timeline_free(&lane);
			fputs("hocket lab: no memory for a timeline\n", stderr);
			return EX_OSERR;
		}
		snprintf(name, sizeof(name), "%u", worker + 1);
		lab_report_lane(screen, worker == 0 ? execution->as : NULL, name);
		timeline_draw(stdout, screen, scale, &lane, execution->wall_ns, looks);
		timeline_free(&lane);
	}
	return 0;
}

double lab_report_taken(const struct lab_execution *execution)
{
	double ran = (1 - execution->idle) * execution->workers * (double)execution->wall_ns;
	return ran > 0 ? 1 - (double)execution->cpu_ns / ran : 0;
}

void lab_report_others(const struct screen *screen, const struct lab_execution *execution)
{
	double taken = lab_report_taken(execution);
	if (taken < 0.05)
		return;
	char line[200];
	snprintf(line, sizeof(line),
		"Other programs took %.0f %% of the CPU time that %u worker%s wanted (%s): on an "
		"idle machine the numbers are better.",
		taken * 100, execution->workers, execution->workers == 1 ? "" : "s", execution->as);
	screen_print(stdout, screen, 2, "", line);
}

static bool equal_results(const struct lab_execution *executions, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (strcmp(executions[i].result, executions[0].result) != 0)
			return false;
	return true;
}

void lab_report_result(const struct lab_execution *executions, size_t count)
{
	if (equal_results(executions, count))
		printf("  result: %s in all of them\n", executions[0].result);
	else
		for (size_t i = 0; i < count; i++)
			printf("  result of %s, %u: %s\n", executions[i].as, executions[i].workers,
				executions[i].result);
}

int lab_report_check(const struct lab_experiment *experiment,
	const struct lab_execution *executions, size_t count)
{
	if (equal_results(executions, count))
		return 0;
	fprintf(stderr, "hocket lab %s: the results of the executions differ\n", experiment->name);
	return EX_SOFTWARE;
}

static bool add_execution(cJSON *array, const struct lab_execution *execution)
{
	cJSON *item = cJSON_CreateObject();
	if (item == NULL || !cJSON_AddItemToArray(array, item)) {
		cJSON_Delete(item);
		return false;
	}
	return cJSON_AddStringToObject(item, "name", execution->as) != NULL &&
		cJSON_AddNumberToObject(item, "workers", execution->workers) != NULL &&
		cJSON_AddNumberToObject(item, "wall_ns", (double)execution->wall_ns) != NULL &&
		cJSON_AddNumberToObject(item, "cpu_ns", (double)execution->cpu_ns) != NULL &&
		cJSON_AddNumberToObject(item, "idle", execution->idle) != NULL &&
		cJSON_AddStringToObject(item, "result", execution->result) != NULL;
}

cJSON *lab_json_make(const struct lab_experiment *experiment,
	const struct lab_execution *executions, size_t count)
{
	cJSON *json = cJSON_CreateObject();
	bool good = cJSON_AddStringToObject(json, "experiment", experiment->name) != NULL &&
		cJSON_AddStringToObject(json, "claim", experiment->claim) != NULL &&
		cJSON_AddNumberToObject(json, "cpus", executions[0].cpus) != NULL;
	cJSON *array = good ? cJSON_AddArrayToObject(json, "executions") : NULL;
	good = array != NULL;
	for (size_t i = 0; good && i < count; i++)
		good = add_execution(array, &executions[i]);
	if (good)
		return json;
	cJSON_Delete(json);
	return NULL;
}

cJSON *lab_json_execution(cJSON *json, size_t index)
{
	return cJSON_GetArrayItem(cJSON_GetObjectItem(json, "executions"), (int)index);
}

void lab_json_spread(cJSON *item, const char *name, const struct lab_spread *spread)
{
	static const char *const words[] = { "median", "min", "max" };
	const int64_t values[] = { spread->median, spread->min, spread->max };
	for (size_t i = 0; i < 3; i++) {
		char key[64];
		snprintf(key, sizeof(key), "%s_%s_ns", name, words[i]);
		cJSON_AddNumberToObject(item, key, (double)values[i]);
	}
}

int lab_json_print(cJSON *json, const char *sentence)
{
	char *text = NULL;
	if (cJSON_AddStringToObject(json, "sentence", sentence) != NULL)
		text = cJSON_Print(json);
	cJSON_Delete(json);
	if (text == NULL) {
		fputs("hocket lab: no memory for the JSON\n", stderr);
		return EX_OSERR;
	}
	puts(text);
	cJSON_free(text);
	return 0;
}
