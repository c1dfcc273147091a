/* SPDX-License-Identifier: MIT */
/*
 * Who holds a worker: carriers, the handler of their ticks, and the lookout that takes workers
 * away. README.md says what is modelled; model/check runs it, alone and with each fault.
 *
 * A worker w (0, 1 ...) is in a carrier's word `own` as 2w+2, and as 2w+3 while the lookout asks
 * for it. 0 is no worker, 1 is a worker that was taken away.
 */
#ifndef CARRIERS
#define CARRIERS 3 /* those beyond WORKERS are spares at the start: the cap */
#endif
#ifndef WORKERS
#define WORKERS 1
#endif
#ifndef TASKS
#define TASKS 2
#endif
#ifndef TICKS
#define TICKS 1 /* how often a slice may end, anywhere */
#endif
#ifndef ASKS
#define ASKS 1 /* how often the lookout may ask for a worker */
#endif
#ifndef CALLS
#define CALLS 1 /* of each task, before the one that ends it */
#endif
#ifndef LENDS
#define LENDS 0 /* calls of hk_blocking(), in all */
#endif

#define NONE	 255
#define WORD(w)	 (2 * (w) + 2)
#define ASKED(w) (2 * (w) + 3)
#define TAKEN	 1
#define HELD(o)	 ((o) > 1 && (o) % 2 == 0)

/* What a carrier enters the runtime for. */
#define PLAIN 0 /* a call that comes back */
#define YIELD 1
#define END   2 /* the task returns */
#define TICK  3 /* the handler */
#define LEND  4 /* hk_blocking() */
#define BACK  5 /* its function has returned */

/* Where a task is: exactly one of these. */
#define QUEUED	0
#define MOVING	1 /* out of the queue, in the hands of one carrier */
#define RUNNING 2
#define DONE	3

/* Of each carrier. `in` is seen as inl by its own thread, as inm by others: a store buffer. */
byte own[CARRIERS];
bit inl[CARRIERS];
bit inm[CARRIERS];
bit pending[CARRIERS];
bit masked[CARRIERS]; /* in the handler: further ticks wait */
bit grant[CARRIERS];
bit asleep[CARRIERS];  /* in the futex call on grant */
byte first[CARRIERS];  /* the task that the granter hands over, or NONE */
bit refused[CARRIERS]; /* ghost: pending was left set because there was no spare */

byte spares; /* one bit a carrier */
chan queue = [TASKS] of { byte };
byte bound[TASKS]; /* the carrier whose stack holds it, or NONE */
byte calls[TASKS];
byte place[TASKS];  /* ghost */
byte user[WORKERS]; /* ghost: the carrier that touches the worker's state, or NONE */

byte finished;
byte ticks = TICKS;
byte asks = ASKS;
byte lends = LENDS;

inline move(task, from, to)
{
	assert(place[task] == from);
	place[task] = to
}

inline push(task, from, carrier_or_none)
{
	move(task, from, QUEUED);
	bound[task] = carrier_or_none;
	assert(nfull(queue));
	queue!task
}

inline pop(task)
{
	queue?task;
	move(task, QUEUED, MOVING)
}

inline reserve(spare)
{
	spare = 0;
	do
	:: (spares >> spare) & 1 -> break
	:: else -> spare++
	od;
	spares = spares & ~(1 << spare)
}

inline use(w, k)
{
	assert(user[w] == NONE);
	user[w] = k
}

inline unuse(w, k)
{
	assert(user[w] == k);
	user[w] = NONE
}

/* Gives w to a carrier that is parked, or about to park. Only the last step wakes it. */
inline give(w, to, task)
{
	atomic {
		first[to] = task;
		own[to] = WORD(w)
	}
	atomic {
		assert(!grant[to]); /* no grant over a grant */
		grant[to] = 1
	}
	asleep[to] = 0
}

proctype carrier(byte k)
{
	byte w = NONE;	/* the worker, while in */
	byte t = NONE;	/* the task on this stack */
	byte n = NONE;	/* the task to run next */
	byte to = NONE; /* the carrier that gets the worker */
	byte why = PLAIN;
	bit lent;    /* in the function of hk_blocking() */
	bit leaving; /* the tick came between the two halves of leave */

	if
	:: k < WORKERS -> w = k
	:: else -> goto park
	fi;

schedule: /* in; it has a worker and no task */
	atomic {
		if
		:: nempty(queue) -> pop(n)
		:: empty(queue) && finished == TASKS -> goto halt
		fi;
		if
		:: bound[n] != NONE -> goto swap
		:: else -> goto start
		fi
	};

start: /* a task that no stack holds */
	atomic {
		move(n, MOVING, RUNNING);
		t = n;
		n = NONE
	};

leave:
#ifdef FAULT_EARLY_TEST
	if
	:: atomic { pending[k] -> pending[k] = 0; refused[k] = 0; goto yield }
	:: atomic { !pending[k] -> skip }
	fi;
	atomic {
		unuse(w, k);
		w = NONE;
		inl[k] = 0;
		goto code
	};
#else
	atomic {
		unuse(w, k);
		w = NONE;
		inl[k] = 0
	};
test:
	if
	:: atomic { pending[k] -> pending[k] = 0; refused[k] = 0; why = YIELD; goto enter }
	:: atomic { !pending[k] -> goto code }
	:: atomic { ticks > 0 -> ticks--; leaving = 1; goto handler }
	fi;
#endif

code: /* the task's own; its worker may be taken here, so that it goes on without one */
	assert(!pending[k] || refused[k]); /* no tick was swallowed */
	if
	:: atomic { ticks > 0 -> ticks--; leaving = 0; goto handler }
#if LENDS
	:: atomic { lent -> lent = 0; why = BACK }
	:: atomic { lends > 0 && !lent -> lends--; why = LEND }
#endif
	:: atomic { !lent && calls[t] > 0 -> calls[t]--; why = PLAIN }
	:: atomic { !lent && calls[t] > 0 -> calls[t]--; why = YIELD }
	:: atomic { !lent && calls[t] == 0 -> why = END }
	fi;

enter:
#ifdef FENCE_AT_ENTER
	atomic {
		inl[k] = 1;
		inm[k] = 1
	};
#else
	inl[k] = 1;
#endif
	atomic {
		assert(own[k] != 0);
		if
		:: HELD(own[k]) ->
			w = own[k] / 2 - 1;
			use(w, k);
			goto entered
		:: own[k] == TAKEN -> goto lost
		:: else -> w = own[k] / 2 - 1
		fi
	};
	atomic { /* the CAS that refuses */
		if
		:: own[k] == TAKEN ->
			w = NONE;
			goto lost
		:: else ->
			assert(own[k] == WORD(w) || own[k] == ASKED(w));
			own[k] = WORD(w);
			use(w, k)
		fi
	};

entered:
	if
#if LENDS
	:: why == LEND -> goto lend
	:: why == BACK -> goto leave /* it has a worker: entered asserts that */
#endif
	:: why == PLAIN -> goto leave
	:: why == YIELD -> goto yield
	:: why == TICK -> goto preempt
	:: why == END ->
		atomic {
			move(t, RUNNING, DONE);
			t = NONE;
			finished++
		};
		goto schedule
	fi;

yield: /* an ordinary switch: the task leaves its stack, then is ready again */
	atomic {
		if
		:: empty(queue) -> goto leave
		:: nempty(queue) -> pop(n)
		fi
	};
	atomic {
		push(t, RUNNING, NONE);
		t = NONE;
		if
		:: bound[n] == NONE -> goto start
		:: else -> goto swap
		fi
	};

swap: /* n's stack is that of a parked carrier: the worker goes there, this one is a spare */
	to = bound[n];
	own[k] = 0;
	spares = spares | (1 << k);
	atomic { unuse(w, k) };
	give(w, to, n);
	atomic {
		w = NONE;
		n = NONE;
		to = NONE;
		goto park
	};

handler:
	atomic {
		masked[k] = 1;
		why = TICK;
		goto enter
	};

preempt: /* in the handler, with a worker */
	atomic {
		if
		:: empty(queue) -> goto out
		:: nempty(queue) -> pop(n)
		fi
	};
	atomic {
		if
		:: bound[n] != NONE -> to = bound[n]
		:: bound[n] == NONE && spares -> reserve(to)
		:: else ->
			push(n, MOVING, NONE);
			n = NONE;
			pending[k] = 1;
			refused[k] = 1;
			goto out
		fi
	};
#ifdef FAULT_TASK_FIRST
	push(t, RUNNING, k);
	own[k] = 0;
#else
	own[k] = 0;
	atomic { push(t, RUNNING, k) };
#endif
	atomic { unuse(w, k) };
	give(w, to, n);
	atomic {
		w = NONE;
		n = NONE;
		to = NONE;
		goto park
	};

#if LENDS
lend: /* hk_blocking(): gives the worker away in advance, if anybody could use it */
	atomic {
		lent = 1;
		if
		:: !spares -> goto leave
		:: else -> reserve(to)
		fi
	};
	own[k] = TAKEN;
	atomic { unuse(w, k) };
	give(w, to, NONE);
	atomic { pending[k] = 0; refused[k] = 0 }; /* its turn has ended */
	atomic {
		w = NONE;
		to = NONE;
		inl[k] = 0;
		goto test
	};
#endif

lost: /* in, without a worker: touches nothing of one */
#ifdef FAULT_LOST_TASK_FIRST
	atomic { push(t, RUNNING, k) };
	own[k] = 0;
#else
	own[k] = 0;
	atomic { push(t, RUNNING, k) };
#endif

park: /* until granted a worker; t is the task bound to this stack, or none: a spare */
#ifdef FAULT_GRANT_WIPED
	grant[k] = 0;
#endif
look:
	if
	:: atomic { grant[k] -> grant[k] = 0; goto granted }
#ifdef FAULT_BLIND_SLEEP
	:: !grant[k] -> asleep[k] = 1
#else
	:: atomic { !grant[k] -> asleep[k] = 1 } /* the kernel compares, then sleeps */
#endif
	:: atomic { finished == TASKS -> goto halt }
	fi;
	if
	:: atomic { !asleep[k] -> goto look }
	:: atomic { finished == TASKS -> goto halt }
	fi;

granted:
	atomic {
		assert(own[k] > TAKEN);
		w = own[k] / 2 - 1;
		use(w, k);
		n = first[k];
		first[k] = NONE;
		if
		:: t != NONE ->
			assert(n == t);
			move(t, MOVING, RUNNING);
			bound[t] = NONE;
			n = NONE;
			if
			:: why == TICK -> goto out
			:: else -> goto entered
			fi
		:: t == NONE && n != NONE -> goto start
		:: else -> goto schedule
		fi
	};

out: /* the handler returns */
	atomic {
		unuse(w, k);
		w = NONE;
		inl[k] = 0;
		masked[k] = 0;
		if
#ifndef FAULT_EARLY_TEST
		:: leaving -> goto test
#endif
		:: else -> goto code
		fi
	};

halt:
	skip
}

/* A choice among the carriers: one line of a selection for each. */
#if CARRIERS == 2
#define EACH(line) line(0) line(1)
#elif CARRIERS == 3
#define EACH(line) line(0) line(1) line(2)
#else
#define EACH(line) line(0) line(1) line(2) line(3)
#endif

#ifdef FAULT_SPARE_LATER
#define MAY_TAKE 1
#else
#define MAY_TAKE (spares != 0)
#endif
#define LOOKS_ASLEEP(c) :: asks > 0 && MAY_TAKE && HELD(own[c]) -> k = c

proctype lookout()
{
	byte k; /* the carrier that seems to be asleep in the kernel */
	byte w;
	byte to;
	byte i;

	do
	:: atomic { finished == TASKS -> break }
	:: atomic {
		/* State and clock are hints: any carrier may look asleep. */
		if
		EACH(LOOKS_ASLEEP)
		fi;
		w = own[k] / 2 - 1;
#ifndef FAULT_SPARE_LATER
		reserve(to)
#endif
	   };
	   atomic { /* the CAS that asks */
		if
		:: own[k] != WORD(w) -> goto back
		:: else ->
			own[k] = ASKED(w);
			asks--
		fi
	   };
#if !defined(FAULT_NO_MEMBARRIER) && !defined(FENCE_AT_ENTER)
	   d_step { /* membarrier: what any thread has stored is seen */
		i = 0;
		do
		:: i < CARRIERS -> inm[i] = inl[i]; i++
		:: else -> break
		od;
		i = 0
	   };
#endif
	   if
	   :: inm[k] ->
#ifdef FAULT_STORE_RETRACTED
		own[k] = WORD(w);
#else
		atomic { /* the CAS that retracts */
			if
			:: own[k] == ASKED(w) -> own[k] = WORD(w)
			:: else -> skip
			fi
		};
#endif
		goto back
	   :: else -> skip
	   fi;
#ifdef FAULT_STORE_TAKEN
	   own[k] = TAKEN;
#else
	   atomic { /* the CAS that takes */
		if
		:: own[k] == ASKED(w) -> own[k] = TAKEN
		:: else -> goto back
		fi
	   };
#endif
#ifdef FAULT_SPARE_LATER
	   atomic { spares -> reserve(to) };
#endif
	   give(w, to, NONE);
	   goto next;
back:
#ifndef FAULT_SPARE_LATER
	   spares = spares | (1 << to);
#endif
next:
	   atomic { k = 0; w = 0; to = 0 }
	od
}

#define DRAINS(c)   :: atomic { inm[c] != inl[c] -> inm[c] = inl[c] }
#define TICKS_IN(c) :: atomic { ticks > 0 && inl[c] && !masked[c] && !pending[c] -> \
			ticks--; pending[c] = 1 }

/* The machine: store buffers drain at any time, ticks come at any time while in. */
proctype machine()
{
	do
	EACH(DRAINS)
	EACH(TICKS_IN)
	:: finished == TASKS -> break
	od
}

init
{
	byte i = 0;
	byte j;
	byte holders;

	atomic {
		do
		:: i < CARRIERS ->
			inl[i] = 1;
			inm[i] = 1;
			first[i] = NONE;
			if
			:: i < WORKERS ->
				own[i] = WORD(i);
				user[i] = i
			:: else -> spares = spares | (1 << i)
			fi;
			i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < TASKS ->
			calls[i] = CALLS;
			bound[i] = NONE;
			queue!i;
			i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < CARRIERS ->
			run carrier(i);
			i++
		:: else -> break
		od;
		run lookout();
		run machine()
	};
	/* All came to their end, so no task is lost; each worker is held once, so none is lost. */
	_nr_pr == 1 ->
	d_step {
		i = 0;
		do
		:: i < WORKERS ->
			holders = 0;
			j = 0;
			do
			:: j < CARRIERS ->
				if
				:: own[j] / 2 == i + 1 -> holders++
				:: else -> skip
				fi;
				j++
			:: else -> break
			od;
			assert(holders == 1);
			i++
		:: else -> break
		od
	}
}
