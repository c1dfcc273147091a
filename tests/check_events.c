/* SPDX-License-Identifier: MIT */
#include "check_events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_whole(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *data;
	long end;

	ck_assert_msg(file != NULL, "cannot open %s", path);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	end = ftell(file);
	ck_assert_int_ge(end, (long)sizeof(struct hk_trace_header));
	rewind(file);
	data = malloc((size_t)end);
	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(fread(data, 1, (size_t)end, file), (size_t)end);
	fclose(file);
	*size = (size_t)end;
	return data;
}

/* Copies a string that must end before the limit; returns what follows it. */
static const char *take_string(char *to, size_t size, const char *from, const char *limit)
{
	size_t length = strnlen(from, (size_t)(limit - from));

	ck_assert_msg(from + length < limit, "a text runs out of its records");
	ck_assert_uint_lt(length, size);
	memcpy(to, from, length + 1);
	return from + length + 1;
}

/* Takes the record at `at` with its text; returns how many bytes both have. */
static size_t take_event(struct hkt_event *event, const char *at, const char *end)
{
	size_t size = sizeof(event->e);
	const char *place;

	memset(event, 0, sizeof(*event));
	memcpy(&event->e, at, sizeof(event->e));
	ck_assert_uint_ge(event->e.what, HK_TRACE_RUN);
	ck_assert_uint_le(event->e.what, HK_TRACE_OVERRUN);
	if (event->e.what != HK_TRACE_SPAWN)
		return size;
	size += event->e.cause * sizeof(event->e);
	ck_assert_msg((size_t)(end - at) >= size, "the text of a spawn is cut off");
	place = take_string(event->name, sizeof(event->name), at + sizeof(event->e), at + size);
	take_string(event->place, sizeof(event->place), place, at + size);
	return size;
}

void hkt_events_read(struct hkt_events *events, const char *path)
{
	size_t size, at = sizeof(events->header);
	char *data = read_whole(path, &size);

	memcpy(&events->header, data, sizeof(events->header));
	ck_assert_int_eq(memcmp(events->header.magic, HK_TRACE_MAGIC, 8), 0);
	ck_assert_uint_eq(events->header.version, HK_TRACE_VERSION);
	ck_assert_uint_eq(events->header.record_size, sizeof(struct hk_trace_record));
	ck_assert_uint_eq((size - at) % sizeof(struct hk_trace_record), 0);
	events->list = calloc(size / sizeof(struct hk_trace_record), sizeof(*events->list));
	ck_assert_ptr_nonnull(events->list);
	events->count = 0;
	while (at < size) {
		struct hkt_event *event = &events->list[events->count++];
		size_t taken = take_event(event, data + at, data + size);

		event->at = at;
		at += taken;
	}
	ck_assert_uint_eq(at, size);
	free(data);
}

void hkt_events_free(struct hkt_events *events)
{
	free(events->list);
}
