/* SPDX-License-Identifier: MIT */
/* The counters of a run as a JSON object on a line of its own. */
#include <errno.h>

#include "base/text.h"
#include "see/see.h"

enum {
	HEAD_SIZE = 2048,
	WORKER_SIZE = 160, /* of the text for one worker */
};

static void add(struct counters *all, const struct counters *one)
{
	all->started += one->started;
	all->switches += one->switches;
	all->wakes += one->wakes;
	all->timeouts += one->timeouts;
	all->cancels += one->cancels;
	all->retakes += one->retakes;
	for (unsigned cause = 0; cause < HK_CAUSES; cause++)
		all->parks[cause] += one->parks[cause];
	for (unsigned why = 0; why < HK_OVERRUNS; why++)
		all->overruns[why] += one->overruns[why];
}

static struct counters sum(const struct runtime *rt)
{
	struct counters all = { 0 };
	for (unsigned i = 0; i < rt->workers_count; i++)
		add(&all, &rt->workers[i].count);
	add(&all, &rt->lookout.count);
	return all;
}

static double share(hk_time part, double whole)
{
	return whole > 0 ? (double)part / whole : 0;
}

static void add_head(struct text *text, const struct runtime *rt, hk_time wall_ns, hk_time cpu_ns)
{
	struct counters all = sum(rt);
	hk_time idle_ns = 0;
	for (unsigned i = 0; i < rt->workers_count; i++)
		idle_ns += rt->workers[i].idle_ns;
	hki_text_add(text, "{\"name\":");
	hki_text_add_json(text, rt->options.name);
	hki_text_add(text,
		",\"execution\":\"%s\",\"workers\":%u,\"cpus\":%u,\"wall_ns\":%lld,\"cpu_ns\":%lld,"
		"\"result\":%d,\"tasks\":%llu,\"switches\":%llu,\"wakes\":%llu,\"timeouts\":%llu,"
		"\"cancels\":%llu,\"parks\":{",
		hk_execution_name(rt->options.as), rt->workers_count, hki_os_cpus_allowed(),
		(long long)wall_ns, (long long)cpu_ns, rt->result, (unsigned long long)all.started,
		(unsigned long long)all.switches, (unsigned long long)all.wakes,
		(unsigned long long)all.timeouts, (unsigned long long)all.cancels);
	for (unsigned cause = HK_CAUSE_YIELD; cause < HK_CAUSES; cause++)
		hki_text_add(text, "%s\"%s\":%llu", cause == HK_CAUSE_YIELD ? "" : ",",
			hk_cause_name((enum hk_cause)cause), (unsigned long long)all.parks[cause]);
	hki_text_add(text,
		"},\"slices\":%llu,\"retakes\":%llu,"
		"\"overruns\":{\"late\":%llu,\"no_carrier\":%llu},",
		(unsigned long long)(all.parks[HK_CAUSE_SLICE] + all.parks[HK_CAUSE_PREEMPT]),
		(unsigned long long)all.retakes, (unsigned long long)all.overruns[HK_OVERRUN_LATE],
		(unsigned long long)all.overruns[HK_OVERRUN_NO_CARRIER]);
	hki_text_add(text,
		"\"stack_size\":%zu,\"stack_high_water\":%zu,\"carriers\":%u,\"idle\":%.6f,"
		"\"per_worker\":[",
		rt->options.stack_size, hki_stack_high_water(&rt->stacks), rt->carriers_most,
		share(idle_ns, (double)wall_ns * rt->workers_count));
}

int hki_stats_write(struct runtime *rt, hk_time wall_ns, hk_time cpu_ns)
{
	if (!rt->options.stats)
		return 0;
	size_t size = HEAD_SIZE + rt->workers_count * WORKER_SIZE;
	char *buffer = hki_os_map(size);
	if (!buffer)
		return -ENOMEM;
	struct text text = text_in(buffer, size);
	add_head(&text, rt, wall_ns, cpu_ns);
	for (unsigned i = 0; i < rt->workers_count; i++) {
		const struct worker *worker = &rt->workers[i];
		hki_text_add(&text,
			"%s{\"worker\":%u,\"started\":%llu,\"switches\":%llu,\"idle_ns\":%lld,"
			"\"idle\":%.6f}",
			i ? "," : "", i, (unsigned long long)worker->count.started,
			(unsigned long long)worker->count.switches, (long long)worker->idle_ns,
			share(worker->idle_ns, (double)wall_ns));
	}
	hki_text_add(&text, "]}\n");
	int fd = hki_os_open_append(rt->options.stats);
	int error = fd < 0 ? fd : hki_os_write_all(fd, buffer, text.len);
	if (fd >= 0)
		hki_os_close(fd);
	hki_os_unmap(buffer, size);
	return error;
}

int hki_stats_check(const struct runtime *rt)
{
	if (!rt->options.stats)
		return 0;
	int fd = hki_os_open_append(rt->options.stats);
	if (fd < 0)
		return fd;
	hki_os_close(fd);
	return 0;
}
