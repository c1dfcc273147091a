/* SPDX-License-Identifier: MIT */
/* Reading the counters of runs: each field must be there, a number, and in range. */
#include "stats.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* JSON numbers are doubles: beyond this not every whole number is one. */
#define NUMBER_MAX 9007199254740992.0

/* One line; the first thing wrong with it is said, the rest is read as 0. */
struct line {
	const char *path;
	size_t number;
	bool wrong;
};

static void say_wrong(struct line *line, const char *what, const char *key)
{
	if (!line->wrong)
		fprintf(stderr, "hocket: %s, line %zu: not the counters of a run: %s%s\n",
			line->path, line->number, what, key);
	line->wrong = true;
}

static double read_double(struct line *line, const cJSON *object, const char *key, double min,
	double max)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
	if (!cJSON_IsNumber(item)) {
		say_wrong(line, "no number ", key);
		return 0;
	}
	if (!(item->valuedouble >= min && item->valuedouble <= max)) {
		say_wrong(line, "out of range: ", key);
		return 0;
	}
	return item->valuedouble;
}

static uint64_t read_count(struct line *line, const cJSON *object, const char *key)
{
	return (uint64_t)read_double(line, object, key, 0, NUMBER_MAX);
}

static int64_t read_time(struct line *line, const cJSON *object, const char *key)
{
	return (int64_t)read_double(line, object, key, 0, NUMBER_MAX);
}

static unsigned read_unsigned(struct line *line, const cJSON *object, const char *key)
{
	return (unsigned)read_double(line, object, key, 0, UINT32_MAX);
}

static char *read_string(struct line *line, const cJSON *object, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
	if (text == NULL) {
		say_wrong(line, "no text ", key);
		return NULL;
	}
	char *copy = strdup(text);
	if (copy == NULL)
		say_wrong(line, "no memory for ", key);
	return copy;
}

static void read_workers(struct line *line, const cJSON *object, struct stats_run *run)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, "per_worker");
	if (!cJSON_IsArray(array)) {
		say_wrong(line, "no list ", "per_worker");
		return;
	}
	run->per_worker = calloc((size_t)cJSON_GetArraySize(array) + 1, sizeof(*run->per_worker));
	if (run->per_worker == NULL) {
		say_wrong(line, "no memory for ", "per_worker");
		return;
	}
	const cJSON *item;
	cJSON_ArrayForEach(item, array)
		run->per_worker[run->per_worker_count++] = (struct stats_worker){
			.worker = read_unsigned(line, item, "worker"),
			.started = read_count(line, item, "started"),
			.switches = read_count(line, item, "switches"),
			.idle_ns = read_time(line, item, "idle_ns"),
			.idle = read_double(line, item, "idle", 0, 1),
		};
}

static void read_run(struct line *line, const cJSON *object, struct stats_run *run)
{
	*run = (struct stats_run){
		.name = read_string(line, object, "name"),
		.execution = read_string(line, object, "execution"),
		.workers = read_unsigned(line, object, "workers"),
		.cpus = read_unsigned(line, object, "cpus"),
		.carriers = read_unsigned(line, object, "carriers"),
		.wall_ns = read_time(line, object, "wall_ns"),
		.cpu_ns = read_time(line, object, "cpu_ns"),
		.result = (int64_t)read_double(line, object, "result", -NUMBER_MAX, NUMBER_MAX),
		.tasks = read_count(line, object, "tasks"),
		.switches = read_count(line, object, "switches"),
		.wakes = read_count(line, object, "wakes"),
		.slices = read_count(line, object, "slices"),
		.retakes = read_count(line, object, "retakes"),
		.timeouts = read_count(line, object, "timeouts"),
		.cancels = read_count(line, object, "cancels"),
		.stack_size = read_count(line, object, "stack_size"),
		.stack_high_water = read_count(line, object, "stack_high_water"),
		.idle = read_double(line, object, "idle", 0, 1),
	};
	const cJSON *parks = cJSON_GetObjectItemCaseSensitive(object, "parks");
	for (int cause = HK_CAUSE_NONE + 1; cause < HK_CAUSES; cause++)
		run->parks[cause] = read_count(line, parks, hk_cause_name(cause));
	const cJSON *overruns = cJSON_GetObjectItemCaseSensitive(object, "overruns");
	run->overruns_late = read_count(line, overruns, "late");
	run->overruns_no_carrier = read_count(line, overruns, "no_carrier");
	read_workers(line, object, run);
}

/* Appends what the text says; returns whether it is the counters of a run. */
static bool add_line(struct line *line, char *text, size_t size, struct stats *stats)
{
	if (text[size - 1] != '\n') {
		say_wrong(line, "it is cut short", "");
		return false;
	}
	text[size - 1] = '\0';
	cJSON *object = strlen(text) == size - 1 ? cJSON_ParseWithOpts(text, NULL, true) : NULL;
	struct stats_run *grown = realloc(stats->runs, (stats->count + 1) * sizeof(*stats->runs));
	if (grown != NULL)
		stats->runs = grown;
	if (!cJSON_IsObject(object))
		say_wrong(line, "it is not a JSON object", "");
	else if (grown == NULL)
		say_wrong(line, "no memory", "");
	else
		read_run(line, object, &stats->runs[stats->count++]);
	cJSON_Delete(object);
	return !line->wrong;
}

int stats_read(const char *path, struct stats *stats)
{
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		int err = errno;
		fprintf(stderr, "hocket: %s cannot be read: %s\n", path, hk_strerror(err));
		return -err;
	}
	struct stats read = { .runs = NULL };
	struct line line = { .path = path };
	char *text = NULL;
	size_t capacity = 0;
	ssize_t size;
	int err = 0;
	while (err == 0 && (size = getline(&text, &capacity, file)) > 0) {
		line.number++;
		if (!add_line(&line, text, (size_t)size, &read))
			err = -EBADMSG;
	}
	if (err == 0 && !feof(file)) {
		err = -errno;
		fprintf(stderr, "hocket: %s cannot be read: %s\n", path, hk_strerror(err));
	}
	free(text);
	fclose(file);
	if (err == 0)
		*stats = read;
	else
		stats_free(&read);
	return err;
}

void stats_free(struct stats *stats)
{
	for (size_t i = 0; i < stats->count; i++) {
		free(stats->runs[i].name);
		free(stats->runs[i].execution);
		free(stats->runs[i].per_worker);
	}
	free(stats->runs);
	*stats = (struct stats){ .runs = NULL };
}
