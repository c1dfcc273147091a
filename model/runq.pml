/* SPDX-License-Identifier: MIT */
/*
 * The ready tasks of one worker: ring, slot, thieves, the common queue they spill into. README.md
 * says what is modelled; model/check runs it, alone and with each fault.
 */
#ifndef SIZE
#define SIZE 4 /* of the ring */
#endif
#ifndef THIEVES
#define THIEVES 1
#endif
#ifndef TASKS
#define TASKS 6 /* that the owner pushes */
#endif
#ifndef WOKEN
#define WOKEN 1 /* how many of them, the last, were woken */
#endif
#ifndef ROUNDS
#define ROUNDS 2 /* of each thief */
#endif

#define NONE 255

/* head and tail count on, the place is the remainder. */
byte head;
byte tail;
byte ring[SIZE];
byte slot = NONE;

/* The entry that the owner has stored and others do not see yet. */
byte stored = NONE;
byte stored_at;

bit taken[TASKS]; /* ghost: by whomever */
byte done;	  /* ghost: how many were */

inline take(task)
{
	atomic {
		assert(task != NONE && !taken[task]);
		taken[task] = 1;
		done++
	}
}

/* It is seen: at any time, and before a release. */
inline drain()
{
	if
	:: stored != NONE -> ring[stored_at] = stored; stored = NONE
	:: else -> skip
	fi
}

/* localq_take_slot() */
inline take_slot(task)
{
	task = slot;
	if
	:: task == NONE -> skip
	:: else ->
#ifdef FAULT_SLOT_NOT_EXCHANGED
		slot = NONE
#else
		atomic { task = slot; slot = NONE }
#endif
	fi
}

/* localq_push(); the task is in the common queue if it, with half of the ring, was spilled. */
inline push(task)
{
	h = head;
	if
#ifdef FAULT_OVERWRITES
	:: tail - h == SIZE + 1 ->
#else
	:: tail - h == SIZE ->
#endif
		spill();
		take(task)
	:: else ->
		atomic { drain(); stored = task; stored_at = tail % SIZE };
#ifdef FAULT_TAIL_FIRST
		tail++
#else
		atomic { drain(); tail++ }
#endif
	fi
}

/* hki_localq_spill() */
inline spill()
{
	h = head;
	i = SIZE / 2;
	if
	:: tail - h == SIZE ->
		atomic {
			drain();
			if
#ifdef FAULT_SPILL_BLIND
			:: true -> head = h + SIZE / 2; i = 0
#else
			:: head == h -> head = h + SIZE / 2; i = 0
			:: else -> skip
#endif
			fi
		}
	:: else -> skip
	fi;
	do
	:: i < SIZE / 2 -> take(ring[(h + i) % SIZE]); i++
	:: else -> break
	od
}

/* localq_take_ring(). The owner sees its own entry before others do. */
inline take_ring(task)
{
	h = head;
	do
	:: task == NONE && h != tail ->
		task = (stored != NONE && stored_at == h % SIZE -> stored : ring[h % SIZE]);
		atomic {
			drain();
			if
#ifdef FAULT_OWNER_BLIND
			:: true -> head = h + 1
#else
			:: head == h -> head = h + 1
			:: else -> h = head; task = NONE
#endif
			fi
		}
	:: else -> break
	od
}

proctype owner()
{
	byte next; /* to be pushed */
	byte task;
	byte h;
	byte i;

	do
	:: next < TASKS - WOKEN -> push(next); next++
	:: next >= TASKS - WOKEN && next < TASKS -> /* localq_push_woken() */
		if
		:: slot == NONE -> slot = next
		:: else -> push(next)
		fi;
		next++
	:: atomic { stored != NONE -> drain() }
	:: true -> /* localq_pop(): the slot first, or, when that has been so too often, last */
		task = NONE;
		if
		:: take_slot(task)
		:: skip
		fi;
		take_ring(task);
		if
		:: task == NONE -> take_slot(task)
		:: else -> skip
		fi;
		if
		:: task != NONE -> take(task)
		:: task == NONE && next == TASKS -> break
		:: else -> skip
		fi
	od
}

/* hki_localq_steal(), into a queue of its own, from which nobody steals. */
proctype thief()
{
	byte round;
	byte h;
	byte count;
	byte i;
	byte task;
	byte got[SIZE];

	do
	:: round < ROUNDS ->
		round++;
		h = head;
		do
		:: true ->
			count = tail - h;
			if
			:: count == 0 ->
				take_slot(task);
				if
				:: task != NONE -> take(task)
				:: else -> skip
				fi;
				break
			:: count > SIZE -> h = head
			:: else ->
				count = count - count / 2;
#ifdef FAULT_HEAD_FIRST
				atomic {
					if
					:: head == h -> head = h + count
					:: else -> h = head; count = 0
					fi
				};
#endif
				i = 0;
				do
				:: i < count -> got[i] = ring[(h + i) % SIZE]; i++
				:: else -> break
				od;
#ifndef FAULT_HEAD_FIRST
				atomic {
					if
#ifdef FAULT_THIEF_BLIND
					:: true -> head = h + count
#else
					:: head == h -> head = h + count
					:: else -> h = head; count = 0
#endif
					fi
				};
#endif
				i = 0;
				do
				:: i < count -> take(got[i]); i++
				:: else -> break
				od;
				if
				:: count > 0 -> break
				:: else -> skip
				fi
			fi
		od;
		atomic {
			i = 0;
			do
			:: i < SIZE -> got[i] = 0; i++
			:: else -> break
			od;
			h = 0;
			count = 0;
			task = 0;
			i = 0
		}
	:: else -> break
	od
}

init
{
	byte i;

	atomic {
		run owner();
		do
		:: i < THIEVES -> run thief(); i++
		:: else -> break
		od
	};
	(_nr_pr == 1) -> assert(done == TASKS && head == tail && slot == NONE)
}
