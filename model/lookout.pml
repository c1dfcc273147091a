/* SPDX-License-Identifier: MIT */
/*
 * When the lookout sleeps: not while somebody waits though all workers are busy. README.md says
 * what is modelled; model/check runs it, alone and with each fault.
 *
 * A starter is a worker on which a wait begins that nobody idle will see to: a ready task is
 * pushed and no worker is idle, or a timed wait begins and no idle worker polls.
 */
#ifndef STARTERS
#define STARTERS 2
#endif
#ifndef ROUNDS
#define ROUNDS 2 /* waits that each starter begins */
#endif

/* Each word as others see it, and as its last writer does: a store buffer. */
bit waiting[STARTERS];
bit waiting_own[STARTERS];
bit asleep;
bit asleep_own;

bit in_futex; /* the lookout is in the kernel, until the word `asleep` is 0 and it is woken */
byte ended;   /* starters that have come to their end */

inline fence_starter(s)
{
#ifndef FAULT_NO_FENCE_STARTER
	atomic { waiting[s] = waiting_own[s] }
#else
	skip
#endif
}

inline fence_lookout()
{
#ifndef FAULT_NO_FENCE_LOOKOUT
	atomic { asleep = asleep_own }
#else
	skip
#endif
}

proctype starter(byte s)
{
	byte round;

	do
	:: round < ROUNDS ->
		round++;
		waiting_own[s] = 1;
		fence_starter(s);
		if
#ifndef FAULT_NO_POKE
		:: asleep ->
			atomic { /* an exchange, which is a fence too */
				waiting[s] = waiting_own[s];
				asleep = 0;
				asleep_own = 0
			};
			in_futex = 0 /* futex wake */
#endif
		:: else -> skip
		fi;
		!waiting_own[s] /* nobody but the lookout ends this wait */
	:: else -> break
	od;
	ended++
}

proctype lookout()
{
	byte s;

	do
	:: ended == STARTERS -> break
	:: else ->
		/* Sees to those who wait; each visit stands for a slice that ends, a timer ... */
		s = 0;
		do
		:: s < STARTERS ->
			atomic {
				if
				:: waiting[s] -> waiting[s] = 0; waiting_own[s] = 0
				:: else -> skip
				fi
			};
			s++
		:: else -> break
		od;
		asleep_own = 1;
		fence_lookout();
		s = 0;
		do
		:: s < STARTERS && !waiting[s] -> s++
		:: else -> break
		od;
		if
		:: s < STARTERS ->
			atomic { asleep_own = 0; asleep = 0 }
		:: else ->
#ifdef FAULT_BLIND_SLEEP
			in_futex = 1;
#else
			atomic { /* a system call drains the buffer; the kernel compares */
				asleep = asleep_own;
				if
				:: asleep -> in_futex = 1
				:: else -> skip
				fi
			};
#endif
			if
			:: !in_futex -> atomic { asleep_own = 0; asleep = 0 }
			:: ended == STARTERS -> break /* the end of the run pokes too */
			fi
		fi;
		s = 0
	od
}

/* Store buffers drain at any time. */
proctype machine()
{
	do
	:: atomic { asleep != asleep_own -> asleep = asleep_own }
	:: atomic { waiting[0] != waiting_own[0] -> waiting[0] = waiting_own[0] }
#if STARTERS > 1
	:: atomic { waiting[1] != waiting_own[1] -> waiting[1] = waiting_own[1] }
#endif
#if STARTERS > 2
	:: atomic { waiting[2] != waiting_own[2] -> waiting[2] = waiting_own[2] }
#endif
	:: ended == STARTERS -> break
	od
}

init
{
	byte s;

	atomic {
		do
		:: s < STARTERS ->
			run starter(s);
			s++
		:: else -> break
		od;
		run lookout();
		run machine()
	}
}
