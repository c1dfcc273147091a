/* SPDX-License-Identifier: MIT */
/*
 * The lookout: the one thread that looks while all workers are busy. It waits for time and
 * descriptors in their place, ends slices, takes workers from carriers that sleep in the kernel.
 * It sleeps while nobody waits, or while a worker is idle and looks itself. It is not there without
 * interleaving.
 *
 * Key: (c) constant, (L) rt->lock, (k) only the lookout.
 */
#ifndef CORE_LOOKOUT_H
#define CORE_LOOKOUT_H

#include <stdbool.h>
#include <stdint.h>

#include <hocket/time.h>

#include "core/worker.h"
#include "os/os.h"

struct runtime;

enum lookout_state {
	LOOKOUT_ASLEEP, /* until it is called */
	LOOKOUT_DROWSY, /* there was nothing to do a moment ago: looks again soon, by itself */
	LOOKOUT_AWAKE,	/* waits for time and descriptors too */
};

struct lookout {
	uintptr_t thread;	  /* (c) */
	bool open;		  /* (c) its thread was started */
	int call_fd;		  /* (c) an eventfd that makes it look */
	int watch_fd;		  /* (c) an epoll of call_fd and of the poller's descriptor */
	enum lookout_state state; /* (L) */
	bool attentive;		  /* (a) need not be called for ready tasks; set under (L) */
	hk_time until;		  /* (L) when it looks again */
	bool waited;		  /* (k) tasks were waiting when it looked last */
	bool stirred;		  /* (k) descriptors may be ready */
	bool hurries;		  /* (k) its last look was for urgent tasks alone */
	unsigned idle_looks;	  /* (k) how many in a row found nothing to do */
	unsigned lost_next;	  /* (k) which carrier to look at next whether it is lost */
	hk_time lost_at;	  /* (k) when */
	struct os_cpus cpus;	  /* (k) those it keeps to, where it does */
	struct counters count;	  /* (k) what no worker counts */
};

int hki_lookout_open(struct runtime *rt);
/* Once the run has stopped. */
void hki_lookout_join(struct runtime *rt);
/* Its descriptors: threads outside may call it until the last has finished waking. */
void hki_lookout_close(struct runtime *rt);
/* There may be something to look at though no worker is idle: a ready task, or a wait for time or a
   descriptor. rt->lock is held. Returns whether hki_lookout_call() must follow once it is not. */
bool hki_lookout_rouse(struct runtime *rt, bool ready);
/* There is a deadline that comes before it would look: as above. */
bool hki_lookout_retime(struct runtime *rt, hk_time deadline);
void hki_lookout_call(struct runtime *rt);

/* --- watch.c: one worker, as the lookout sees it --- */

/* What a look found out so far. */
struct look {
	hk_time now;
	int cpu;	 /* where the lookout is */
	bool waiting;	 /* tasks are ready, and no worker is idle */
	bool line;	 /* some of them in the common line */
	bool only_bound; /* of those, all were interrupted while they computed */
	bool turns_away; /* it is not attentive any more */
	hk_time next;	 /* when to look again at the latest */
};

/* Ends the worker's turn when its slice is over, takes it from a carrier that sleeps. */
void hki_watch_worker(struct runtime *rt, struct worker *worker, struct look *look);
/* Ends turns at once so that `count` urgent tasks can run. */
void hki_watch_urge(struct runtime *rt, size_t count, struct look *look);
/* Interrupts carriers that go on without a worker though all workers are busy. */
void hki_watch_lost(struct runtime *rt, struct look *look);

#endif
