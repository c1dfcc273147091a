/* SPDX-License-Identifier: MIT */
/*
 * Events into a ring of each worker, written to the file when it is full. Only the holder of the
 * worker puts records in; the ring's lock is taken to write it out, by its holder or when the
 * process is about to end. Threads outside the runtime share one ring, whose lock they take for
 * each record.
 */
#include <errno.h>
#include <string.h>

#include "core/event.h"
#include "core/report.h"
#include "see/see.h"

enum { RING_RECORDS = 4096 };

struct ring {
	uint32_t lock;
	uint32_t count;	  /* (a) records in it; written by the holder */
	uint32_t written; /* ring lock: of them, how many are in the file */
	struct hk_trace_record records[RING_RECORDS];
};

struct trace {
	int fd;
	int error; /* (a) of the first write that failed */
	uint32_t file_lock;
	struct ring *outsiders;
	struct ring *rings; /* of the workers, then the outsiders' */
	size_t rings_count;
};

/* The ring's lock is held. A failed write is said at the end; what follows is dropped. */
static void write_out(struct trace *trace, struct ring *ring)
{
	/* order RG1 acquire: the records; pairs with put() */
	uint32_t count = ld_acq(&ring->count);
	size_t size = (count - ring->written) * sizeof *ring->records;
	hki_lock(&trace->file_lock);
	int error = ld_rlx(&trace->error);
	if (!error && size > 0)
		error = hki_os_write_all(trace->fd, &ring->records[ring->written], size);
	st_rlx(&trace->error, error);
	hki_unlock(&trace->file_lock);
	ring->written = count;
}

/* Makes room for n records. */
static void make_room(struct trace *trace, struct ring *ring, uint32_t n)
{
	if (ld_rlx(&ring->count) + n <= RING_RECORDS)
		return;
	hki_lock(&ring->lock);
	write_out(trace, ring);
	st_rlx(&ring->count, 0);
	ring->written = 0;
	hki_unlock(&ring->lock);
}

static void put(struct ring *ring, const struct hk_trace_record *events, uint32_t n)
{
	uint32_t count = ld_rlx(&ring->count);
	memcpy(&ring->records[count], events, n * sizeof *events);
	/* order RG1 release: the records; pairs with write_out() */
	st_rel(&ring->count, count + n);
}

static void record(struct runtime *rt, struct worker *worker, const struct hk_trace_record *events,
	uint32_t n)
{
	struct trace *trace = rt->trace;
	if (worker) {
		make_room(trace, worker->ring, n);
		put(worker->ring, events, n);
		return;
	}
	struct ring *ring = trace->outsiders;
	hki_lock(&ring->lock);
	if (ld_rlx(&ring->count) + n > RING_RECORDS) {
		write_out(trace, ring);
		st_rlx(&ring->count, 0);
		ring->written = 0;
	}
	put(ring, events, n);
	hki_unlock(&ring->lock);
}

static void on_event(struct runtime *rt, struct worker *worker, const struct hk_trace_record *event)
{
	record(rt, worker, event, 1);
}

/* The event, and its texts in the records behind it. */
static void on_spawn(struct runtime *rt, struct worker *worker, const struct hk_task *task,
	uint64_t by)
{
	enum { TEXT_RECORDS = 8 };
	struct hk_trace_record events[1 + TEXT_RECORDS];
	char *text = (char *)&events[1];
	const size_t room = TEXT_RECORDS * sizeof *events;
	memset(events, 0, sizeof events);
	size_t name = strlen(task->name) + 1;
	memcpy(text, task->name, name);
	/* A longer place loses its beginning: the end tells file and line. */
	size_t where = strlen(task->where) + 1;
	size_t skip = where > room - name ? where - (room - name) : 0;
	memcpy(text + name, task->where + skip, where - skip);
	uint32_t texts = (uint32_t)((name + where - skip + sizeof *events - 1) / sizeof *events);
	events[0] = (struct hk_trace_record){
		.time_ns = (uint64_t)hki_os_now(),
		.task = task->id,
		.arg = by,
		.thread = hki_os_thread_id(),
		.worker = worker ? (uint16_t)worker->index : HK_TRACE_NO_WORKER,
		.what = HK_TRACE_SPAWN,
		.cause = (uint8_t)texts,
	};
	record(rt, worker, events, 1 + texts);
}

/* The process ends at once; carriers may still be putting records in. */
static void on_exit_now(struct runtime *rt)
{
	struct trace *trace = rt->trace;
	for (size_t i = 0; i < trace->rings_count; i++) {
		hki_lock(&trace->rings[i].lock);
		write_out(trace, &trace->rings[i]);
	}
	if (ld_rlx(&trace->error))
		hki_say("cannot write the events file '%s': %s", rt->options.events,
			hk_strerror(ld_rlx(&trace->error)));
}

static size_t size_of(size_t rings_count)
{
	return sizeof(struct trace) + rings_count * sizeof(struct ring);
}

int hki_trace_open(struct runtime *rt)
{
	struct hk_trace_header header = { .version = HK_TRACE_VERSION,
		.record_size = sizeof(struct hk_trace_record),
		.start_ns = (uint64_t)rt->start_ns,
		.pid = hki_os_pid() };
	if (!rt->options.events)
		return 0;
	memcpy(header.magic, HK_TRACE_MAGIC, sizeof header.magic);
	size_t rings_count = rt->workers_count + 1;
	struct trace *trace = hki_os_map(size_of(rings_count));
	if (!trace)
		return -ENOMEM;
	trace->rings = (struct ring *)(void *)(trace + 1);
	trace->rings_count = rings_count;
	trace->outsiders = &trace->rings[rings_count - 1];
	trace->fd = hki_os_open_truncate(rt->options.events);
	int error = trace->fd < 0 ? trace->fd : hki_os_write_all(trace->fd, &header, sizeof header);
	if (error) {
		if (trace->fd >= 0)
			hki_os_close(trace->fd);
		hki_os_unmap(trace, size_of(rings_count));
		return error;
	}
	for (unsigned i = 0; i < rt->workers_count; i++)
		rt->workers[i].ring = &trace->rings[i];
	rt->trace = trace;
	rt->on_event = on_event;
	rt->on_spawn = on_spawn;
	rt->on_exit = on_exit_now;
	hki_event(rt, NULL, HK_TRACE_RUN, 0, (unsigned)rt->options.as, rt->workers_count);
	return 0;
}

int hki_trace_close(struct runtime *rt)
{
	struct trace *trace = rt->trace;
	if (!trace)
		return 0;
	hki_event(rt, NULL, HK_TRACE_STOP, 0, 0, 0);
	for (size_t i = 0; i < trace->rings_count; i++) {
		hki_lock(&trace->rings[i].lock);
		write_out(trace, &trace->rings[i]);
		hki_unlock(&trace->rings[i].lock);
	}
	rt->on_event = NULL;
	rt->on_exit = NULL;
	rt->trace = NULL;
	int error = trace->error;
	hki_os_close(trace->fd);
	hki_os_unmap(trace, size_of(trace->rings_count));
	return error;
}
