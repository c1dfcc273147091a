/* SPDX-License-Identifier: MIT */
/* The counters of a run as an aligned table: a label, a number, and what it means. */
#include "report.h"

#include <inttypes.h>

#define ROW "  %-13s"

/* Three digits before the unit changes: "870 us", "12.4 ms", "1.50 s". */
static void print_time(FILE *out, int64_t ns)
{
	if (ns < HK_US)
		fprintf(out, "%" PRId64 " ns", ns);
	else if (ns < HK_MS)
		fprintf(out, "%.1f us", (double)ns / (double)HK_US);
	else if (ns < HK_S)
		fprintf(out, "%.1f ms", (double)ns / (double)HK_MS);
	else
		fprintf(out, "%.2f s", (double)ns / (double)HK_S);
}

static void print_size(FILE *out, uint64_t bytes)
{
	fprintf(out, "%.1f KiB", (double)bytes / 1024);
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void print_workers(FILE *out, const struct stats_run *run)
{
	fprintf(out, ROW "%u, on %u CPU%s", "workers", run->workers, run->cpus, plural(run->cpus));
	if (run->workers > run->cpus)
		fputs(": more workers than CPUs, so the system lets them take turns", out);
	fprintf(out, "\n" ROW "%u (kernel threads)\n", "carriers", run->carriers);
}

static void print_times(FILE *out, const struct stats_run *run)
{
	fprintf(out, ROW, "wall time");
	print_time(out, run->wall_ns);
	fprintf(out, "\n" ROW, "CPU time");
	print_time(out, run->cpu_ns);
	if (run->wall_ns > 0)
		fprintf(out, " (%.2f CPUs busy on average)",
			(double)run->cpu_ns / (double)run->wall_ns);
	fputc('\n', out);
}

static void print_parks(FILE *out, const struct stats_run *run)
{
	uint64_t parks = 0;
	for (int cause = HK_CAUSE_NONE + 1; cause < HK_CAUSES; cause++)
		parks += run->parks[cause];
	fprintf(out, ROW "%" PRIu64, "parks", parks);
	const char *before = " (";
	for (int cause = HK_CAUSE_NONE + 1; cause < HK_CAUSES; cause++) {
		if (run->parks[cause] == 0)
			continue;
		fprintf(out, "%s%s %" PRIu64, before, hk_cause_name(cause), run->parks[cause]);
		before = ", ";
	}
	fputs(parks > 0 ? ")\n" : "\n", out);
}

/* Whether tasks could keep others from running. */
static void print_slices(FILE *out, const struct stats_run *run)
{
	fprintf(out, ROW "%" PRIu64 " (turns ended for others)\n", "slices", run->slices);
	fprintf(out,
		ROW "%" PRIu64 " (%" PRIu64 " late, %" PRIu64 " for want of a kernel thread)\n",
		"overruns", run->overruns_late + run->overruns_no_carrier, run->overruns_late,
		run->overruns_no_carrier);
	fprintf(out, ROW "%" PRIu64 " (workers taken from calls that block)\n", "retakes",
		run->retakes);
}

static void print_idle(FILE *out, const struct stats_run *run)
{
	fprintf(out, ROW "%.1f %%\n", "idle", run->idle * 100);
	for (size_t i = 0; i < run->per_worker_count; i++) {
		const struct stats_worker *worker = &run->per_worker[i];
		fprintf(out,
			"    worker %-4u%.1f %% (%" PRIu64 " task%s started, %" PRIu64
			" switch%s)\n",
			worker->worker, worker->idle * 100, worker->started,
			plural(worker->started), worker->switches,
			worker->switches == 1 ? "" : "es");
	}
}

void report_run(FILE *out, const struct stats_run *run)
{
	fprintf(out, "hocket: run '%s', %s\n", run->name, run->execution);
	print_workers(out, run);
	print_times(out, run);
	fprintf(out, ROW "%" PRId64, "result", run->result);
	if (run->result < 0 && run->result > -4096)
		fprintf(out, " (%s)", hk_strerror((int)run->result));
	fprintf(out, "\n" ROW "%" PRIu64 "\n", "tasks", run->tasks);
	fprintf(out, ROW "%" PRIu64 "\n", "switches", run->switches);
	fprintf(out, ROW "%" PRIu64 " (%" PRIu64 " by timeout, %" PRIu64 " by cancellation)\n",
		"wakes", run->wakes, run->timeouts, run->cancels);
	print_parks(out, run);
	print_slices(out, run);
	print_idle(out, run);
	fprintf(out, ROW, "stack");
	print_size(out, run->stack_high_water);
	fputs(" used at most, of ", out);
	print_size(out, run->stack_size);
	fputc('\n', out);
}
