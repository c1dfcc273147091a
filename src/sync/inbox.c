/* SPDX-License-Identifier: MIT */
/*
 * Jobs from threads outside, run as tasks by the one that serves the inbox. The lock of the
 * inbox's wait queue protects its list and state; the lock of a job's, its state and result.
 */
#include <hocket/inbox.h>

#include <errno.h>

#include "core/spawn.h"
#include "sync/waitq.h"

enum { INBOX_SERVED = 1, INBOX_CLOSED = 2 };
enum { JOB_UNUSED = 0, JOB_PENDING = 1, JOB_DONE = 2, JOB_WAITED = 4 /* flag */ };

static void check(const char *call, const struct hk_inbox *inbox)
{
	if (!inbox)
		hki_panic("%s: the inbox is NULL", call);
}

int hk_submit_at(struct hk_inbox *inbox, struct hk_job *job, int (*fn)(void *), void *arg,
	const char *name, const char *where)
{
	uint32_t unused = JOB_UNUSED;
	struct woken woken = WOKEN_BY(hki_self_id());
	check("hk_submit", inbox);
	if (!job)
		hki_panic("hk_submit: the job is NULL");
	if (!fn)
		hki_panic("hk_submit: the function is NULL");
	if (!cas_rlx(&job->state, &unused, JOB_PENDING))
		hki_panic("hk_submit: the job %p is in use; wait for it first", (void *)job);
	job->next = NULL;
	job->fn = fn;
	job->arg = arg;
	job->name = name;
	job->where = where;
	struct carrier *carrier = hki_enter();
	hki_lock(&inbox->waiters.lock);
	bool closed = inbox->state & INBOX_CLOSED;
	if (closed) {
		st_rlx(&job->state, JOB_UNUSED);
	} else {
		if (inbox->last)
			inbox->last->next = job;
		else
			inbox->first = job;
		inbox->last = job;
		hki_waitq_claim_first(&inbox->waiters, &woken);
	}
	hki_unlock(&inbox->waiters.lock);
	hki_wake_flush(&woken, NULL);
	if (carrier)
		hki_leave(carrier);
	return closed ? -ESHUTDOWN : 0;
}

void hk_inbox_close(struct hk_inbox *inbox)
{
	struct woken woken = WOKEN_BY(hki_self_id());
	check("hk_inbox_close", inbox);
	struct carrier *carrier = hki_enter();
	hki_lock(&inbox->waiters.lock);
	inbox->state |= INBOX_CLOSED;
	hki_waitq_claim_first(&inbox->waiters, &woken);
	hki_unlock(&inbox->waiters.lock);
	hki_wake_flush(&woken, NULL);
	if (carrier)
		hki_leave(carrier);
}

/* From a task. The job may be gone as soon as its lock is free: who waited has it back. */
static void finish(struct hk_job *job, int result)
{
	struct woken woken = WOKEN_BY(hki_self_id());
	struct carrier *carrier = hki_enter();
	hki_lock(&job->waiters.lock);
	job->result = result;
	st_rlx(&job->state, (ld_rlx(&job->state) & JOB_WAITED) | JOB_DONE);
	hki_waitq_claim_first(&job->waiters, &woken);
	hki_unlock(&job->waiters.lock);
	hki_wake_flush(&woken, NULL);
	hki_leave(carrier);
}

/* The task of a job. Its result is the waiter's: the scope is not to be cancelled by it. */
static int run_job(void *arg)
{
	struct hk_job *job = arg;
	finish(job, job->fn(job->arg));
	return 0;
}

/* The inbox's lock is held. */
static struct hk_job *pop(struct hk_inbox *inbox)
{
	struct hk_job *job = inbox->first;
	if (job) {
		inbox->first = job->next;
		if (!inbox->first)
			inbox->last = NULL;
	}
	return job;
}

/* Waits for the next job; NULL: the inbox is closed and empty. Returns 0 or -ECANCELED. */
static int next_job(struct hk_inbox *inbox, struct hk_job **job)
{
	struct wait wait = { .cause = HK_CAUSE_INBOX, .object = inbox, .deadline = HK_FOREVER };
	struct carrier *carrier = hki_enter();
	int result = ld_rlx(&carrier->current->word) & TASK_CANCEL ? -ECANCELED : 0;
	hki_lock(&inbox->waiters.lock);
	while (!result && !inbox->first && !(inbox->state & INBOX_CLOSED))
		result = hki_waitq_wait(&carrier, &inbox->waiters, &wait);
	if (result)
		inbox->state |= INBOX_CLOSED;
	else
		*job = pop(inbox);
	hki_unlock(&inbox->waiters.lock);
	hki_leave(carrier);
	return result;
}

/* Marks it as served, or not any more. */
static void set_served(struct hk_inbox *inbox, bool served)
{
	struct carrier *carrier = hki_enter();
	hki_lock(&inbox->waiters.lock);
	bool taken = served && (inbox->state & INBOX_SERVED);
	inbox->state = served ? inbox->state | INBOX_SERVED : inbox->state & ~INBOX_SERVED;
	hki_unlock(&inbox->waiters.lock);
	hki_leave(carrier);
	if (taken)
		hki_panic("hk_inbox_serve: another task serves the inbox %p already",
			(void *)inbox);
}

/* Nothing is added any more: the serving task was cancelled. */
static void refuse_all(struct hk_inbox *inbox)
{
	struct hk_job *job;
	do {
		struct carrier *carrier = hki_enter();
		hki_lock(&inbox->waiters.lock);
		job = pop(inbox);
		hki_unlock(&inbox->waiters.lock);
		hki_leave(carrier);
		if (job)
			finish(job, -ECANCELED);
	} while (job);
}

int hk_inbox_serve(struct hk_inbox *inbox)
{
	struct hk_job *job = NULL;
	int result;
	check("hk_inbox_serve", inbox);
	if (!hki_carrier_self())
		hki_panic("hk_inbox_serve: called outside a task (inbox %p)", (void *)inbox);
	HK_SCOPE(scope);
	set_served(inbox, true);
	while ((result = next_job(inbox, &job)) == 0 && job) {
		int error = hki_spawn_alone(&scope, run_job, job, job->name, job->where);
		if (error)
			finish(job, error);
	}
	if (result) {
		hk_cancel(&scope);
		refuse_all(inbox);
	}
	int joined = hk_join(&scope);
	set_served(inbox, false);
	return result ? result : joined;
}

/* Marks the job as waited for: until then it may be submitted by one and waited for by another. */
static void begin_wait(struct hk_job *job)
{
	uint32_t state = ld_rlx(&job->state);
	if (state == JOB_UNUSED)
		hki_panic("hk_job_wait: the job %p was not submitted", (void *)job);
	if (state & JOB_WAITED)
		hki_panic("hk_job_wait: another waits for the job %p already", (void *)job);
	st_rlx(&job->state, state | JOB_WAITED);
}

int hk_job_wait(struct hk_job *job)
{
	if (!job)
		hki_panic("hk_job_wait: the job is NULL");
	struct wait wait = { .cause = HK_CAUSE_JOB,
		.object = job,
		.deadline = HK_FOREVER,
		.deaf = true };
	struct carrier *carrier = hki_enter();
	if (carrier)
		hki_park_from(carrier->current);
	hki_lock(&job->waiters.lock);
	begin_wait(job);
	while (!(ld_rlx(&job->state) & JOB_DONE))
		(void)hki_waitq_wait(&carrier, &job->waiters, &wait);
	int result = job->result;
	st_rlx(&job->state, JOB_UNUSED);
	hki_unlock(&job->waiters.lock);
	if (carrier)
		hki_leave(carrier);
	return result;
}
