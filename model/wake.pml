/* SPDX-License-Identifier: MIT */
/*
 * How a wait ends, exactly once: the word of a task, its wait queue, its timer, its cancellation.
 * README.md says what is modelled; model/check runs it, alone and with each fault.
 */
#ifndef WAITS
#define WAITS 2 /* one after another */
#endif
#ifndef POSTS
#define POSTS WAITS /* by as many threads as POSTERS, each of these */
#endif
#ifndef POSTERS
#define POSTERS 1
#endif
#ifndef TIMED
#define TIMED 0 /* waits with a deadline, a bit each */
#endif
#ifndef DEAF
#define DEAF 0 /* waits that are no cancellation points, a bit each */
#endif
#ifndef CANCELS
#define CANCELS 0 /* 1: the task is cancelled, at any time */
#endif

#define NONE 255

/* Phases of the word, and how a wait ends. */
#define RUN	0
#define PARKING 1
#define PARKED	2
#define WOKEN	3
#define FOUND	0
#define TIMEOUT 1
#define CANCEL	2

/* The word: one store. */
byte phase;
byte outcome;
bit cancelled;
bit deaf;

bit queue_lock;
bit queued;   /* the task is in the wait queue */
byte permits; /* posted while nobody waited */
bit timer_lock;
bit armed;
bit ready;    /* it is in the run queue */
bit on_stack = 1; /* ghost */
byte wait;	  /* ghost: the number of the present one */
byte posted, handed, taken;

inline lock(word)
{
	atomic { !word -> word = 1 }
}

inline make_ready()
{
	atomic {
		assert(!ready && !on_stack);
		ready = 1
	}
}

/* hki_wake_claim() and hki_wake_flush(): the word is read, then compared and changed. The caller
   holds a lock; *won: whether it has decided; *parked: it must make the task ready. */
inline claim(how)
{
	won = 0;
	atomic { saw = phase; saw_deaf = deaf; saw_cancel = cancelled };
	do
	:: saw != PARKING && saw != PARKED -> break
#ifndef FAULT_DEAF_IGNORED
	:: (saw == PARKING || saw == PARKED) && how == CANCEL && saw_deaf -> break
	:: (saw == PARKING || saw == PARKED) && !(how == CANCEL && saw_deaf) ->
#else
	:: (saw == PARKING || saw == PARKED) ->
#endif
		atomic {
			if
#ifdef FAULT_BLIND_CLAIM
			:: true ->
#else
			:: phase == saw && deaf == saw_deaf && cancelled == saw_cancel ->
#endif
				assert(how != CANCEL || !deaf);
				assert(how != TIMEOUT || ((TIMED >> wait) & 1));
				phase = WOKEN;
				outcome = how;
				won = 1
#ifndef FAULT_BLIND_CLAIM
			:: else -> saw = phase; saw_deaf = deaf; saw_cancel = cancelled
#endif
			fi
		};
		if
		:: won -> break
		:: else -> skip
		fi
	od
}

inline flush()
{
	if
#ifdef FAULT_QUEUES_ALWAYS
	:: won -> make_ready()
#else
	:: won && saw == PARKED -> make_ready()
#endif
	:: else -> skip
	fi;
	won = 0
}

proctype task()
{
	byte saw;
	bit saw_cancel;
	byte how;

	do
	:: wait < WAITS ->
		lock(queue_lock);
		if
		:: permits > 0 -> atomic { permits--; taken++ }; queue_lock = 0; goto next
		:: else -> skip
		fi;
		/* hki_park_begin() */
		saw_cancel = cancelled;
		do
		:: saw_cancel && !((DEAF >> wait) & 1) -> queue_lock = 0; goto next
		:: else ->
			atomic {
				if
#ifdef FAULT_CANCEL_UNSEEN
				:: true ->
#else
				:: cancelled == saw_cancel ->
#endif
					assert(phase == RUN);
					phase = PARKING;
					deaf = (DEAF >> wait) & 1;
					break
#ifndef FAULT_CANCEL_UNSEEN
				:: else -> saw_cancel = cancelled
#endif
				fi
			}
		od;
		if
		:: (TIMED >> wait) & 1 -> lock(timer_lock); armed = 1; timer_lock = 0
		:: else -> skip
		fi;
		queued = 1;
		queue_lock = 0;
		/* hki_park(): found woken, or it switches away */
		if
		:: phase == WOKEN -> goto over
		:: else -> skip
		fi;
#ifndef FAULT_PARKED_ON_STACK
		on_stack = 0;
#endif
		/* hki_native_settle(), on the next stack */
		saw = phase;
		do
		:: saw == WOKEN ->
#ifndef FAULT_SETTLE_SILENT
			make_ready();
#endif
			break
		:: saw != WOKEN ->
			atomic {
				if
#ifdef FAULT_BLIND_SETTLE
				:: true -> phase = PARKED; break
#else
				:: phase == saw -> phase = PARKED; break
				:: else -> saw = phase
#endif
				fi
			}
		od;
#ifdef FAULT_PARKED_ON_STACK
		on_stack = 0;
#endif
		atomic { ready -> ready = 0; on_stack = 1 };
over:		assert(phase == WOKEN);
		how = outcome;
#ifndef FAULT_TIMER_LEFT
		if
		:: (TIMED >> wait) & 1 -> lock(timer_lock); armed = 0; timer_lock = 0
		:: else -> skip
		fi;
#endif
		atomic { phase = RUN; outcome = 0; deaf = 0 };
		lock(queue_lock);
		assert(queued == (how != FOUND));
		queued = 0;
		queue_lock = 0;
next:		atomic { wait++; saw = 0; saw_cancel = 0; how = 0 }
	:: else -> break
	od
}

proctype poster()
{
	byte n;
	byte saw;
	bit saw_deaf, saw_cancel, won;

	do
	:: n < POSTS ->
		n++;
		lock(queue_lock);
		posted++;
		if
		:: queued -> claim(FOUND)
		:: else -> skip
		fi;
		if
		:: won -> atomic { queued = 0; handed++ }
		:: else -> permits++
		fi;
		queue_lock = 0;
		flush()
	:: else -> break
	od
}

/* hki_timers_expire(), when the time has come */
proctype timers()
{
	byte saw;
	bit saw_deaf, saw_cancel, won;

end:	do
	:: atomic { armed && !timer_lock -> timer_lock = 1 };
		armed = 0;
		claim(TIMEOUT);
		timer_lock = 0;
		flush()
	od
}

#if CANCELS
proctype canceller()
{
	byte saw;
	bit saw_deaf, saw_cancel, won;

#ifdef FAULT_LOOK_FIRST
	claim(CANCEL);
	cancelled = 1;
#else
	cancelled = 1;
	claim(CANCEL);
#endif
	flush()
}
#endif

init
{
	byte i;

	atomic {
		run timers();
		run task();
#if CANCELS
		run canceller();
#endif
		do
		:: i < POSTERS -> run poster(); i++
		:: else -> break
		od
	};
	/* The timers stay. */
	(_nr_pr == 2) ->
	assert(wait == WAITS && posted == handed + taken + permits && !ready && on_stack)
}
