/* SPDX-License-Identifier: MIT */
#include <hocket.h>

#include <string.h>

#define NAME(table, value)                                                                         \
	((size_t)(value) < sizeof(table) / sizeof *(table) && (table)[value] ? (table)[value] : "?")

static const char *const causes[] = {
	[HK_CAUSE_NONE] = "none",
	[HK_CAUSE_YIELD] = "yield",
	[HK_CAUSE_CALL] = "call",
	[HK_CAUSE_JOIN] = "join",
	[HK_CAUSE_SLEEP] = "sleep",
	[HK_CAUSE_MUTEX] = "mutex",
	[HK_CAUSE_SEM] = "sem",
	[HK_CAUSE_READ] = "read",
	[HK_CAUSE_WRITE] = "write",
	[HK_CAUSE_POLL] = "poll",
	[HK_CAUSE_SLICE] = "slice",
	[HK_CAUSE_PREEMPT] = "preempt",
	[HK_CAUSE_BLOCKED] = "blocked",
	[HK_CAUSE_BLOCKING] = "blocking",
	[HK_CAUSE_INBOX] = "inbox",
	[HK_CAUSE_JOB] = "job",
	[HK_CAUSE_RWLOCK] = "rwlock",
	[HK_CAUSE_COND] = "cond",
	[HK_CAUSE_EVENT] = "event",
	[HK_CAUSE_LATCH] = "latch",
	[HK_CAUSE_BARRIER] = "barrier",
	[HK_CAUSE_ONCE] = "once",
	[HK_CAUSE_SEND] = "send",
	[HK_CAUSE_RECV] = "recv",
	[HK_CAUSE_SELECT] = "select",
	[HK_CAUSE_SPAWN] = "spawn",
};
_Static_assert(sizeof causes / sizeof *causes == HK_CAUSES, "a cause has no name");

static const char *const outcomes[] = {
	[HK_OUTCOME_NONE] = "none",
	[HK_OUTCOME_DONE] = "done",
	[HK_OUTCOME_TIMEOUT] = "timeout",
	[HK_OUTCOME_CANCEL] = "cancel",
};

static const char *const events[] = {
	[HK_TRACE_RUN] = "run",
	[HK_TRACE_SPAWN] = "spawn",
	[HK_TRACE_START] = "start",
	[HK_TRACE_PARK] = "park",
	[HK_TRACE_WAKE] = "wake",
	[HK_TRACE_RESUME] = "resume",
	[HK_TRACE_END] = "end",
	[HK_TRACE_STOP] = "stop",
	[HK_TRACE_CARRIER] = "carrier",
	[HK_TRACE_OVERRUN] = "overrun",
};

const char *hk_cause_name(enum hk_cause cause)
{
	return NAME(causes, cause);
}

const char *hk_outcome_name(enum hk_outcome outcome)
{
	return NAME(outcomes, outcome);
}

const char *hk_trace_name(enum hk_trace_what what)
{
	return NAME(events, what);
}
