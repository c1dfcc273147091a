/* SPDX-License-Identifier: MIT */
/*
 * Who is told of a task that is pushed into a local queue: idle workers, one that searches, the
 * lookout. README.md says what is modelled; model/check runs it, alone and with each fault.
 */
#ifndef IDLERS
#define IDLERS 2 /* workers without a task; one more pushes */
#endif
#ifndef PUSHES
#define PUSHES 2
#endif
#ifndef SEARCH
#define SEARCH 1 /* how often one may search before it sleeps */
#endif

byte queue;  /* the pusher's local queue, as others see it */
byte unseen; /* what it has pushed besides, in its store buffer */
byte taken;

bit lock;
bit asleep[IDLERS];	/* the futex word */
bit in_futex[IDLERS];
byte free;		/* idle workers, a bit each */
byte free_count;
bit searching;
bit attentive = 1;	/* the lookout looks by itself */
bit called;		/* and this is its eventfd */
byte searches = SEARCH;

inline acquire()
{
	atomic { !lock -> lock = 1 }
}

inline barrier()
{
	atomic { queue = queue + unseen; unseen = 0 }
}

/* Of a thief, or of the lookout, which has the pusher's turn ended. */
inline take_task(got)
{
	atomic {
		got = (queue > 0);
		if
		:: got -> queue--; taken++
		:: else -> skip
		fi
	}
}

/* take(): under the lock */
inline take_worker(w)
{
	free = free & ~(1 << w);
	free_count--;
	asleep[w] = 0
}

/* hki_ready_announce() and hki_ready_call(). pushes: by the pusher, which to unlock makes seen. */
inline announce(w, pushes)
{
	acquire();
	w = 0;
	do
	:: w < IDLERS && !((free >> w) & 1) -> w++
	:: else -> break
	od;
	if
	:: w < IDLERS -> take_worker(w)
	:: w == IDLERS && !attentive -> attentive = 1; called = 1
	:: else -> skip
	fi;
	if
	:: pushes -> barrier()
	:: else -> skip
	fi;
	lock = 0;
#ifndef FAULT_NOT_WOKEN
	if
	:: w < IDLERS -> in_futex[w] = 0
	:: else -> skip
	fi;
#endif
	w = 0
}

active proctype pusher()
{
	byte n;
	byte w;
	bit sleeper;

	do
	:: n < PUSHES ->
		n++;
		unseen++;
#if defined(FENCE_AT_PUSH) && !defined(FAULT_NO_FENCE_PUSHER)
		barrier();
#endif
		sleeper = (free_count > 0); /* tell() */
		if
		:: sleeper -> sleeper = !searching
		:: else -> skip
		fi;
		if
		:: sleeper || !attentive -> announce(w, 1)
		:: else -> skip
		fi;
		sleeper = 0
	:: else -> break
	od
}

active [IDLERS] proctype idler()
{
	byte me = _pid - 1;
	byte w;
	bit got, searched, idled, found;

	acquire();
look:	/* look(): under the lock */
	searched = 0;
	take_task(got);
	if
	:: got -> goto compute
	:: else -> skip
	fi;
	if
	:: atomic { !searching && searches > 0 -> searches--; searching = 1 };
		lock = 0;
		if
		:: queue > 0 -> found = 1
		:: found = 0
		fi;
		acquire();
		searching = 0;
		searched = found;
		if
		:: found -> found = 0; goto look_again
		:: else -> skip
		fi
	:: true
	fi;
	/* hki_idle() */
	idled = 1;
#ifdef FAULT_LOOK_FIRST
	barrier();
	found = (queue > 0);
#endif
	free = free | (1 << me);
	free_count++;
	asleep[me] = 1;
	lock = 0;
#ifndef FAULT_LOOK_FIRST
#if !defined(FAULT_NO_BARRIER_IDLE) && !defined(FENCE_AT_PUSH)
	barrier();
#endif
#ifdef FAULT_NO_LOOK
	found = 0;
#else
	found = (queue > 0);
#endif
#endif
	do
	:: found || !asleep[me] -> break
	:: else ->
		atomic { /* the kernel compares */
			if
			:: asleep[me] -> in_futex[me] = 1
			:: else -> skip
			fi
		};
end_sleep:	!in_futex[me]
	od;
	found = 0;
	acquire();
	if
	:: asleep[me] -> take_worker(me)
	:: else -> skip
	fi;
	goto look;

look_again:
	take_task(got);
	if
	:: got -> goto compute
	:: else -> goto look
	fi;

compute: /* its task computes for ever */
#ifdef FAULT_SHARED_AFTER_SEARCH
	found = (searched && free_count > 0);
#else
	found = ((searched || idled) && (free_count > 0 || !attentive));
#endif
	lock = 0;
#ifndef FAULT_NOT_SHARED
	if
	:: found -> /* hki_ready_share() */
		barrier();
		if
		:: queue > 0 -> announce(w, 0)
		:: else -> skip
		fi
	:: else -> skip
	fi;
#endif
	skip
}

active proctype lookout()
{
	bit was, got, needed;

	do
	:: true -> /* assess() */
#ifdef FAULT_ATTENTIVE_EARLY
		was = attentive;
#endif
		acquire();
#ifndef FAULT_ATTENTIVE_EARLY
		was = attentive;
#endif
		needed = (free_count == 0 && queue > 0);
		attentive = needed;
		lock = 0;
		if
		:: needed -> take_task(got)
		:: !needed && was ->
#if !defined(FAULT_NO_BARRIER_LOOKOUT) && !defined(FENCE_AT_PUSH)
			barrier();
#endif
#ifndef FAULT_LOOKOUT_BLIND
			if
			:: queue > 0 && free_count == 0 -> goto again
			:: else -> skip
			fi;
#endif
			skip
		:: else -> skip
		fi;
		if
		:: !needed ->
end_sleep:		atomic { called -> called = 0 }
		:: else -> skip
		fi;
again:		atomic { was = 0; got = 0; needed = 0 }
	od
}

/* Store buffers drain at any time, and in the end. */
active proctype machine()
{
end:	do
	:: atomic { unseen > 0 -> queue = queue + unseen; unseen = 0 }
	od
}

/* Nothing goes on: no task is left though somebody was to be told. */
active proctype judge()
{
	timeout -> assert(taken == PUSHES)
}
