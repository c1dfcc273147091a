/* SPDX-License-Identifier: MIT */
/* hk_run(): puts a runtime together, starts it, waits for its end, takes it apart. */
#include <errno.h>

#include "core/event.h"
#include "core/exec.h"
#include "core/overflow.h"
#include "core/pool.h"
#include "core/report.h"
#include "core/spawn.h"
#include "core/switch.h"
#include "io/descriptor.h"
#include "run/config.h"
#include "see/see.h"

static size_t size_of(const struct config *config)
{
	return sizeof(struct runtime) + config->options.workers * sizeof(struct worker) +
		config->options.carriers * sizeof(struct carrier);
}

/* Memory of its own, not malloc's: a deadlock may abandon it. */
static struct runtime *new_runtime(const struct config *config)
{
	struct runtime *rt = hki_os_map(size_of(config));
	if (!rt)
		return NULL;
	rt->options = config->options;
	rt->interleave = config->interleave;
	rt->ready.random = config->options.seed;
	rt->one_order = config->options.seed && config->options.workers == 1;
	rt->common_only = !rt->interleave || config->options.seed;
	rt->workers_count = rt->unoccupied = config->options.workers;
	/* Carriers first: they want to be alone in their cache lines. */
	rt->carriers = (struct carrier *)(void *)(rt + 1);
	rt->workers = (struct worker *)(void *)(rt->carriers + rt->options.carriers);
	rt->cpus = hki_os_cpus_allowed();
	rt->next_deadline = HK_FOREVER;
	rt->lookout.attentive = true; /* until there is one */
	rt->start_ns = hki_os_now();
	for (unsigned i = 0; i < rt->workers_count; i++) {
		rt->workers[i].rt = rt;
		rt->workers[i].index = i;
	}
	return rt;
}

static void free_runtime(struct runtime *rt, const struct config *config)
{
	if (rt->poller_ops.data)
		hki_epoll_close(rt);
	if (rt->abandoned)
		return;
	hki_stacks_free(&rt->stacks);
	hki_os_unmap(rt, size_of(config));
}

static int failed(int error, const char *what, const char *object)
{
	hki_say("%s%s%s%s: %s", what, object ? " '" : "", object ? object : "", object ? "'" : "",
		hk_strerror(error));
	return error;
}

/* All that can fail before a task exists. */
static int open_parts(struct runtime *rt)
{
	int error = hki_epoll_open(rt);
	if (error)
		return failed(error, "cannot set up the waiting for descriptors", NULL);
	error = hki_stats_check(rt);
	if (error)
		return failed(error, "cannot write the stats file", rt->options.stats);
	error = hki_trace_open(rt);
	if (error)
		return failed(error, "cannot write the events file", rt->options.events);
	return 0;
}

static struct hk_task *new_first(struct runtime *rt, int (*fn)(void *), void *arg)
{
	rt->stack_class = hki_stack_class(rt->options.stack_size);
	struct birth birth = {
		.fn = fn,
		.arg = arg,
		.name = rt->options.name,
		.where = "hk_run",
		.stack_class = rt->stack_class,
		.slice_ns = rt->options.slice_ns,
	};
	struct hk_task *task = hki_task_new(rt, &birth);
	if (task) {
		rt->first = task;
		/* order LV1 release: the record; pairs with report_task() */
		st_rel(&task->live, 1);
		hki_event_spawn(rt, NULL, task, 0);
	}
	return task;
}

/* Where a sandbox refuses the call that interrupts, a run is right without: says so once. */
static void check_interrupts(struct runtime *rt)
{
	static uint32_t said;
	uint32_t no = 0;
	int error = hki_os_interrupts_check();
	if (!error)
		return;
	hki_os_interrupts_release(rt->options.signal);
	rt->options.signal = -1;
	if (cas_rlx(&said, &no, 1))
		hki_say("cannot interrupt tasks, rt_tgsigqueueinfo(2) is refused: %s; going on as "
			"with signals=none: a task that never calls the library keeps its worker",
			hk_strerror(error));
}

static int catch_signals(struct runtime *rt)
{
	int error = hki_os_faults_catch(hki_overflow_report);
	if (error)
		return failed(error, "cannot catch faults", NULL);
	if (rt->options.signal > 0) {
		error = hki_os_interrupts_catch(rt->options.signal, hki_exec_interrupt);
		if (error) {
			hki_os_faults_release();
			return failed(error, "cannot catch the signal that interrupts tasks", NULL);
		}
		check_interrupts(rt);
	}
	if (rt->options.dump_signal > 0)
		error = hki_os_requests_catch(rt->options.dump_signal, hki_runtimes_ask);
	if (error) {
		if (rt->options.signal > 0)
			hki_os_interrupts_release(rt->options.signal);
		hki_os_faults_release();
		return failed(error, "cannot catch the signal that asks for a dump", NULL);
	}
	return 0;
}

static void release_signals(const struct runtime *rt)
{
	if (rt->options.dump_signal > 0)
		hki_os_requests_release(rt->options.dump_signal);
	if (rt->options.signal > 0)
		hki_os_interrupts_release(rt->options.signal);
	hki_os_faults_release();
}

/* The threads of the run: carriers with the workers, and the lookout where tasks interleave. */
static int start_threads(struct runtime *rt)
{
	int error = hki_carrier_open();
	if (error)
		return failed(error, "cannot prepare for fork()", NULL);
	error = hki_pool_start(rt);
	if (error) {
		hki_say("cannot start the thread of worker %u: %s; ask for fewer workers "
			"(HOCKET_OPTIONS=workers=1) or raise the limit (ulimit -u, pids.max)",
			rt->carriers_count, hk_strerror(error));
		return error;
	}
	error = rt->interleave ? hki_lookout_open(rt) : 0;
	return error ? failed(error, "cannot start the thread that ends slices", NULL) : 0;
}

/* Starts the threads, then the first task, and waits for the end. Returns a negative errno if not.
 */
static int execute(struct runtime *rt, struct hk_task *first)
{
	/* Until the first task is there, this thread can make the idle workers go on. */
	add_rlx(&rt->outside, 1);
	int error = start_threads(rt);
	if (error)
		hki_stop(rt);
	else
		hki_exec_first(rt, first);
	hki_pool_make(rt);
	hki_lookout_join(rt);
	hki_pool_close(rt);
	/* order GU1 acquire: the guests' last touch; pairs with close_list() */
	while (ld_acq(&rt->guests))
		hki_os_thread_yield();
	hki_lookout_close(rt);
	return error;
}

/* Runs it all; what hk_run() returns. */
static int run(struct runtime *rt, int (*fn)(void *), void *arg)
{
	int error = open_parts(rt);
	if (error)
		return error;
	struct hk_task *first = new_first(rt, fn, arg);
	if (!first)
		return failed(-ENOMEM, "cannot make the first task", NULL);
	hk_time cpu_ns = hki_os_cpu_time();
	hki_runtimes_add(rt);
	hki_probe_3(run, rt->options.as, rt->workers_count, rt->options.name);
	error = catch_signals(rt);
	if (!error) {
		error = execute(rt, first);
		release_signals(rt);
	}
	hki_probe_2(stop, rt->result, error);
	hki_runtimes_remove(rt);
	if (error)
		return error;
	cpu_ns = hki_os_cpu_time() - cpu_ns;
	error = hki_stats_write(rt, hki_os_now() - rt->start_ns, cpu_ns);
	return error ? failed(error, "cannot write the stats file", rt->options.stats) : rt->result;
}

int hk_run(const struct hk_options *options, int (*fn)(void *), void *arg)
{
	struct config config;
	if (!fn)
		hki_panic("hk_run: the function is NULL");
	if (hki_carrier_self())
		hki_panic("hk_run: called inside a task; spawn a task instead");
	int result = hki_config_resolve(&config, options);
	if (result)
		return result;
	struct runtime *rt = new_runtime(&config);
	if (!rt)
		return failed(-ENOMEM, "cannot make the runtime", NULL);
	result = run(rt, fn, arg);
	int error = hki_trace_close(rt);
	if (error)
		result = failed(error, "cannot write the events file", rt->options.events);
	free_runtime(rt, &config);
	return result;
}

int hk_explain(const struct hk_options *options, int fd)
{
	struct config config;
	int error = hki_config_resolve(&config, options);
	if (error)
		return error;
	struct runtime *rt = new_runtime(&config);
	if (!rt)
		return failed(-ENOMEM, "cannot make the runtime", NULL);
	error = hki_explain(rt, fd);
	free_runtime(rt, &config);
	return error;
}
