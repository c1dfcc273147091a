/* SPDX-License-Identifier: MIT */
/*
 * Work from threads outside: a task serves an inbox, any thread submits jobs to it and waits for
 * them.
 *
 *	static struct hk_inbox inbox = HK_INBOX_INIT;
 *
 *	int first_task(void *arg)		// inside hk_run()
 *	{
 *		return hk_inbox_serve(&inbox);	// until hk_inbox_close(&inbox)
 *	}
 *
 *	int from_any_thread(void *order)
 *	{
 *		struct hk_job job = HK_JOB_INIT;
 *		int error = hk_submit(&inbox, &job, cook, order);
 *		return error ? error : hk_job_wait(&job);
 *	}
 *
 * Each job runs as a task of its own, in the runtime of the task that serves. So that tasks and
 * scopes stay a tree, its parent is that task, and no job outlives hk_inbox_serve(). Of a job's
 * result only who waits for it learns: a negative one cancels nobody.
 *
 * Both live in the caller's memory, need no clean-up, and are valid when all zero. They must not
 * move while in use. An inbox must last longer than every call with it; what is submitted before
 * a task serves it waits for that.
 */
#ifndef HOCKET_INBOX_H
#define HOCKET_INBOX_H

#include <hocket/base.h>
#include <hocket/lock.h>

HK_BEGIN_DECLS

/* One call of a function by a task; whoever submits it keeps it until hk_job_wait() returns. */
struct hk_job {
	/* private */
	struct hk_job *next;
	int (*fn)(void *);
	void *arg;
	const char *name;
	const char *where;
	struct hk_waitq waiters;
	uint32_t state;
	int32_t result;
	uint64_t reserved[2];
};

/* clang-format off */
#define HK_JOB_INIT { NULL, NULL, NULL, NULL, NULL, HK_WAITQ_INIT, 0, 0, { 0, 0 } }
/* clang-format on */

struct hk_inbox {
	/* private */
	struct hk_job *first;
	struct hk_job *last;
	struct hk_waitq waiters;
	uint32_t state;
	uint32_t reserved0;
	uint64_t reserved[3];
};

/* clang-format off */
#define HK_INBOX_INIT { NULL, NULL, HK_WAITQ_INIT, 0, 0, { 0, 0, 0 } }
/* clang-format on */

/*
 * Runs what is submitted, each job as a task in a scope of this call, until the inbox has been
 * closed and all jobs have ended. When the calling task is cancelled, it closes the inbox, cancels
 * the jobs that run and waits for them; those that have not started end with -ECANCELED.
 *
 * From: task; panics elsewhere, and while another task serves the inbox.
 * Parks: yes, a cancellation point.
 * Returns: 0, or -ECANCELED when the calling task was cancelled meanwhile.
 */
HK_API int hk_inbox_serve(struct hk_inbox *inbox);

/*
 * Closes the inbox, for good: nothing more is accepted; what was accepted is still done. Closing
 * again changes nothing.
 * From: task, thread. Parks: never.
 */
HK_API void hk_inbox_close(struct hk_inbox *inbox);

/*
 * Submits the job: fn(arg) is to be called by a task. *arg must live until the job has ended.
 * Panics when the job is in use: submitted, and not yet waited for.
 * From: task, thread. Parks: never.
 * Returns: 0, or -ESHUTDOWN when the inbox is closed; then the job is not in use, and there is
 * nothing to wait for.
 */
HK_API int hk_submit_at(struct hk_inbox *inbox, struct hk_job *job, int (*fn)(void *), void *arg,
	const char *name, const char *where);

#define hk_submit(inbox, job, fn, arg) hk_submit_at((inbox), (job), (fn), (arg), #fn, HK_HERE)

/*
 * Waits until the job has ended; each submitted job is to be waited for, once. It may then be
 * submitted again. There is no limit: a job ends when its function returns, and starts when the
 * inbox is served. (One that belongs to a proven deadlock never ends, see HK_DEADLOCK_RETURN.)
 *
 * From: task, thread; panics when the job was not submitted, or another waits for it already.
 * Parks: yes, not a cancellation point; a thread it blocks.
 * Returns: what fn returned; or -ENOMEM when there was no memory for the task's stack, -ECANCELED
 * when the serving task was cancelled first (fn was not called in both cases).
 */
HK_API int hk_job_wait(struct hk_job *job);

HK_END_DECLS

#endif
