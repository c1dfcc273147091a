/* SPDX-License-Identifier: MIT */
/*
 * The file that events=FILE writes: a struct hk_trace_header, then records of 32 bytes, in the
 * byte order of the machine. Records of one worker are in order; those of different workers
 * are mixed in blocks: sort by time.
 */
#ifndef HOCKET_TRACE_H
#define HOCKET_TRACE_H

#include <hocket/base.h>

#define HK_TRACE_MAGIC	 "HOCKETEV"
#define HK_TRACE_VERSION 1

/* Why a task waits. */
enum hk_cause {
	HK_CAUSE_NONE,
	HK_CAUSE_YIELD, /* it does not wait: it let others go first */
	HK_CAUSE_CALL,	/* it runs a child as if it were called (no interleaving) */
	HK_CAUSE_JOIN,
	HK_CAUSE_SLEEP,
	HK_CAUSE_MUTEX,
	HK_CAUSE_SEM,
	HK_CAUSE_READ,
	HK_CAUSE_WRITE,
	HK_CAUSE_POLL,
	HK_CAUSE_SLICE,	   /* it does not wait: its slice was over and others waited */
	HK_CAUSE_PREEMPT,  /* it does not wait: a task whose time or descriptor came was let in */
	HK_CAUSE_BLOCKED,  /* in a call that blocks its kernel thread: its worker was taken away */
	HK_CAUSE_BLOCKING, /* in hk_blocking() */
	HK_CAUSE_INBOX,	   /* in hk_inbox_serve(): for a job */
	HK_CAUSE_JOB,	   /* in hk_job_wait() */
	HK_CAUSE_RWLOCK,
	HK_CAUSE_COND,
	HK_CAUSE_EVENT,
	HK_CAUSE_LATCH,
	HK_CAUSE_BARRIER,
	HK_CAUSE_ONCE,
	HK_CAUSE_SEND, /* into a channel */
	HK_CAUSE_RECV, /* from a channel */
	HK_CAUSE_SELECT,
	HK_CAUSE_SPAWN, /* for room in a scope with a limit */
	HK_CAUSES	/* how many there are */
};

/* How a wait ended. */
enum hk_outcome {
	HK_OUTCOME_NONE,
	HK_OUTCOME_DONE, /* with what it waited for */
	HK_OUTCOME_TIMEOUT,
	HK_OUTCOME_CANCEL,
};

/* Why a task kept its worker though its slice was over and others waited. */
enum hk_overrun {
	HK_OVERRUN_LATE = 1,   /* it was not interrupted within a whole slice more */
	HK_OVERRUN_NO_CARRIER, /* no kernel thread was left to go on with: see `carriers` */
	HK_OVERRUNS
};

enum hk_trace_what {
	HK_TRACE_RUN = 1, /* a run begins; arg: workers, cause: enum hk_execution */
	HK_TRACE_SPAWN,	  /* task was spawned; arg: by which task (0: by hk_run). cause: the
			     number of records that follow and hold text: name, 0, place, 0 */
	HK_TRACE_START,	  /* task runs for the first time */
	HK_TRACE_PARK,	  /* task stops running; cause: enum hk_cause. Without interleaving it keeps
			     its worker, which idles until the next START or RESUME there */
	HK_TRACE_WAKE,	  /* task became ready; cause: enum hk_outcome; arg: the task that woke
			     it, or 0 */
	HK_TRACE_RESUME,  /* task runs again */
	HK_TRACE_END,	  /* task returned; arg: its result, as int64_t */
	HK_TRACE_STOP,	  /* the run is over */
	HK_TRACE_CARRIER, /* a kernel thread was made (cause 1) or has ended (0); arg: how many
			     there are now */
	HK_TRACE_OVERRUN, /* task was to give its worker up and did not; cause: enum hk_overrun */
};

struct hk_trace_header {
	char magic[8];	      /* HK_TRACE_MAGIC, without its terminating 0 */
	uint32_t version;     /* HK_TRACE_VERSION */
	uint32_t record_size; /* sizeof(struct hk_trace_record) */
	uint64_t start_ns;    /* hk_now() when the run began */
	uint64_t pid;
};

struct hk_trace_record {
	uint64_t time_ns; /* hk_now() */
	uint64_t task;	  /* hk_task_id() of the task it is about */
	uint64_t arg;
	uint32_t thread; /* kernel thread id of the carrier */
	uint16_t worker; /* HK_TRACE_NO_WORKER: on a thread outside the runtime */
	uint8_t what;	 /* enum hk_trace_what */
	uint8_t cause;
};

#define HK_TRACE_NO_WORKER 0xffff

#endif
