/* SPDX-License-Identifier: MIT */
/* What hk_run() would do on this machine, and why. */
#include "base/text.h"
#include "see/see.h"

enum { EXPLAIN_SIZE = 4096 };

static void add_workers(struct text *text, const struct runtime *rt)
{
	unsigned cpus = hki_os_cpus_allowed();
	unsigned quota = hki_os_cpu_quota_milli();
	unsigned workers = rt->options.workers;
	hki_text_add(text, "workers: %u (", workers);
	if (rt->options.as == HK_SEQUENTIAL || rt->options.as == HK_CONCURRENT)
		hki_text_add(text, "the execution says one; ");
	hki_text_add(text, "the affinity mask allows %u CPU%s; ", cpus, cpus == 1 ? "" : "s");
	if (quota)
		hki_text_add(text, "the cgroup grants %u.%02u CPUs", quota / 1000,
			quota % 1000 / 10);
	else
		hki_text_add(text, "no cgroup quota");
	if (workers > cpus)
		hki_text_add(text, "; more workers than CPUs: they take turns on them");
	hki_text_add(text, ")\n");
}

static void add_slices(struct text *text, const struct hk_options *options, bool interleave)
{
	if (!interleave) {
		hki_text_add(text, "slices: none (a task keeps its worker until it returns)\n");
		return;
	}
	if (options->slice_ns < 0)
		hki_text_add(text, "slices: off");
	else
		hki_text_add(text, "slices: %lld us while others wait",
			(long long)(options->slice_ns / HK_US));
	if (options->signal > 0 && hki_os_interrupts_check() != 0)
		hki_text_add(text, " (rt_tgsigqueueinfo(2) is refused: nobody is interrupted)\n");
	else if (options->signal > 0)
		hki_text_add(text, " (signal %d interrupts who computes)\n", options->signal);
	else
		hki_text_add(text, " (signals=none: nobody is interrupted)\n");
	hki_text_add(text,
		"carriers: at most %u kernel threads (a blocked one loses its worker %s)\n",
		options->carriers,
		hki_os_barrier_open() ? "by membarrier(2)" :
					"with a fence at each call: no membarrier(2) here");
}

static void add_stacks(struct text *text, const struct hk_options *options)
{
	size_t guards = hki_stack_guards_max();
	hki_text_add(text, "stacks: %zu KiB of address space each, memory as they touch it (",
		options->stack_size / 1024);
	if (guards == SIZE_MAX)
		hki_text_add(text, "guards by MADV_GUARD_INSTALL: they cost no mappings)\n");
	else
		hki_text_add(text,
			"guards by mprotect for %zu tasks, half of vm.max_map_count; the stacks of "
			"more are checked when they wait; Linux 6.13 guards all)\n",
			guards);
}

int hki_explain(const struct runtime *rt, int fd)
{
	char buffer[EXPLAIN_SIZE];
	struct text text = text_in(buffer, sizeof buffer);
	const struct hk_options *options = &rt->options;
	hki_text_add(&text, "execution: %s (%s)\n", hk_execution_name(options->as),
		rt->interleave ? "a task that waits gives its worker away" :
				 "a task keeps its worker until it returns, waits included");
	add_workers(&text, rt);
	add_stacks(&text, options);
	add_slices(&text, options, rt->interleave);
	hki_text_add(&text, "descriptors: epoll, up to number %zu (the limit of open files)\n",
		hki_os_fd_limit());
	hki_text_add(&text, "deadlock: %s\n",
		options->deadlock == HK_DEADLOCK_EXIT ?
			"report, then exit with code 79 (deadlock=exit)" :
			"report, then hk_run() returns -EDEADLK (deadlock=return)");
	if (options->stall_ns > 0)
		hki_text_add(&text,
			"stall: warn after %lld ms without a task that can run "
			"(stall=off: never)\n",
			(long long)(options->stall_ns / 1000000));
	else
		hki_text_add(&text, "stall: no warning (%s)\n",
			rt->interleave ? "the default with interleaving" : "stall=off");
	if (options->seed)
		hki_text_add(&text, "order: drawn at random, seed=%llu\n",
			(unsigned long long)options->seed);
	else
		hki_text_add(&text, "order: first come first served (seed=N: drawn at random)\n");
	hki_text_add(&text, "locks: %s\n",
		options->lock_order > 0 ? "the order in which they are locked is checked" :
					  "their order is not checked (locks=check)");
	hki_text_add(&text, "events: %s\n",
		options->events ? options->events : "not written (events=FILE)");
	hki_text_add(&text, "counters: %s\n",
		options->stats ? options->stats : "not written (stats=FILE)");
	return hki_os_write_all(fd, buffer, text.len);
}
