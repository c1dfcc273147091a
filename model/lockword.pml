/* SPDX-License-Identifier: MIT */
/*
 * The lock word of mutex and readers-writer lock: overtaking, wake-ups, hand-over, time-outs, and
 * the memory of the lock. README.md says what is modelled; model/check runs it, alone and with each
 * fault.
 */
#ifndef USERS
#define USERS 3
#endif
#ifndef SHARED
#define SHARED 0 /* those that share the lock, a bit each */
#endif
#ifndef TIMED
#define TIMED 0 /* those whose wait may end without the lock, a bit each */
#endif
#ifndef AGAIN
#define AGAIN 1 /* who gave up comes once more, without a deadline; 0: goes away */
#endif
#ifndef ROUNDS
#define ROUNDS 1 /* how often each takes the lock */
#endif
#ifndef MEET
#define MEET 0 /* that many share it at the same time, before one of them gives it up */
#endif

#define NONE 255

/* The word, a byte here: seven can share it. */
#define HELD	     1
#define WAITERS	     2
#define WOKEN	     4
#define HANDOFF	     8
#define WRITER_WAITS 16
#define READER	     32
byte word;

#define SHARES(p) ((SHARED >> (p)) & 1)
#define UNIT	  (SHARES(self) -> READER : HELD)
#define RIVALS	  (HELD | HANDOFF)

/* lockword_is_free() */
#define FREE(w)                                                                                    \
	(SHARES(self) -> !((w) & (RIVALS | WRITER_WAITS)) : !((w) & RIVALS) && (w) < READER)
/* A reader that was the first in the queue does not mind the writers behind it. */
#ifdef FAULT_READER_MINDS
#define FREE_AGAIN(w) FREE(w)
#else
#define FREE_AGAIN(w) (SHARES(self) && tries_again -> FREE((w) & ~WRITER_WAITS) : FREE(w))
#endif

/* lockword_leaves_easily() */
#ifdef FAULT_UNTAKE_BLIND
#define EASY(w) !((w) & HANDOFF)
#else
#define EASY(w)                                                                                    \
	(!((w) & WAITERS) || (SHARES(self) && (w) / READER != 1) ||                                \
		((w) & (WOKEN | HANDOFF)) == WOKEN)
#endif

/* How a wait stands: the one word that claim and time-out compete for. */
#define RUNS	0
#define SLEEPS	1
#define CLAIMED 2
#define LEFT	3
byte sleeper[USERS];
bit granted[USERS];

bit queue_lock;
byte queue[USERS];
byte queued; /* how many are in it */

bit freed;	     /* ghost: the memory of lock and queue */
byte users = USERS;  /* ghost: who have still to take it for the last time */
byte readers, alone; /* ghost: who has it */
byte met;	     /* ghost */
byte untried;	     /* ghost: taken out of the queue to try, not tried yet */

inline touch()
{
	assert(!freed)
}

inline lock_queue()
{
	atomic { touch(); !queue_lock -> queue_lock = 1 }
}

/* What must be so whenever the queue's lock is free. */
inline unlock_queue()
{
	atomic {
		touch();
		assert(queued == 0 || (word & WAITERS));
		assert(!(word & HANDOFF) || ((word & WAITERS) && (word & HELD || word >= READER)));
		assert((word & (HANDOFF | WOKEN)) != (HANDOFF | WOKEN));
		assert(untried == (word & WOKEN) / WOKEN);
		queue_lock = 0
	}
}

inline remove(at)
{
	i = at;
	do
	:: i + 1 < queued -> queue[i] = queue[i + 1]; i++
	:: else -> break
	od;
	queued--;
	queue[queued] = 0;
	i = 0
}

inline push()
{
	if
	:: tries_again ->
		i = queued;
		do
		:: i > 0 -> queue[i] = queue[i - 1]; i--
		:: else -> break
		od;
		queue[0] = self
	:: else -> queue[queued] = self
	fi;
	queued++;
	sleeper[self] = SLEEPS
}

/* hki_waitq_claim_head(); NONE: it had left */
inline claim_head()
{
	d_step {
		other = queue[0];
		assert(sleeper[other] != RUNS); /* its stack is still there */
		remove(0);
		if
#ifdef FAULT_CLAIM_BLIND
		:: true -> sleeper[other] = CLAIMED
#else
		:: sleeper[other] == SLEEPS -> sleeper[other] = CLAIMED
		:: else -> other = NONE
#endif
		fi
	}
}

inline claim_first()
{
	other = NONE;
	do
	:: queued > 0 && other == NONE -> claim_head()
	:: else -> break
	od
}

/* queue_bits() */
inline look_at_queue()
{
	bits = (queued > 0 -> WAITERS : 0);
	i = 0;
	do
	:: i < queued ->
		bits = bits | (SHARES(queue[i]) -> 0 : WRITER_WAITS);
		i++
	:: else -> break
	od;
	i = 0
}

inline tidy()
{
	d_step {
		touch();
		look_at_queue();
#ifdef FAULT_HANDOFF_KEPT
		word = word & (bits | ~(WAITERS | WRITER_WAITS));
#else
		word = word & (bits | ~(WAITERS | WRITER_WAITS | (bits -> 0 : HANDOFF)));
#endif
		bits = 0
	}
}

#ifdef FAULT_READER_MINDS_HANDOFF
#define BLOCKS_READER HELD | HANDOFF
#else
#define BLOCKS_READER HELD
#endif

inline wake_reader()
{
	if
	:: atomic {
		queued > 0 && SHARES(queue[0]) && !(word & (WOKEN | BLOCKS_READER)) -> touch()
	   };
	   claim_first();
	   if
	   :: other != NONE -> d_step { touch(); word = (word | WOKEN) & ~HANDOFF; untried++ }
	   :: else -> skip
	   fi
	:: else -> skip
	fi
}

/* Ghost: has got the lock; gives it up. */
inline holds()
{
	assert(alone == 0 && (SHARES(self) || readers == 0));
	if
	:: SHARES(self) -> readers++
	:: else -> alone++
	fi
}

inline yields()
{
	if
	:: SHARES(self) -> readers--
	:: else -> alone--
	fi
}

#ifdef FAULT_WOKEN_KEPT
#define TRIED 0
#else
#define TRIED (tries_again -> WOKEN : 0)
#endif

/* take_or_mark(); the queue's lock is held */
inline take_or_mark()
{
	atomic {
		touch();
		if
		:: tries_again -> untried--; bits = HANDOFF /* it has waited for too long */
		:: tries_again -> untried--
		:: !tries_again
		fi;
		saw = word;
#ifdef FAULT_MARK_APART
	};
	atomic {
#endif
		if
		:: !FREE_AGAIN(saw) || !FREE_AGAIN(word) ->
			word = (word | bits | WAITERS | (SHARES(self) -> 0 : WRITER_WAITS)) & ~TRIED
		:: else ->
			word = (word + UNIT) & ~TRIED;
			holds();
			got = 1
		fi;
		saw = 0;
		bits = 0
	}
}

/* hki_lockword_lock(); got: whether it has the lock */
inline lock()
{
	got = 0;
	tries_again = 0;
	atomic {
		touch();
		if
		:: FREE(word) ->
			word = word + UNIT;
			holds();
			got = 1
		:: else -> skip
		fi
	};
	if
	:: got -> skip
	:: else ->
		lock_queue();
		do
		:: true ->
			take_or_mark();
			if
			:: got -> break
			:: !got && timed -> break /* its time was over before it slept */
			:: !got -> d_step { touch(); push() }
			fi;
			unlock_queue();
			if
			:: sleeper[self] == CLAIMED -> skip
			:: atomic {
				timed && sleeper[self] == SLEEPS -> sleeper[self] = LEFT; left = 1
			   }
			fi;
#ifdef FAULT_GRANTED_GOES_ON
			if
			:: granted[self] -> holds(); got = 1; goto goes_on
			:: else -> skip
			fi;
#endif
			lock_queue();
			atomic {
				if
				:: left ->
#ifndef FAULT_LEFT_QUEUED
					do
					:: i < queued && queue[i] == self -> remove(i); break
					:: i < queued && queue[i] != self -> i++
					:: else -> i = 0; break
					od;
#endif
					sleeper[self] = RUNS;
					left = 0;
					break
				:: !left && granted[self] ->
					holds();
					got = 1;
					sleeper[self] = RUNS;
					break
				:: else -> sleeper[self] = RUNS; tries_again = 1
				fi
			}
		od;
		tidy();
#ifndef FAULT_NO_WAKE_READER
		if
		:: !got || SHARES(self) -> wake_reader()
		:: else -> skip
		fi;
#endif
		unlock_queue();
#ifdef FAULT_GRANTED_GOES_ON
goes_on:
		sleeper[self] = RUNS;
#endif
		granted[self] = 0
	fi;
	atomic { tries_again = 0; other = 0 }
}

/* grant() */
inline grant()
{
	do
	:: queued > 0 && (units == 0 || SHARES(queue[0])) ->
		claim_head();
		if
		:: other == NONE -> skip
		:: else ->
			d_step {
				granted[other] = 1;
				units = units + (SHARES(other) -> READER : HELD)
			};
			if
			:: units == HELD -> break
			:: else -> skip
			fi
		fi
	:: else -> break
	od
}

/* release() */
inline release()
{
	atomic {
		touch();
		look_at_queue();
		if
		:: units > 0 && queued > 0 -> bits = bits | HANDOFF /* the next has waited long */
		:: skip
		fi;
		if
		:: units == 0 && queued > 0 -> bits = bits | (word & HANDOFF)
		:: else -> skip
		fi;
		if
		:: units == 0 -> bits = bits | WOKEN; untried++
		:: else -> skip
		fi;
		yields();
		word = (((word - UNIT) & ~(WAITERS | WRITER_WAITS | HANDOFF)) + units) | bits;
		bits = 0
	}
}

/* hki_lockword_unlock() */
inline unlock()
{
	do
	:: true ->
		atomic {
			touch();
			if
			:: EASY(word) -> yields(); word = word - UNIT; break
			:: else -> skip
			fi
		};
		lock_queue();
		d_step { touch(); saw = word };
		if
		:: EASY(saw) -> unlock_queue()
		:: else ->
			units = 0;
			if
#ifndef FAULT_HANDOFF_WAKES
			:: saw & HANDOFF ->
				grant();
				got = units == 0
#endif
			:: else ->
				claim_first();
				got = other == NONE
			fi;
			if
			:: got -> tidy()
			:: else ->
#ifndef FAULT_RELEASE_AFTER
				release();
#endif
				skip
			fi;
			unlock_queue();
			if
			:: got -> skip
			:: else ->
#ifdef FAULT_RELEASE_AFTER
				release();
#endif
				break
			fi
		fi
	od;
	atomic { units = 0; got = 0; other = 0; saw = 0 }
}

proctype user(byte self)
{
	byte round, saw, bits, units, other, i;
	bit tries_again, got, left, last;
	bit timed = (TIMED >> self) & 1;

	do
	:: round < ROUNDS ->
		lock();
		if
		:: !got && AGAIN -> timed = 0
		:: !got && !AGAIN -> users--; break
		:: got ->
			round++;
			/* Who knows that nobody else will use it may free it. */
			atomic {
				if
				:: round == ROUNDS -> users--
				:: else -> skip
				fi;
				last = users == 0 && !SHARES(self);
				met = met + SHARES(self)
			};
			if
			:: SHARES(self) -> met >= MEET
			:: else -> skip
			fi;
			unlock();
			if
			:: last -> freed = 1
			:: else -> skip
			fi
		fi
	:: else -> break
	od
}

init
{
	byte i;

	atomic {
		do
		:: i < USERS -> run user(i); i++
		:: else -> break
		od
	};
	(_nr_pr == 1) ->
	assert(word == 0 && queued == 0 && !queue_lock && untried == 0)
}
