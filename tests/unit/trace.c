/* SPDX-License-Identifier: MIT */
/*
 * The events file: well-formed, complete, and in accord with what the program did. The program
 * here waits in every way there is.
 */
#include "../check_events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROUNDS = 20, CHILDREN = 6 };
static struct hk_mutex m;
static struct hk_sem sem;
static int ends[2], replies[2];

static int cook(void *arg)
{
	char c;

	for (int i = 0; i < ROUNDS; i++) {
		ck_assert_int_eq(hk_sleep(100 * HK_US), 0);
		HK_LOCKED(&m)
			hk_yield();
		hk_sem_post(&sem);
		ck_assert_int_eq(hk_sem_wait(&sem), 0);
		ck_assert_int_eq(hk_write(ends[1], "x", 1), 1);
		ck_assert_int_eq(hk_read(ends[0], &c, 1), 1);
	}
	return *(int *)arg;
}

static int wait_for_reply(void *arg)
{
	struct pollfd fd = { replies[0], POLLIN, 0 };

	(void)arg;
	ck_assert_int_eq(hk_poll(&fd, 1, hk_now() + HK_MS), 0);
	ck_assert_int_eq(hk_sem_wait_until(&sem, hk_now() + HK_MS), -ETIMEDOUT);
	return 0;
}

static int kitchen(void *arg)
{
	static int results[CHILDREN] = { 0, 1, 2, 3, 4, 5 };

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < CHILDREN; i++)
		hk_spawn(&s, cook, &results[i]);
	ck_assert_int_eq(hk_join(&s), 0);
	hk_spawn(&s, wait_for_reply, NULL);
	ck_assert_int_eq(hk_join(&s), 0);
	return 17;
}

static void record_with(int setup, struct hkt_events *events, int (*fn)(void *), int expected)
{
	struct hk_options options = hkt_options(setup);
	struct hkt_file file;

	hkt_pipe(ends);
	hkt_pipe(replies);
	hkt_file(&file);
	options.events = file.path;
	ck_assert_int_eq(hk_run(&options, fn, NULL), expected);
	hkt_events_read(events, file.path);
	hkt_file_remove(&file);
}

/* What one task did, gathered over its events in time order. */
struct life {
	int spawns, starts, ends, parks, wakes, resumes;
	uint64_t spawned_ns, started_ns, ended_ns;
};

static int by_time(const void *a, const void *b)
{
	const struct hkt_event *x = a, *y = b;

	if (x->e.time_ns != y->e.time_ns)
		return x->e.time_ns > y->e.time_ns ? 1 : -1;
	return x->at > y->at ? 1 : -1;
}

static void live_on(struct life *life, const struct hk_trace_record *e)
{
	if (e->what == HK_TRACE_SPAWN) {
		life->spawns++;
		life->spawned_ns = e->time_ns;
	} else if (e->what == HK_TRACE_START) {
		life->starts++;
		life->started_ns = e->time_ns;
	} else if (e->what == HK_TRACE_END) {
		life->ends++;
		life->ended_ns = e->time_ns;
	} else if (e->what == HK_TRACE_PARK) {
		life->parks++;
	} else if (e->what == HK_TRACE_WAKE) {
		life->wakes++;
	} else if (e->what == HK_TRACE_RESUME) {
		life->resumes++;
	}
}

/* Goal: each task is spawned, started and ended once, in that order. Method: count per task. */
START_TEST(each_task_has_a_whole_life)
{
	enum { TASKS = CHILDREN + 2 };
	struct life lives[TASKS + 1];
	struct hkt_events events;

	memset(lives, 0, sizeof(lives));
	record_with(_i, &events, kitchen, 17);
	for (size_t i = 0; i < events.count; i++) {
		ck_assert_uint_le(events.list[i].e.task, TASKS);
		live_on(&lives[events.list[i].e.task], &events.list[i].e);
	}
	for (int task = 1; task <= TASKS; task++) {
		ck_assert_int_eq(lives[task].spawns, 1);
		ck_assert_int_eq(lives[task].starts, 1);
		ck_assert_int_eq(lives[task].ends, 1);
		ck_assert_uint_le(lives[task].spawned_ns, lives[task].started_ns);
		ck_assert_uint_lt(lives[task].started_ns, lives[task].ended_ns);
		ck_assert_int_eq(lives[task].parks, lives[task].resumes);
		ck_assert_int_le(lives[task].wakes, lives[task].parks);
	}
	hkt_events_free(&events);
}
END_TEST

/* Goal: the first and last record frame the run. Method: their kinds, arguments and times. */
START_TEST(run_and_stop_frame_the_file)
{
	struct hkt_setup setup = hkt_setups[_i];
	hk_time before = hk_now();
	struct hkt_events events;
	const struct hk_trace_record *first, *last;

	record_with(_i, &events, kitchen, 17);
	qsort(events.list, events.count, sizeof(events.list[0]), by_time);
	first = &events.list[0].e;
	last = &events.list[events.count - 1].e;
	ck_assert_uint_eq(events.header.pid, (uint64_t)getpid());
	ck_assert_uint_ge(events.header.start_ns, (uint64_t)before);
	ck_assert_uint_eq(first->what, HK_TRACE_RUN);
	ck_assert_uint_eq(first->arg, setup.workers == 0 ? 1 : setup.workers);
	ck_assert_uint_eq(first->cause, setup.as);
	ck_assert_uint_ge(first->time_ns, events.header.start_ns);
	ck_assert_uint_eq(last->what, HK_TRACE_STOP);
	ck_assert_uint_le(last->time_ns, (uint64_t)hk_now());
	hkt_events_free(&events);
}
END_TEST

/* Goal: spawns carry name, place and parent; ends carry results. Method: compare with kitchen. */
static const char *expected_name(uint64_t task)
{
	return task == 1 ? "main" : task == CHILDREN + 2 ? "wait_for_reply" : "cook";
}

START_TEST(spawns_and_ends_say_what_they_should)
{
	struct hkt_events events;

	record_with(_i, &events, kitchen, 17);
	for (size_t i = 0; i < events.count; i++) {
		const struct hkt_event *event = &events.list[i];
		uint64_t task = event->e.task;

		if (event->e.what == HK_TRACE_SPAWN) {
			ck_assert_str_eq(event->name, expected_name(task));
			ck_assert_uint_eq(event->e.arg, task == 1 ? 0 : 1);
			if (task > 1)
				ck_assert(hkt_matches(event->place, "trace\\.c:[0-9]+$"));
		} else if (event->e.what == HK_TRACE_END) {
			uint64_t result = task == 1 ? 17 : task == CHILDREN + 2 ? 0 : task - 2;

			ck_assert_uint_eq(event->e.arg, result);
		}
	}
	hkt_events_free(&events);
}
END_TEST

/* Goal: records of one worker are in order of time. Method: the last time seen per worker. */
START_TEST(records_of_a_worker_are_in_order)
{
	static uint64_t last[1 << 16];
	struct hkt_events events;
	unsigned workers = hkt_setups[_i].workers == 0 ? 1 : hkt_setups[_i].workers;

	record_with(_i, &events, kitchen, 17);
	for (size_t i = 0; i < events.count; i++) {
		const struct hk_trace_record *e = &events.list[i].e;

		ck_assert(e->worker < workers || e->worker == HK_TRACE_NO_WORKER);
		if (e->worker != HK_TRACE_NO_WORKER)
			ck_assert_uint_ge(e->time_ns, last[e->worker]);
		last[e->worker] = e->time_ns;
		ck_assert_uint_gt(e->thread, 0);
	}
	hkt_events_free(&events);
}
END_TEST

/*
 * Goal: on each worker one task runs at a time: START and RESUME begin, PARK and END finish, and
 * a wake comes between its park and its resume. Method: replay the events of each task in time.
 */
enum state { UNBORN, NEW, RUNNING, PARKED, WOKEN, ENDED };

/* It does not wait for anything: whoever gives it a worker again wakes it not. */
static bool stays_ready(const struct hk_trace_record *park)
{
	return park->cause == HK_CAUSE_YIELD || park->cause == HK_CAUSE_CALL ||
		park->cause == HK_CAUSE_SLICE || park->cause == HK_CAUSE_PREEMPT;
}

static enum state step(enum state state, const struct hk_trace_record *e)
{
	switch (e->what) {
	case HK_TRACE_SPAWN:
		ck_assert_int_eq(state, UNBORN);
		return NEW;
	case HK_TRACE_START:
		ck_assert_int_eq(state, NEW);
		return RUNNING;
	case HK_TRACE_PARK:
		ck_assert_int_eq(state, RUNNING);
		ck_assert_uint_gt(e->cause, HK_CAUSE_NONE);
		ck_assert_uint_lt(e->cause, HK_CAUSES);
		return stays_ready(e) ? WOKEN : PARKED;
	case HK_TRACE_WAKE:
		ck_assert(state == PARKED || state == WOKEN);
		ck_assert_uint_le(e->cause, HK_OUTCOME_CANCEL);
		return WOKEN;
	case HK_TRACE_RESUME:
		ck_assert_int_eq(state, WOKEN);
		return RUNNING;
	case HK_TRACE_END:
		ck_assert_int_eq(state, RUNNING);
		return ENDED;
	default:
		return state;
	}
}

static void replay(struct hkt_events *events)
{
	enum state states[CHILDREN + 3] = { UNBORN };

	qsort(events->list, events->count, sizeof(events->list[0]), by_time);
	for (size_t i = 0; i < events->count; i++) {
		uint64_t task = events->list[i].e.task;

		states[task] = step(states[task], &events->list[i].e);
	}
	for (int task = 1; task < CHILDREN + 3; task++)
		ck_assert_int_eq(states[task], ENDED);
}

START_TEST(parks_wakes_and_resumes_follow_each_other)
{
	struct hkt_events events;

	record_with(_i, &events, kitchen, 17);
	replay(&events);
	hkt_events_free(&events);
}
END_TEST

/*
 * Goal: a park tells its cause and a wake its outcome. Method: one wait of each kind, one task. A
 * deadline that has come before its call is no wait: they are far off for a thread that is held up.
 */
static int wait_in_turn(void *arg)
{
	struct hk_sem none = HK_SEM_INIT(0);
	struct pollfd fd = { ends[0], POLLIN, 0 };

	(void)arg;
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	ck_assert_int_eq(hk_sem_wait_until(&none, hk_now() + 100 * HK_MS), -ETIMEDOUT);
	ck_assert_int_eq(hk_poll(&fd, 1, hk_now() + 100 * HK_MS), 0);
	return 0;
}

START_TEST(parks_tell_their_cause)
{
	static const uint8_t causes[] = { HK_CAUSE_SLEEP, HK_CAUSE_SEM, HK_CAUSE_POLL };
	struct hkt_events events;
	int parks = 0, wakes = 0;

	record_with(_i, &events, wait_in_turn, 0);
	qsort(events.list, events.count, sizeof(events.list[0]), by_time);
	for (size_t i = 0; i < events.count; i++) {
		const struct hk_trace_record *e = &events.list[i].e;

		if (e->what == HK_TRACE_PARK && !stays_ready(e)) {
			ck_assert_int_lt(parks, 3);
			ck_assert_uint_eq(e->cause, causes[parks++]);
		} else if (e->what == HK_TRACE_WAKE) {
			uint8_t done = wakes == 0 ? HK_OUTCOME_DONE : HK_OUTCOME_TIMEOUT;

			wakes++;
			ck_assert(e->cause == done || e->cause == HK_OUTCOME_TIMEOUT);
			ck_assert_uint_eq(e->arg, 0);
		}
	}
	ck_assert_int_eq(parks, 3);
	ck_assert_int_eq(wakes, 3);
	hkt_events_free(&events);
}
END_TEST

/* Goal: many events lose none. Method: 2,000 tasks with yields; every life must be whole. */
enum { CROWD = 2000 };

static int yield_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++)
		hk_yield();
	return 0;
}

static int crowd(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < CROWD; i++)
		hk_spawn(&s, yield_often, NULL);
	return hk_join(&s);
}

START_TEST(many_events_lose_none)
{
	static struct life lives[CROWD + 2];
	struct hkt_events events;

	record_with(_i, &events, crowd, 0);
	for (size_t i = 0; i < events.count; i++)
		live_on(&lives[events.list[i].e.task], &events.list[i].e);
	for (int task = 1; task < CROWD + 2; task++) {
		ck_assert_int_eq(lives[task].spawns, 1);
		ck_assert_int_eq(lives[task].starts, 1);
		ck_assert_int_eq(lives[task].ends, 1);
		ck_assert_int_eq(lives[task].parks, lives[task].resumes);
	}
	hkt_events_free(&events);
}
END_TEST

/*
 * Goal: nor do those of a thread outside. Method: it wakes more tasks than its buffer has room for.
 */
enum { WAITERS = 5000 };
static _Atomic int waiting;
static struct hk_sem gate;

static int wait_at_gate(void *arg)
{
	(void)arg;
	waiting++;
	return hk_sem_wait(&gate);
}

static void *open_gate(void *arg)
{
	for (int i = 0; i < WAITERS; i++)
		hk_sem_post(&gate);
	return arg;
}

static int let_many_in(void *arg)
{
	struct hk_task_options options = HK_TASK_OPTIONS_INIT;
	pthread_t thread;
	int result;

	(void)arg;
	options.stack_size = 32 << 10;
	HK_SCOPE(s);
	for (int i = 0; i < WAITERS; i++)
		hk_spawn_with(&s, &options, wait_at_gate, NULL);
	while (waiting < WAITERS)
		hk_yield();
	thread = hkt_thread(open_gate, NULL);
	result = hk_join(&s);
	pthread_join(thread, NULL);
	return result;
}

START_TEST(many_events_of_a_thread_lose_none)
{
	struct hkt_events events;
	int parks = 0, wakes = 0, resumes = 0, blocked = 0;

	record_with(_i, &events, let_many_in, 0);
	for (size_t i = 0; i < events.count; i++) {
		const struct hk_trace_record *e = &events.list[i].e;

		parks += e->what == HK_TRACE_PARK && e->cause == HK_CAUSE_SEM;
		blocked += e->what == HK_TRACE_PARK && e->cause == HK_CAUSE_BLOCKED;
		wakes += e->what == HK_TRACE_WAKE && e->arg == 0 && e->task > 1;
		resumes += e->what == HK_TRACE_RESUME && e->cause == HK_CAUSE_SEM;
	}
	/* who was not quite waiting yet was not woken */
	ck_assert_int_gt(wakes, WAITERS - 10);
	/* and who slept in the kernel, on a slow machine, is woken from that as well */
	ck_assert_int_ge(wakes, parks);
	ck_assert_int_le(wakes, parks + blocked);
	ck_assert_int_eq(resumes, parks);
	hkt_events_free(&events);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/trace");
	TCase *tc = hkt_case(suite, "file", 30);

	hkt_add_every(tc, each_task_has_a_whole_life);
	hkt_add_every(tc, run_and_stop_frame_the_file);
	hkt_add_every(tc, spawns_and_ends_say_what_they_should);
	hkt_add_every(tc, records_of_a_worker_are_in_order);
	hkt_add_every(tc, parks_wakes_and_resumes_follow_each_other);
	hkt_add_every(tc, parks_tell_their_cause);
	hkt_add_every(tc, many_events_lose_none);
	hkt_add_workers(tc, many_events_of_a_thread_lose_none);
	return hkt_main(suite);
}
