/* SPDX-License-Identifier: MIT */
/* Reading an events file: checked record by record, the last run kept, sorted by time. */
#include "events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 65536 /* bytes */

/* The file as it is: header and records have the same size, so all of it is slots. */
struct slots {
	struct hk_trace_record *all;
	size_t count;
	size_t rest; /* bytes after the last whole slot */
};

_Static_assert(sizeof(struct hk_trace_header) == sizeof(struct hk_trace_record),
	"a header fills one slot");

static int invalid(const char *path, const char *what)
{
	fprintf(stderr, "hocket: %s is not a valid events file: %s\n", path, what);
	return -EBADMSG;
}

static int failed(const char *path, int err)
{
	fprintf(stderr, "hocket: %s cannot be read: %s\n", path, hk_strerror(err));
	return -err;
}

static int read_slots(FILE *file, struct slots *slots)
{
	size_t capacity = FIRST_CAPACITY;
	size_t size = 0;
	char *bytes = NULL;
	for (;;) {
		char *grown = realloc(bytes, capacity);
		if (grown == NULL) {
			free(bytes);
			return ENOMEM;
		}
		bytes = grown;
		size_t room = capacity - size;
		size_t got = fread(bytes + size, 1, room, file);
		size += got;
		if (got < room)
			break;
		capacity *= 2;
	}
	if (ferror(file)) {
		int err = errno;
		free(bytes);
		return err;
	}
	slots->all = (void *)bytes;
	slots->count = size / sizeof(struct hk_trace_record);
	slots->rest = size % sizeof(struct hk_trace_record);
	return 0;
}

static int check_header(const char *path, const struct hk_trace_header *header)
{
	if (memcmp(header->magic, HK_TRACE_MAGIC, sizeof(header->magic)) != 0)
		return invalid(path, "it does not begin with " HK_TRACE_MAGIC);
	if (header->version != HK_TRACE_VERSION)
		return invalid(path, "it was written by another version of Hocket");
	if (header->record_size != sizeof(struct hk_trace_record))
		return invalid(path, "its records have another size");
	return 0;
}

static int by_time(const void *left, const void *right)
{
	const struct hk_trace_record *const *a = left, *const *b = right;
	if ((*a)->time_ns != (*b)->time_ns)
		return (*a)->time_ns < (*b)->time_ns ? -1 : 1;
	return *a < *b ? -1 : *a > *b;
}

static int by_id(const void *left, const void *right)
{
	const struct event_task *a = left, *b = right;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* The text of a spawn: a name and a place, each with its terminating 0, in the slots after it. */
static bool add_task(struct events *events, const struct hk_trace_record *spawn)
{
	const char *name = (const void *)(spawn + 1);
	size_t size = spawn->cause * sizeof(*spawn);
	size_t name_size = strnlen(name, size) + 1;
	if (name_size >= size || strnlen(name + name_size, size - name_size) == size - name_size)
		return false;
	events->tasks[events->task_count++] = (struct event_task){
		.id = spawn->task,
		.parent = spawn->arg,
		.name = strdup(name),
		.where = strdup(name + name_size),
	};
	return true;
}

/*
 * Where the records of the last run begin. A header may stand before each run or before all of
 * them. Sorted holds what follows the last header, without text.
 */
static size_t sort_slots(const struct slots *slots, const struct hk_trace_record **sorted,
	struct hk_trace_header *header, const char **wrong)
{
	size_t count = 0;
	for (size_t i = 0; i < slots->count; i++) {
		const struct hk_trace_record *slot = &slots->all[i];
		if (memcmp(slot, HK_TRACE_MAGIC, sizeof(header->magic)) == 0) {
			memcpy(header, slot, sizeof(*header));
			count = 0;
			continue;
		}
		sorted[count++] = slot;
		if (slot->what != HK_TRACE_SPAWN)
			continue;
		if (slot->cause > slots->count - i - 1)
			*wrong = "the text of its last task is cut short";
		i += slot->cause;
	}
	qsort(sorted, count, sizeof(void *), by_time);
	return count;
}

static const char *check_run(const struct hk_trace_record *run)
{
	if (run->arg < 1 || run->arg > HK_WORKERS_MAX)
		return "its number of workers is out of range";
	return hk_execution_name(run->cause) == NULL ? "its execution is unknown" : NULL;
}

static const char *check_record(const struct events *events, const struct hk_trace_record *record)
{
	if (record->what < HK_TRACE_RUN || record->what > HK_TRACE_OVERRUN)
		return "it holds a record of an unknown kind";
	if (record->worker >= events->workers && record->worker != HK_TRACE_NO_WORKER)
		return "it names a worker that the run does not have";
	if (record->what == HK_TRACE_PARK && record->cause >= HK_CAUSES)
		return "it names an unknown reason to wait";
	if (record->what == HK_TRACE_OVERRUN &&
		(record->cause == 0 || record->cause >= HK_OVERRUNS))
		return "it names an unknown reason to keep a worker";
	if (record->what == HK_TRACE_WAKE && record->cause > HK_OUTCOME_CANCEL)
		return "it names an unknown end of a wait";
	return NULL;
}

/* Keeps the records from the last beginning of a run on. Returns what is wrong, or NULL. */
static const char *keep_last_run(struct events *events, const struct hk_trace_record **sorted,
	size_t count)
{
	size_t first = count;
	while (first > 0 && sorted[first - 1]->what != HK_TRACE_RUN)
		first--;
	if (first == 0)
		return "it holds no run";
	first--;
	const char *wrong = check_run(sorted[first]);
	events->workers = (unsigned)sorted[first]->arg;
	events->execution = sorted[first]->cause;
	for (size_t i = first; i < count && wrong == NULL; i++) {
		wrong = check_record(events, sorted[i]);
		if (wrong == NULL && sorted[i]->what == HK_TRACE_SPAWN &&
			!add_task(events, sorted[i]))
			wrong = "the text of a task has no end";
		events->records[events->count++] = *sorted[i];
	}
	qsort(events->tasks, events->task_count, sizeof(*events->tasks), by_id);
	return wrong;
}

static int fill(const char *path, const struct slots *slots, struct events *events)
{
	const struct hk_trace_record **sorted = calloc(slots->count + 1, sizeof(void *));
	if (sorted == NULL)
		return failed(path, ENOMEM);
	const char *wrong = NULL;
	size_t count = sort_slots(slots, sorted, &events->header, &wrong);
	size_t spawns = 0;
	for (size_t i = 0; i < count; i++)
		spawns += sorted[i]->what == HK_TRACE_SPAWN;
	events->records = calloc(count + 1, sizeof(*events->records));
	events->tasks = calloc(spawns + 1, sizeof(*events->tasks));
	int err = 0;
	if (events->records == NULL || events->tasks == NULL) {
		err = failed(path, ENOMEM);
	} else {
		if (wrong == NULL)
			wrong = keep_last_run(events, sorted, count);
		err = wrong != NULL ? invalid(path, wrong) : 0;
	}
	free(sorted);
	for (size_t i = 0; i < events->task_count && err == 0; i++)
		if (events->tasks[i].name == NULL || events->tasks[i].where == NULL)
			err = failed(path, ENOMEM);
	return err;
}

int events_read(const char *path, struct events *events)
{
	FILE *file = fopen(path, "rbe");
	if (file == NULL)
		return failed(path, errno);
	struct slots slots = { .count = 0 };
	int err = read_slots(file, &slots);
	fclose(file);
	if (err != 0)
		return failed(path, err);

	struct events read = { .count = 0 };
	if (slots.count == 0)
		err = invalid(path, slots.rest == 0 ? "it is empty" : "it is cut short");
	else
		err = check_header(path, (const void *)slots.all);
	if (err == 0 && slots.rest != 0)
		err = invalid(path, "its last record is cut short");
	if (err == 0)
		err = fill(path, &slots, &read);
	free(slots.all);
	if (err == 0)
		*events = read;
	else
		events_free(&read);
	return err;
}

void events_free(struct events *events)
{
	for (size_t i = 0; i < events->task_count; i++) {
		free(events->tasks[i].name);
		free(events->tasks[i].where);
	}
	free(events->tasks);
	free(events->records);
	*events = (struct events){ .count = 0 };
}

const struct event_task *events_task(const struct events *events, uint64_t id)
{
	const struct event_task key = { .id = id };
	if (events->task_count == 0)
		return NULL;
	return bsearch(&key, events->tasks, events->task_count, sizeof(key), by_id);
}
