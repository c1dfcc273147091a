/* SPDX-License-Identifier: MIT */
/*
 * Who has a carrier to go on with: spares, those that are reserved for sticky tasks or kept for
 * woken ones, hk_blocking(), and tasks that sleep in the kernel. README.md says what is modelled;
 * model/check runs it, alone and with each fault.
 *
 * A step is what one carrier does under rt->lock, or between two enters; that two that ask for a
 * worker cannot miss each other is carrier.pml's. The queue is a set: any order may be the one.
 * Task 0 ends last: it sleeps in the kernel until all others have ended.
 */
#ifndef CARRIERS
#define CARRIERS 3 /* the cap */
#endif
#ifndef MADE
#define MADE CARRIERS /* at the start; the others are for the maker to make */
#endif
#ifndef WORKERS
#define WORKERS 1
#endif
#ifndef TASKS
#define TASKS 3
#endif
#ifndef STICKY
#define STICKY 2 /* bit t: task t is sticky */
#endif
#ifndef TICKS
#define TICKS 1 /* slices that end, in all */
#endif
#ifndef WAITS
#define WAITS 1
#endif
#ifndef YIELDS
#define YIELDS 0
#endif
#ifndef SLEEPS
#define SLEEPS 1 /* in the kernel, besides the one of task 0 */
#endif
#ifndef LENDS
#define LENDS 1 /* calls of hk_blocking() */
#endif

#define NONE	     255
#define OWN(w)	     ((w) + 2)
#define TAKEN	     1
#define IS_STICKY(t) ((STICKY >> (t)) & 1)

/* What a carrier enters the runtime for. */
#define YIELD  0
#define WAIT   1
#define LEND   2 /* hk_blocking() */
#define RETURN 3 /* from the function of hk_blocking() */
#define END    4
#define TICK   5
#define GO_ON  6 /* was granted a worker after it had stood still */

byte own[CARRIERS];
bit in[CARRIERS];
bit sticky[CARRIERS];
bit sleeps[CARRIERS]; /* in the kernel, in its task's code */
bit grant[CARRIERS];
byte first[CARRIERS];
bit asleep[WORKERS]; /* idle, and not roused */

byte spares; /* one bit a carrier */
byte left_over; /* how many of them */
byte reserved;
byte made = MADE;
bit wanted;
bit called; /* the maker was */

byte ready; /* one bit a task */
byte waiting;
byte started;
byte bound[TASKS]; /* the carrier whose stack holds it, or NONE */
byte home[TASKS];  /* ghost: the carrier on which a sticky task began */
byte user[WORKERS]; /* ghost: the carrier that holds it, or NONE */

byte ended;   /* one bit a task */
bit given_up; /* nothing can go on, rightly: there are not enough carriers */
byte ticks = TICKS;
byte waits = WAITS;
byte yields = YIELDS;
byte naps = SLEEPS;
byte lends = LENDS;

#define ALL	  ((1 << TASKS) - 1)
#define ALL_ENDED (ended == ALL || given_up)
#if WORKERS == 1
#define ANY_IDLE (asleep[0])
#else
#define ANY_IDLE (asleep[0] || asleep[1])
#endif

#define LEFT ((left_over) - (reserved))
/* hki_pool_room(): `workers` spares are kept at the cap, unless none would be used up. */
#define KEPT(needed) ((needed) && made == CARRIERS -> WORKERS : 0)
#ifdef FAULT_NONE_KEPT
#define KEEP(needed) 0
#else
#define KEEP(needed) KEPT(needed)
#endif
#ifdef FAULT_STICKY_AS_FRESH
#define EXTRA(t) 0
#else
#define EXTRA(t) IS_STICKY(t)
#endif
#define HAS_ROOM(t, needed)                                                                        \
	(bound[t] != NONE -> (!(needed) || !IS_STICKY(t) || LEFT >= 1) :                           \
			     ((started >> (t)) & 1 ->                                              \
					     LEFT >= (needed) :                                    \
					     LEFT >= (needed) + KEEP(needed) + EXTRA(t)))
#define CAN_POP(t, needed) (((ready >> (t)) & 1) && HAS_ROOM(t, needed))

/* A bound task that needs no spare, for the lookout to know that it would find an heir. */
#define GOES_ON(t) (((ready >> (t)) & 1) && bound[t] != NONE && !IS_STICKY(t))
/* A sticky one for which there is no spare, which is first in the queue. */
#define BLOCKS(t) (((ready >> (t)) & 1) && bound[t] != NONE && IS_STICKY(t) && LEFT < 1)

#define POPPABLE(t) CAN_POP(t, 0)
#define SLEEPS_ON(c) sleeps[c]
#define LENDABLE(c)  (sleeps[c] && own[c] > TAKEN && \
			(LEFT >= 1 || sticky[c] || ANY_TASK(GOES_ON)))

#if TASKS == 2
#define EACH_TASK(line) line(0) line(1)
#define ANY_TASK(is) (is(0) || is(1))
#elif TASKS == 3
#define EACH_TASK(line) line(0) line(1) line(2)
#define ANY_TASK(is) (is(0) || is(1) || is(2))
#else
#define EACH_TASK(line) line(0) line(1) line(2) line(3)
#define ANY_TASK(is) (is(0) || is(1) || is(2) || is(3))
#endif
#if CARRIERS == 2
#define EACH_CARRIER(line) line(0) line(1)
#define ANY_CARRIER(is)	   (is(0) || is(1))
#elif CARRIERS == 3
#define EACH_CARRIER(line) line(0) line(1) line(2)
#define ANY_CARRIER(is)	   (is(0) || is(1) || is(2))
#else
#define EACH_CARRIER(line) line(0) line(1) line(2) line(3)
#define ANY_CARRIER(is)	   (is(0) || is(1) || is(2) || is(3))
#endif

inline reserve()
{
	reserved++;
	assert(reserved <= left_over)
}

inline unreserve()
{
	assert(reserved > 0);
	reserved--
}

inline put(k)
{
	assert(!((spares >> k) & 1));
	own[k] = 0;
	spares = spares | (1 << k);
	left_over++
}

inline take(k)
{
	assert(LEFT >= 1);
	k = 0;
	do
	:: (spares >> k) & 1 -> break
	:: else -> k++
	od;
	spares = spares & ~(1 << k);
	left_over--
}

/* Somebody idle is told to look into the queue. */
inline announce()
{
	if
	:: asleep[0] -> asleep[0] = 0
#if WORKERS > 1
	:: !asleep[0] && asleep[1] -> asleep[1] = 0
#endif
	:: else -> skip
	fi
}

/* pop() of a carrier that leaves its task, or has none. */
#define POPS_OWN(t) :: CAN_POP(t, 0) -> n = t
inline pop(n)
{
	if
	EACH_TASK(POPS_OWN)
	:: else -> n = NONE
	fi;
	if
	:: n == NONE -> skip
	:: else ->
		ready = ready & ~(1 << n);
		if
		:: IS_STICKY(n) && bound[n] == NONE -> reserve()
		:: else -> skip
		fi
	fi
}

/* find_heir(): `to` gets the worker, with the task n or to look for one. NONE: nobody. */
#define POPS_HEIR(t) :: CAN_POP(t, 1) -> n = t
inline find_heir(must, to, n)
{
	if
	EACH_TASK(POPS_HEIR)
	:: else -> n = NONE
	fi;
	if
	:: n == NONE && must && LEFT >= 1 -> take(to)
	:: n == NONE && !(must && LEFT >= 1) -> to = NONE
	:: else ->
		ready = ready & ~(1 << n);
		if
		:: bound[n] != NONE -> to = bound[n]
		:: else ->
			take(to);
			assert((started >> n) & 1 || LEFT >= KEPT(1))
		fi;
		if
		:: IS_STICKY(n) -> reserve()
		:: else -> skip
		fi
	fi
}

/* As that, for a carrier whose own reservation, if it has one, is needed no more then. */
inline find_heir_of(k, must, to, n)
{
	if
	:: sticky[k] -> unreserve()
	:: else -> skip
	fi;
	find_heir(must, to, n);
	if
	:: to == NONE && sticky[k] -> reserve()
	:: else -> skip
	fi
}

/* hki_exec_inherit(): one step, for what is in between is the business of carrier.pml. */
inline inherit(w, from, to, n)
{
	assert(user[w] == from);
	user[w] = to;
	assert(own[to] == 0 && !grant[to]);
	first[to] = (n != NONE && bound[n] == NONE -> n : NONE);
	own[to] = OWN(w);
	grant[to] = 1;
	to = NONE;
	n = NONE
}

proctype carrier(byte k)
{
	byte w = NONE;
	byte t = NONE;	/* the task on this stack */
	byte n = NONE;	/* the task to run next */
	byte to = NONE; /* the carrier that gets the worker */
	byte why;
	bit lent;   /* in the function of hk_blocking() */
	bit ending; /* task 0: all others have ended */

	if
	:: k < WORKERS -> w = k
	:: else -> goto park
	fi;

look: /* hki_exec_next(): no task */
	atomic {
		if
		:: ALL_ENDED -> goto halt
		:: else -> skip
		fi;
		pop(n);
		if
		:: n != NONE -> goto aim
		:: else -> skip
		fi;
		if
		:: ready && made < CARRIERS ->
			wanted = 1;
#ifndef FAULT_MAKER_NOT_CALLED
			called = 1
#endif
		:: else -> skip
		fi;
		asleep[w] = 1
	};
	if
	:: atomic { !asleep[w] -> goto look }
	:: atomic { ALL_ENDED -> goto halt }
	fi;

aim: /* n was popped, and this stack is free */
	atomic {
		if
		:: bound[n] != NONE -> goto give
		:: else -> skip
		fi;
begin:
		assert(!sticky[k] && own[k] == OWN(w));
		t = n;
		n = NONE;
		started = started | (1 << t);
		if
		:: IS_STICKY(t) ->
			assert(home[t] == NONE); /* it began elsewhere */
			home[t] = k;
			bound[t] = k;
			sticky[k] = 1
		:: else -> skip
		fi;
		in[k] = 0;
		goto code
	};

give: /* hki_handoff_spare(), with a task that is bound to another carrier */
	atomic {
		put(k);
		if
		:: IS_STICKY(n) -> reserve()
		:: else -> skip
		fi;
#ifndef FAULT_GIVE_SILENT
		announce();
#endif
		to = bound[n]
	};
	atomic {
		inherit(w, k, to, n);
		w = NONE;
		goto park
	};

code:
	if
	:: atomic { ticks > 0 -> ticks--; why = TICK }
	:: atomic { waits > 0 && !lent && !ending -> waits--; why = WAIT }
	:: atomic { yields > 0 && !lent && !ending -> yields--; why = YIELD }
	:: atomic { lends > 0 && !lent && !ending -> lends--; why = LEND }
	:: atomic { naps > 0 && !ending -> naps--; sleeps[k] = 1 };
		atomic { sleeps[k] = 0; goto code }
	:: atomic { t == 0 && !ending -> sleeps[k] = 1 };
		if
		:: atomic { ended == (ALL & ~1) -> sleeps[k] = 0; ending = 1; goto code }
		:: atomic { given_up -> goto halt }
		fi
	:: atomic { lent -> why = RETURN }
	:: atomic { !lent && (t != 0 || ending) -> why = END }
	fi;
	atomic { /* enter */
		in[k] = 1;
		assert(own[k] != 0);
		if
		:: own[k] == TAKEN -> goto lost
		:: else -> goto entered
		fi
	};

entered:
	atomic {
		assert(own[k] == OWN(w) && user[w] == k);
		if
		:: why == TICK || (why == YIELD && sticky[k]) -> goto hand_over
		:: why == YIELD && !sticky[k] ->
			pop(n);
			if
			:: n == NONE -> goto leave
			:: else ->
				ready = ready | (1 << t);
				t = NONE;
				goto aim
			fi
#ifdef FAULT_STICKY_SWITCHES
		:: why == WAIT -> bound[t] = NONE; goto switch
#else
		:: why == WAIT && sticky[k] -> goto stand_still
		:: why == WAIT && !sticky[k] -> goto switch
#endif
		:: why == LEND -> goto lend
		:: why == RETURN ->
			lent = 0;
			goto leave
		:: why == END && sticky[k] -> goto unstick
		:: why == END && !sticky[k] -> goto end
		fi
	};

switch: /* an ordinary task waits */
	atomic { pop(n) };
	atomic {
		waiting = waiting | (1 << t);
		t = NONE;
		if
		:: n != NONE -> goto aim
		:: else -> goto look
		fi
	};

stand_still: /* hki_handoff_wait() */
	atomic {
		find_heir_of(k, 1, to, n);
		assert(to != NONE);
		own[k] = 0;
		why = GO_ON
	};
	atomic { waiting = waiting | (1 << t) };
	atomic {
		inherit(w, k, to, n);
		w = NONE;
		goto park
	};

hand_over: /* hki_handoff_yield() */
	atomic {
		find_heir_of(k, 0, to, n);
		if
		:: to == NONE -> goto leave
		:: else -> skip
		fi;
		own[k] = 0;
		bound[t] = k;
		ready = ready | (1 << t);
		why = GO_ON
	};
	atomic {
		inherit(w, k, to, n);
		w = NONE;
		goto park
	};

lend: /* hk_blocking(), up to the function */
	atomic {
		lent = 1;
		if
		:: ready -> find_heir_of(k, 0, to, n)
		:: else -> to = NONE
		fi;
		if
		:: to == NONE -> goto leave
		:: else -> skip
		fi;
#ifndef FAULT_LENT_KEPT
		own[k] = TAKEN
#endif
	};
	atomic {
		inherit(w, k, to, n);
		goto leave
	};

unstick:
	atomic {
		unreserve();
		sticky[k] = 0;
		bound[t] = NONE
	};

end:
	atomic {
		pop(n);
		ended = ended | (1 << t);
		t = NONE;
		ending = 0;
		if
		:: n != NONE -> goto aim
		:: else -> goto look
		fi
	};

leave:
	atomic {
		in[k] = 0;
		goto code
	};

lost: /* hki_exec_lost() */
	atomic {
		own[k] = 0;
		bound[t] = k;
		ready = ready | (1 << t);
		announce();
		w = NONE
	};

park:
	if
	:: atomic { grant[k] ->
		grant[k] = 0;
		w = own[k] - 2;
		assert(user[w] == k);
		n = first[k];
		first[k] = NONE;
		if
		:: t != NONE ->
			assert(n == NONE);
			if
			:: !sticky[k] -> bound[t] = NONE
			:: else -> assert(home[t] == k)
			fi;
			if
			:: why == TICK || why == GO_ON -> goto leave
			:: else -> goto entered
			fi
		:: t == NONE && n != NONE -> goto begin
		:: else -> goto look
		fi
	}
	:: atomic { ALL_ENDED -> goto halt }
	fi;

halt:
	skip
}

#ifdef FAULT_BOUND_FIRST
#define FINDS_BOUND (ANY_TASK(GOES_ON) && !ANY_TASK(BLOCKS))
#else
#define FINDS_BOUND ANY_TASK(GOES_ON)
#endif
#ifdef FAULT_RESERVED_UNUSED
#define HAS_RESERVED(c) 0
#else
#define HAS_RESERVED(c) sticky[c]
#endif
#define SLEEPERS(c)                                                                                \
	:: !ANY_IDLE && ready && sleeps[c] && own[c] > TAKEN && !in[c] &&                          \
		(LEFT >= 1 || FINDS_BOUND || HAS_RESERVED(c)) ->                                   \
			k = c

proctype lookout()
{
	byte k; /* the carrier that sleeps in the kernel */
	byte w;
	byte to = NONE;
	byte n = NONE;
	bit was_sticky;

	do
	:: atomic { ALL_ENDED -> break }
	:: atomic { !ANY_IDLE && ready && made < CARRIERS && !called -> wanted = 1; called = 1 }
	:: atomic {
		if
		EACH_CARRIER(SLEEPERS)
		fi;
		w = own[k] - 2
	   };
	   atomic { find_heir(1, to, n) };
	   atomic { /* asks: all or nothing, by the protocol of carrier.pml */
		if
		:: own[k] != OWN(w) || in[k] || (to == NONE && !HAS_RESERVED(k)) -> goto dismiss
		:: else -> skip
		fi;
		own[k] = TAKEN;
		was_sticky = sticky[k]
	   };
	   atomic { /* what was reserved for the task serves now */
		if
		:: was_sticky ->
			unreserve();
			if
			:: to == NONE -> find_heir(1, to, n)
			:: else -> skip
			fi;
#ifndef FAULT_UNRESERVE_SILENT
			announce()
#endif
		:: else -> skip
		fi;
		assert(to != NONE)
	   };
	   atomic {
		inherit(w, k, to, n);
		goto next
	   };
dismiss:
	   atomic { /* one more ready, one more spare: each may be what an idle worker lacks */
		if
		:: n != NONE && IS_STICKY(n) -> unreserve()
		:: else -> skip
		fi;
		if
		:: n != NONE -> ready = ready | (1 << n); announce()
		:: else -> skip
		fi;
		if
		:: to != NONE && (n == NONE || bound[n] == NONE) ->
			put(to);
#ifndef FAULT_DISMISS_SILENT
			announce()
#endif
		:: else -> skip
		fi
	   };
next:
	   atomic { k = 0; w = 0; to = NONE; n = NONE; was_sticky = 0 }
	od
}

#define WAKES(t) :: atomic { (waiting >> t) & 1 -> \
			waiting = waiting & ~(1 << t); ready = ready | (1 << t); announce() }

/* Nothing can go on: is it for want of carriers? */
inline excuse()
{
	/* Each task is in the queue, has ended or, the last one, sleeps. */
	assert((ended | ready | (ANY_CARRIER(SLEEPS_ON) -> 1 : 0)) == ALL);
	i = 0;
	do
	:: i < WORKERS -> assert(asleep[i] || sleeps[user[i]]); i++
	:: else -> break
	od;
	assert(ready && made == CARRIERS);
	assert(!(ANY_IDLE && ANY_TASK(POPPABLE)));
	assert(ANY_IDLE || !ANY_CARRIER(LENDABLE))
}

/* What wakes waiting tasks, and the maker of carriers. */
proctype others()
{
	byte i;

	do
	EACH_TASK(WAKES)
#if MADE < CARRIERS
	:: atomic { called && wanted && made < CARRIERS ->
		called = 0;
		wanted = 0;
		put(made);
		made++;
		announce()
	   }
#endif
	:: atomic { ALL_ENDED -> break }
	:: timeout ->
		d_step {
			excuse();
			given_up = 1
		}
	od
}

init
{
	byte i;

	atomic {
		do
		:: i < CARRIERS ->
			in[i] = 1;
			first[i] = NONE;
			if
			:: i < WORKERS ->
				own[i] = OWN(i);
				user[i] = i
			:: i >= WORKERS && i < MADE -> put(i)
			:: else -> skip
			fi;
			i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < TASKS ->
			bound[i] = NONE;
			home[i] = NONE;
			ready = ready | (1 << i);
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
		i = 0;
		run lookout();
		run others()
	};
	_nr_pr == 1 ->
	d_step {
		i = (given_up -> WORKERS : 0);
		assert(given_up || (reserved == 0 && left_over == made - WORKERS));
		do
		:: i < WORKERS -> assert(own[user[i]] == OWN(i)); i++
		:: else -> break
		od
	}
}
