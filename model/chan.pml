/* SPDX-License-Identifier: MIT */
/*
 * Channels and select: who sends, receives, selects, gives up waiting, closes. README.md says what
 * is modelled; model/check runs it, alone and with each fault.
 *
 * A party does one operation again and again: P0 ... P2 are two digits, a case each, 0: none.
 * 1 and 2 are to send to channel A and to receive from it, 3 and 4 are the same with B.
 */
#ifndef PARTIES
#define PARTIES 2
#endif
#ifndef P0
#define P0 14
#endif
#ifndef P1
#define P1 23
#endif
#ifndef P2
#define P2 0
#endif
#ifndef R0
#define R0 1 /* how often */
#endif
#ifndef R1
#define R1 1
#endif
#ifndef R2
#define R2 1
#endif
#ifndef SELECTS
#define SELECTS 3 /* parties that use select, a bit each; the others have one case */
#endif
#ifndef TIMED
#define TIMED 0 /* parties whose first wait may time out or be cancelled, a bit each */
#endif
#ifndef CAPACITY
#define CAPACITY 0 /* or 1 */
#endif
#ifndef CLOSES
#define CLOSES 0 /* channels that somebody closes at any time, a bit each */
#endif

#define NONE 255

/* Waiter w is case w % 2 of party w / 2; it offers the item w + 1. */
#define CASES	 (2 * PARTIES)
#define KIND(w)	 kind[w]
#define SENDS(w) (kind[w] % 2)
#define CHAN(w)	 ((kind[w] - 1) / 2)
#define ITEM(w)	 ((w) + 1)
byte kind[CASES];

/* How an operation ended. */
#define AGAIN 0
#define OK    1
#define PIPE  2
#define GONE  3

bit locked[2];
bit closed[2];
byte ring[2]; /* the item, or 0 */
chan senders[2] = [CASES] of { byte };
chan receivers[2] = [CASES] of { byte };

/* How a wait stands: the one word that claims, time-out and withdrawal compete for. */
#define RUNS	0
#define SLEEPS	1
#define CLAIMED 2
#define LEFT	3
byte sleeper[PARTIES];
byte happened[PARTIES]; /* the waiter whose case was done by who claimed, or NONE */

/* Of a waiter: its memory is the party's stack. */
bit queued[CASES];
byte item[CASES]; /* received */
byte result[CASES];
bit there[CASES];   /* ghost: the memory is a waiter's */
byte moved[CASES];  /* ghost: how often its item was taken, in this operation */
byte flying[CASES]; /* ghost: items taken from it and not yet returned by a receive */

inline lock(c)
{
	atomic { !locked[c] -> locked[c] = 1 }
}

inline unlock(c)
{
	locked[c] = 0
}

inline move(w)
{
	assert(moved[w] == 0);
	moved[w]++;
	flying[w]++
}

/* hki_waitq_claim_first(); the lock is held */
inline claim_first(queue)
{
	other = NONE;
	do
	:: other == NONE && nempty(queue) ->
		d_step {
			queue?other;
			assert(there[other]);
			queued[other] = 0;
			if
#ifdef FAULT_CLAIM_BLIND
			:: true -> sleeper[other / 2] = CLAIMED
#else
			:: sleeper[other / 2] == SLEEPS -> sleeper[other / 2] = CLAIMED
			:: else -> other = NONE
#endif
			fi
		};
		if
		:: other != NONE -> d_step { assert(there[other]); happened[other / 2] = other }
		:: else -> skip
		fi
	:: other != NONE || empty(queue) -> break
	od
}

#ifdef FAULT_COPIED_UNLOCKED
#define DROP(c)	  unlock(c)
#define RETAKE(c) lock(c)
#else
#define DROP(c)	  skip
#define RETAKE(c) skip
#endif

/* hki_chan_try_send() */
inline try_send(w)
{
	if
	:: closed[CHAN(w)] -> done = PIPE
	:: else ->
		other = NONE;
#ifdef FAULT_RING_FIRST
		if
		:: CAPACITY && !ring[CHAN(w)] -> skip
		:: else -> claim_first(receivers[CHAN(w)])
		fi;
#else
		claim_first(receivers[CHAN(w)]);
#endif
		DROP(CHAN(w));
		d_step {
			if
			:: other != NONE ->
				assert(there[other]);
				item[other] = ITEM(w);
				move(w);
				done = OK
			:: other == NONE && CAPACITY && !ring[CHAN(w)] ->
				ring[CHAN(w)] = ITEM(w);
				move(w);
				done = OK
			:: else -> done = AGAIN
			fi
		};
		RETAKE(CHAN(w))
	fi
}

/* hki_chan_try_recv() */
inline try_recv(w)
{
	d_step {
		item[w] = ring[CHAN(w)];
		ring[CHAN(w)] = 0
	};
#ifdef FAULT_SENDER_FORGOTTEN
	other = NONE;
	if
	:: !item[w] -> claim_first(senders[CHAN(w)])
	:: else -> skip
	fi;
#else
	claim_first(senders[CHAN(w)]);
#endif
	DROP(CHAN(w));
	d_step {
		if
		:: other != NONE ->
			assert(there[other]);
			move(other);
			if
			:: item[w] -> ring[CHAN(w)] = ITEM(other)
			:: else -> item[w] = ITEM(other)
			fi
		:: else -> skip
		fi;
		done = (item[w] -> OK : (closed[CHAN(w)] -> PIPE : AGAIN))
	};
	RETAKE(CHAN(w))
}

/* Leaves the lock held. */
inline try(w)
{
	lock(CHAN(w));
	if
	:: SENDS(w) -> try_send(w)
	:: else -> try_recv(w)
	fi;
	other = NONE
}

inline push(w)
{
	there[w] = 1;
	queued[w] = 1;
	result[w] = OK;
	if
	:: SENDS(w) -> senders[CHAN(w)]!w
	:: else -> receivers[CHAN(w)]!w
	fi
}

/* The queue's lock is held. */
inline leave(w)
{
	if
	:: queued[w] ->
		queued[w] = 0;
		if
		:: SENDS(w) -> senders[CHAN(w)]??eval(w)
		:: else -> receivers[CHAN(w)]??eval(w)
		fi
	:: else -> skip
	fi
}

/* hki_sleeper_wait() */
inline sleep()
{
	if
	:: sleeper[self] == CLAIMED -> skip
#ifdef FAULT_TIMEOUT_BLIND
	:: timed -> sleeper[self] = LEFT; left = 1
#else
	:: atomic { timed && sleeper[self] == SLEEPS -> sleeper[self] = LEFT; left = 1 }
#endif
	fi
}

/* operate() */
inline operate()
{
	w = 2 * self;
	try(w);
	if
	:: done == AGAIN && timed -> done = GONE /* its time was over before it slept */
	:: done == AGAIN ->
		d_step { sleeper[self] = SLEEPS; push(w) };
		unlock(CHAN(w));
		sleep();
		lock(CHAN(w));
		d_step {
#ifdef FAULT_LEFT_QUEUED
			if
			:: left -> queued[w] = 0
			:: else -> skip
			fi;
#endif
			leave(w);
			done = (left -> GONE : result[w])
		}
	:: else -> skip
	fi;
	unlock(CHAN(w))
}

/* can_go(): another case of the same select is no partner */
#define PARTNERS(w) (SENDS(w) -> len(receivers[CHAN(w)]) : len(senders[CHAN(w)]))
#define OWN(w)	    (queued[(w) ^ 1] && KIND((w) ^ 1) == ((KIND(w) - 1) ^ 1) + 1)
#define ROOM(w)	    (SENDS(w) -> CAPACITY && !ring[CHAN(w)] : ring[CHAN(w)] != 0)
#ifdef FAULT_LOOK_FIRST
#define CAN_GO(w) 0
#else
#define CAN_GO(w) (closed[CHAN(w)] || ROOM(w) || PARTNERS(w) > OWN(w))
#endif

/* hki_case_watch(); nothing is claimed under the lock, so all of it is one step */
inline watch(v)
{
	w = v;
	atomic {
		!locked[CHAN(w)] ->
		ready = CAN_GO(w);
		if
		:: !ready -> push(w)
		:: else -> skip
		fi
	}
}

/* hki_case_forget() */
inline forget(v)
{
	w = v;
	if
#ifdef FAULT_FORGET_UNLOCKED
	:: there[w] && !queued[w] -> skip
	:: there[w] && queued[w] ->
#else
	:: there[w] ->
#endif
		atomic { !locked[CHAN(w)] -> leave(w) }
	:: else -> skip
	fi
}

#define TRY(v)                                                                                     \
	w = v;                                                                                     \
	try(w);                                                                                    \
	unlock(CHAN(w));                                                                      \
	if                                                                                         \
	:: done != AGAIN -> break                                                                  \
	:: else -> skip                                                                            \
	fi

/* hk_select() */
inline select_case()
{
	do
	:: true ->
		if
		:: first = 2 * self
		:: KIND(2 * self + 1) -> first = 2 * self + 1
		fi;
		TRY(first);
		if
		:: KIND(2 * self + 1) -> TRY(first ^ 1)
		:: else -> skip
		fi;
		/* wait_any() */
		if
		:: timed -> done = GONE; break
		:: sleeper[self] = SLEEPS
		fi;
		watch(first);
		if
		:: !ready && KIND(2 * self + 1) -> watch(first ^ 1)
		:: else -> skip
		fi;
#ifdef FAULT_TRIES_QUEUED
		if
		:: ready -> try(w); unlock(CHAN(w))
		:: else -> skip
		fi;
#endif
		if
		:: atomic { ready && sleeper[self] == SLEEPS -> sleeper[self] = LEFT }
		:: !ready || sleeper[self] == CLAIMED -> sleep()
		fi;
#ifdef FAULT_FORGETS_OTHERS
		if
		:: happened[self] != NONE -> forget(happened[self])
		:: else -> forget(2 * self); forget(2 * self + 1)
		fi;
#else
		forget(2 * self);
		forget(2 * self + 1);
#endif
		if
		:: happened[self] != NONE -> w = happened[self]; done = result[w]; break
		:: happened[self] == NONE && left -> done = GONE; break
#ifdef FAULT_TRIES_QUEUED
		:: happened[self] == NONE && !left && ready && done != AGAIN -> break
#endif
		:: else -> atomic { there[2 * self] = 0; there[2 * self + 1] = 0; ready = 0 }
		fi
	od
}

/* Ghost: what the party w / 2 was told is what became of its items, and nothing is left of it. */
inline over(w)
{
	i = 2 * self;
	do
	:: i < 2 * self + 2 && KIND(i) ->
		assert(!queued[i]);
		assert(moved[i] == (SENDS(i) && i == w && done == OK));
		assert((item[i] != 0) == (!SENDS(i) && i == w && done == OK));
		if
		:: item[i] ->
			assert(flying[item[i] - 1] > 0);
			flying[item[i] - 1]--;
			item[i] = 0
		:: else -> skip
		fi;
		moved[i] = 0;
		there[i] = 0;
		result[i] = AGAIN;
		i++
	:: else -> break
	od;
	i = 0
}

proctype party(byte self; byte rounds)
{
	byte w, first, other, done, i;
	bit ready, left;
	bit timed = (TIMED >> self) & 1;

	do
	:: rounds > 0 ->
		if
		:: (SELECTS >> self) & 1 -> select_case()
		:: else -> operate()
		fi;
		atomic {
			over(w);
			if
			:: done == GONE -> timed = 0 /* comes again */
			:: else -> rounds--
			fi;
			sleeper[self] = RUNS;
			happened[self] = NONE;
			done = AGAIN;
			left = 0;
			ready = 0;
			w = 0;
			first = 0;
			other = 0
		}
	:: else -> break
	od
}

#if CLOSES
inline refuse(queue)
{
	other = 0;
	do
	:: other != NONE ->
		claim_first(queue);
		if
		:: other != NONE -> d_step { assert(there[other]); result[other] = PIPE }
		:: else -> break
		fi
	od
}

/* hk_chan_close() */
proctype closer(byte c)
{
	byte other;

	lock(c);
	closed[c] = 1;
#ifndef FAULT_SENDERS_LEFT
	refuse(senders[c]);
#endif
	refuse(receivers[c]);
	unlock(c)
}
#endif

#define PLAN(p) ((p) == 0 -> P0 : ((p) == 1 -> P1 : P2))

init
{
	byte i;

	atomic {
		do
		:: i < PARTIES ->
			kind[2 * i] = PLAN(i) / 10;
			kind[2 * i + 1] = PLAN(i) % 10;
			happened[i] = NONE;
			i++
		:: else -> break
		od;
		i = 0;
		run party(0, R0);
		run party(1, R1);
#if PARTIES > 2
		run party(2, R2);
#endif
#if CLOSES & 1
		run closer(0);
#endif
#if CLOSES & 2
		run closer(1);
#endif
	};
	(_nr_pr == 1) ->
	d_step {
		do
		:: i < 2 ->
			assert(empty(senders[i]) && empty(receivers[i]) && !locked[i]);
			if
			:: ring[i] -> flying[ring[i] - 1]--
			:: else -> skip
			fi;
			i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < CASES -> assert(flying[i] == 0); i++
		:: else -> break
		od
	}
}
