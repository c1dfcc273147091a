/* SPDX-License-Identifier: MIT */
#include "core/report.h"

#include "core/park.h"
#include "os/os.h"

void hki_report_name(struct text *text, const struct hk_task *task)
{
	uint64_t words[TASK_NAME_SIZE / sizeof(uint64_t)];
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		words[i] = ld_rlx(&task->name_words[i]);
	hki_text_add(text, "task %llu \"%s\"", (unsigned long long)ld_rlx(&task->id),
		(const char *)words);
}

void hki_report_who(struct text *text, const struct hk_task *task)
{
	hki_report_name(text, task);
	if (ld_rlx(&task->scope))
		hki_text_add(text, " (spawned at %s)", ld_rlx(&task->where));
	else
		hki_text_add(text, " (the first task)");
}

static const char *const waits_for[HK_CAUSES] = {
	[HK_CAUSE_MUTEX] = "the mutex",
	[HK_CAUSE_SEM] = "the semaphore",
	[HK_CAUSE_INBOX] = "a job in the inbox",
	[HK_CAUSE_JOB] = "the end of the job",
	[HK_CAUSE_RWLOCK] = "the readers-writer lock",
	[HK_CAUSE_COND] = "the condition variable",
	[HK_CAUSE_EVENT] = "the event",
	[HK_CAUSE_LATCH] = "the latch",
	[HK_CAUSE_BARRIER] = "the others at the barrier",
	[HK_CAUSE_ONCE] = "the end of the once",
	[HK_CAUSE_SEND] = "room in the channel",
	[HK_CAUSE_RECV] = "an item from the channel",
};

static void add_wait(struct text *text, struct hk_task *task)
{
	enum hk_cause cause = (enum hk_cause)ld_rlx(&task->wait_cause);
	const void *object = ld_rlx(&task->wait_object);
	hk_time deadline = ld_rlx(&task->wait_deadline);
	const char *where = ld_rlx(&task->wait_where);
	if (cause == HK_CAUSE_JOIN)
		hki_text_add(text, "waits to join the tasks of its scope of %s",
			where ? where : "an unknown place");
	else if (cause == HK_CAUSE_SPAWN)
		hki_text_add(text, "waits for room in the scope of %s",
			where ? where : "an unknown place");
	else if (cause == HK_CAUSE_SLEEP)
		hki_text_add(text, "sleeps");
	else if (cause == HK_CAUSE_SELECT)
		hki_text_add(text, "waits for one of %u cases", (unsigned)(uintptr_t)object);
	else if (waits_for[cause])
		hki_text_add(text, "waits for %s %p", waits_for[cause], object);
	else
		hki_text_add(text, "waits in hk_%s for descriptor %d", hk_cause_name(cause),
			(int)(intptr_t)object);
	const struct hk_task *by = hki_park_holder(task);
	if (by) {
		hki_text_add(text, ", which ");
		hki_report_name(text, by);
		hki_text_add(text, cause == HK_CAUSE_ONCE ? " runs" : " holds");
	}
	if (deadline != HK_FOREVER)
		hki_text_add(text, ", for %lld ms more",
			(long long)((deadline - hki_os_now()) / 1000000));
}

/* The carrier that runs the task, or stands still with it. */
struct bearer {
	const struct hk_task *task;
	const struct carrier *carrier;
};

static void find_bearer(struct carrier *carrier, void *arg)
{
	struct bearer *bearer = arg;
	if (ld_rlx(&carrier->current) == bearer->task)
		bearer->carrier = carrier;
}

static void add_running(struct text *text, const struct hk_task *task)
{
	struct bearer bearer = { task, NULL };
	hki_pool_each(ld_rlx(&task->rt), find_bearer, &bearer);
	uintptr_t own = bearer.carrier ? ld_rlx(&bearer.carrier->own) : 0;
	uint32_t thread = bearer.carrier ? ld_rlx(&bearer.carrier->thread_id) : 0;
	if (own == OWN_ASKED)
		hki_text_add(text, "is in a call that blocks, without a worker, on thread %u",
			thread);
	else if (own)
		hki_text_add(text, "runs on worker %u, on thread %u", worker_of(own)->index,
			thread);
	else if (bearer.carrier)
		hki_text_add(text, "is ready, interrupted on thread %u", thread);
	else
		hki_text_add(text, ld_rlx(&task->started) ? "is ready" : "has not started");
}

void hki_report_state(struct text *text, struct hk_task *task)
{
	const struct hk_task *callee = ld_rlx(&task->callee);
	uint32_t phase = task_phase(task);
	if (callee) {
		hki_text_add(text, "has called ");
		hki_report_name(text, callee);
		hki_text_add(text, " and waits for it to return");
	} else if (phase == TASK_PARKING || phase == TASK_PARKED) {
		add_wait(text, task);
	} else if (phase == TASK_WOKEN) {
		hki_text_add(text, "is ready");
	} else {
		add_running(text, task);
	}
}

void hki_report_details(struct text *text, struct hk_task *task, struct os_mapping *mapping)
{
	char place[REPORT_LINE / 4];
	uint32_t phase = task_phase(task);
	bool waits = phase == TASK_PARKING || phase == TASK_PARKED || ld_rlx(&task->lent);
	const char *from = ld_rlx(&task->wait_place);
	uint32_t locks = ld_rlx(&task->locks_held);
	if (waits && from) {
		/* It is to name the line of the call, not the one after it. */
		hki_os_place_of(mapping, from - 1, place, sizeof place);
		hki_text_add(text, ", called at %s", place);
	}
	if (locks > 0)
		hki_text_add(text, "; holds %u lock%s", locks, locks == 1 ? "" : "s");
}

struct report {
	struct os_mapping mapping;
	int fd;
	bool only_waiting;
	int result;
};

static bool report_task(struct hk_task *task, void *arg)
{
	struct report *report = arg;
	char line[REPORT_LINE];
	struct text text = text_in(line, sizeof line - 1);
	/* order LV1 acquire: pairs with launch(), new_first() */
	if (!ld_acq(&task->live))
		return true;
	uint32_t phase = task_phase(task);
	bool runs = !ld_rlx(&task->callee) && (phase == TASK_RUN || phase == TASK_WOKEN);
	if (report->only_waiting && runs && ld_rlx(&task->started))
		return true;
	hki_text_add(&text, "  ");
	hki_report_who(&text, task);
	hki_text_add(&text, " ");
	hki_report_state(&text, task);
	hki_report_details(&text, task, &report->mapping);
	line[text.len++] = '\n';
	int error = hki_os_write_all(report->fd, line, text.len);
	report->result = error ? error : report->result + 1;
	return error == 0;
}

int hki_report_tasks(struct runtime *rt, int fd, bool only_waiting)
{
	struct report report = { .fd = fd, .only_waiting = only_waiting };
	hki_stack_each(&rt->stacks, report_task, &report);
	return report.result;
}

int hki_report_run(struct runtime *rt, int fd)
{
	hki_say("tasks of run '%s', %s on %u worker%s:", rt->options.name,
		hk_execution_name(rt->options.as), rt->workers_count,
		rt->workers_count == 1 ? "" : "s");
	return hki_report_tasks(rt, fd, false);
}

void hki_say(const char *format, ...)
{
	char line[REPORT_LINE];
	struct text text = text_in(line, sizeof line - 1);
	va_list list;
	va_start(list, format);
	hki_text_add(&text, "hocket: ");
	hki_text_add_list(&text, format, list);
	va_end(list);
	line[text.len++] = '\n';
	hki_os_write_all(2, line, text.len);
}
