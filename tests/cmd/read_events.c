/* SPDX-License-Identifier: MIT */
/* Prints what the command reads from an events file: execution, tasks, how many ended. */
#include <inttypes.h>
#include <stdio.h>

#include "events.h"

static int check_order(const struct events *events)
{
	for (size_t i = 1; i < events->count; i++)
		if (events->records[i - 1].time_ns > events->records[i].time_ns)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct events events;
	if (argc != 2 || events_read(argv[1], &events) != 0)
		return 1;
	printf("%s %u\n", hk_execution_name(events.execution), events.workers);
	for (size_t i = 0; i < events.task_count; i++) {
		const struct event_task *task = events_task(&events, events.tasks[i].id);
		printf("%" PRIu64 " %" PRIu64 " %s %s\n", task->id, task->parent, task->name,
			task->where);
	}
	size_t ends = 0;
	for (size_t i = 0; i < events.count; i++)
		ends += events.records[i].what == HK_TRACE_END;
	printf("end %zu\n", ends);
	int code = check_order(&events) != 0 || events_task(&events, UINT64_MAX) != NULL;
	events_free(&events);
	return code;
}
