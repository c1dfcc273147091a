/* SPDX-License-Identifier: MIT */
#include "core/lookout.h"

#include <string.h>

#include "core/exec.h"
#include "core/pool.h"
#include "core/runtime.h"
#include "core/timer.h"
#include "core/wake.h"

enum {
	KERNEL_SLICE_NS = 100000, /* its own: short, so that the kernel lets it in early */
	DROWSY_NS = 1000000,
	HURRY_NS = 100000,
	DROWSY_LOOKS = 10, /* then it falls asleep */
};

/* What its epoll tells of. */
enum { CALL, POLLER };

bool hki_lookout_rouse(struct runtime *rt, bool ready)
{
	struct lookout *lookout = &rt->lookout;
	if (ld_rlx(&lookout->attentive) || (lookout->state == LOOKOUT_AWAKE && !ready))
		return false;
	lookout->state = LOOKOUT_AWAKE;
	st_rlx(&lookout->attentive, ready);
	lookout->until = 0;
	return true;
}

bool hki_lookout_retime(struct runtime *rt, hk_time deadline)
{
	return rt->lookout.state == LOOKOUT_AWAKE && rt->lookout.until > deadline;
}

void hki_lookout_call(struct runtime *rt)
{
	hki_os_eventfd_post(rt->lookout.call_fd);
}

/* Wakes the tasks whose time or descriptor has come. Returns whether there were any. */
static bool serve(struct runtime *rt)
{
	if (ld_rlx(&rt->outside) == 0)
		return false;
	struct woken woken = WOKEN_OUTSIDE(&rt->lookout.count);
	if (rt->lookout.stirred)
		rt->poller_ops.wait(rt, 0, &woken);
	/* There may be more than it takes at a time. */
	rt->lookout.stirred = woken.first != NULL;
	hki_timers_expire(rt, &woken);
	bool any = woken.first != NULL;
	hki_wake_flush(&woken, NULL);
	return any;
}

/*
 * Decides, under the lock under which tasks are pushed and workers become idle, whether there is
 * anything to do. Returns false when there is not.
 */
static bool assess_once(struct runtime *rt, struct look *look, size_t *urgent)
{
	struct lookout *lookout = &rt->lookout;
	hki_lock(&rt->lock);
	bool attentive = ld_rlx(&lookout->attentive);
	bool idle = rt->idle_count > 0;
	bool local = hki_exec_ready_locally(rt);
	look->waiting = !idle && (rt->ready.count > 0 || local);
	look->line = rt->ready.line.first != NULL;
	look->only_bound = !local && hki_runq_only_bound(&rt->ready);
	*urgent = idle ? 0 : hki_runq_urgent(&rt->ready, hki_pool_room(rt, 1));
	bool needed = look->waiting || (!idle && (ld_rlx(&rt->outside) > 0 || rt->lost_count > 0));
	lookout->idle_looks = needed ? 0 : lookout->idle_looks + 1;
	lookout->state = needed			   ? LOOKOUT_AWAKE :
		lookout->idle_looks > DROWSY_LOOKS ? LOOKOUT_ASLEEP :
						     LOOKOUT_DROWSY;
	st_rlx(&lookout->attentive, lookout->state == LOOKOUT_DROWSY || look->waiting);
	look->turns_away = attentive && !ld_rlx(&lookout->attentive);
	/* Until it has looked at everything, whoever has something new need not call. */
	lookout->until = 0;
	/* Not at the first look, if there is time: it may be over before a thread could help. */
	if (*urgent > 0 || (look->waiting && lookout->waited))
		hki_pool_want(rt);
	lookout->waited = look->waiting;
	bool make = rt->wanted > 0;
	hki_unlock(&rt->lock);
	if (make)
		hki_pool_call(rt);
	return needed;
}

/* As that, and who pushes a task into a local queue from now on calls if need be. */
static bool assess(struct runtime *rt, struct look *look, size_t *urgent)
{
	for (;;) {
		bool needed = assess_once(rt, look, urgent);
		if (!look->turns_away)
			return needed;
		/* order RQ1 seq: attentive before the queues, in all threads; pairs with tell() */
		fence_seq();
		hki_carrier_barrier();
		/* Idle workers look for themselves. */
		if (!hki_exec_ready_locally(rt) || ld_rlx(&rt->free_count) > 0)
			return needed;
	}
}

/* Waits until it is time to look again. */
static void rest(struct runtime *rt, hk_time next)
{
	struct lookout *lookout = &rt->lookout;
	struct os_event events[2];
	hki_lock(&rt->lock);
	enum lookout_state state = lookout->state;
	if (state == LOOKOUT_AWAKE) {
		/* order TM1 acquire: pairs with hki_timer_publish() */
		hk_time deadline = ld_acq(&rt->next_deadline);
		lookout->until = deadline < next ? deadline : next;
	}
	hk_time until = lookout->until;
	bool stopping = ld_rlx(&rt->stopping);
	hki_unlock(&rt->lock);
	if (stopping)
		return;
	hk_time left = until - hki_os_now();
	if (state == LOOKOUT_ASLEEP || state == LOOKOUT_DROWSY) {
		struct pollfd call = { .fd = lookout->call_fd, .events = POLLIN };
		hki_os_poll(&call, 1, state == LOOKOUT_ASLEEP ? -1 : DROWSY_NS);
		hki_os_eventfd_drain(lookout->call_fd);
		lookout->stirred = true; /* nobody looked meanwhile */
	} else if (left > 0) {
		int64_t limit = until == HK_FOREVER ? -1 : left;
		int count = hki_os_epoll_wait(lookout->watch_fd, events, 2, limit);
		for (int i = 0; i < count; i++)
			lookout->stirred |= events[i].data == POLLER;
	}
}

/*
 * Where there are more CPUs than workers it keeps to those of the workers: an idle CPU is slow to
 * wake, and so is a thread on another one that is to be told something.
 */
static void follow(struct runtime *rt)
{
	struct os_cpus cpus = { { 0 }, false };
	if (!hki_runtime_has_room(rt))
		return;
	for (unsigned i = 0; i < rt->workers_count; i++) {
		const struct carrier *holder = ld_rlx(&rt->workers[i].holder);
		hki_os_cpus_add(&cpus, holder ? ld_rlx(&holder->ran_on) : -1);
	}
	if (memcmp(&cpus, &rt->lookout.cpus, sizeof cpus) == 0)
		return;
	rt->lookout.cpus = cpus;
	hki_os_thread_stay(&cpus);
}

/*
 * The task that is to make room for an urgent one may be behind the lookout on its CPU: the rest
 * can wait for a moment, once.
 */
static void watch_all(struct runtime *rt, struct look *look, bool urgent)
{
	struct lookout *lookout = &rt->lookout;
	lookout->hurries = urgent && !lookout->hurries;
	if (lookout->hurries) {
		if (look->next > look->now + HURRY_NS)
			look->next = look->now + HURRY_NS;
		return;
	}
	for (unsigned i = 0; i < rt->workers_count; i++)
		hki_watch_worker(rt, &rt->workers[i], look);
	hki_watch_lost(rt, look);
	follow(rt);
}

static void *lookout_main(void *arg)
{
	struct runtime *rt = arg;
	hki_os_thread_hasten(KERNEL_SLICE_NS);
	while (!ld_rlx(&rt->stopping)) {
		struct look look = { .next = HK_FOREVER };
		size_t urgent;
		if (assess(rt, &look, &urgent)) {
			if (serve(rt))
				assess(rt, &look, &urgent);
			look.cpu = hki_os_cpu_here();
			look.now = hki_os_now();
			if (urgent > 0)
				hki_watch_urge(rt, urgent, &look);
			watch_all(rt, &look, urgent > 0);
		}
		rest(rt, look.next);
	}
	return NULL;
}

/* When there is none, nobody is to call it. */
static void set_open(struct runtime *rt, bool open)
{
	hki_lock(&rt->lock);
	rt->lookout.open = open;
	st_rlx(&rt->lookout.attentive, !open);
	hki_unlock(&rt->lock);
}

int hki_lookout_open(struct runtime *rt)
{
	struct lookout *lookout = &rt->lookout;
	lookout->state = LOOKOUT_ASLEEP;
	lookout->call_fd = hki_os_eventfd_open();
	if (lookout->call_fd < 0)
		return lookout->call_fd;
	lookout->watch_fd = hki_os_epoll_open();
	int error = lookout->watch_fd < 0 ? lookout->watch_fd : 0;
	if (!error)
		error = hki_os_epoll_add_edge(lookout->watch_fd, lookout->call_fd, CALL);
	if (!error)
		error = hki_os_epoll_add_edge(lookout->watch_fd, rt->poller_ops.fd, POLLER);
	if (!error) {
		set_open(rt, true);
		error = hki_os_thread_start_deaf(&lookout->thread, lookout_main, rt);
	}
	if (error) {
		set_open(rt, false);
		hki_os_close(lookout->call_fd);
		if (lookout->watch_fd >= 0)
			hki_os_close(lookout->watch_fd);
	}
	return error;
}

void hki_lookout_join(struct runtime *rt)
{
	if (rt->lookout.open)
		hki_os_thread_join(rt->lookout.thread);
}

void hki_lookout_close(struct runtime *rt)
{
	struct lookout *lookout = &rt->lookout;
	if (!lookout->open)
		return;
	lookout->open = false;
	hki_os_close(lookout->watch_fd);
	hki_os_close(lookout->call_fd);
}
