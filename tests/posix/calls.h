/* SPDX-License-Identifier: MIT */
/*
 * The blocking calls of libc that a signal cuts short, each made so that it waits. The same table
 * is called with libhocket-posix and without it, in tasks and outside: it has to hold anywhere.
 */
#ifndef POSIX_CALLS_H
#define POSIX_CALLS_H

#include <stdatomic.h>

#include "../check_hocket.h"

struct call {
	const char *name;
	/* Makes the call so that it waits for ns (or a little more, where its unit is longer), and
	   fails the test when its result or errno is not what POSIX says, or when it ends early. */
	void (*make)(hk_time ns);
	/* libhocket-posix leaves all of it to the kernel: others run once the lookout has seen to
	   that. Else the task parks, and they run at once. */
	bool in_kernel;
};

/* Calls that wait to the end of their own time. */
extern const struct call timed_calls[];
extern const int timed_count;

/* Calls that wait until a thread does something, after ns. */
extern const struct call woken_calls[];
extern const int woken_count;

/* Blocks SIGUSR2, which some of the calls wait for: before hk_run(), so that every carrier has it
   blocked. */
void calls_prepare(void);

/* errno, with the address that it has now: the task may have changed its thread. */
int error_now(void);

/* Does act(arg) on a thread, ns from now, again each millisecond until helper_end(). */
struct helper {
	pthread_t thread;
	hk_time ns;
	void (*act)(void *arg);
	void *arg;
	bool once;
	_Atomic hk_time acted; /* when it first did; 0: not yet */
	atomic_bool over;
};
void helper_start(struct helper *helper, hk_time ns, void (*act)(void *), void *arg);
void helper_end(struct helper *helper);

/* Two connected sockets with little room between them; the first waits for ns at most. */
void socket_pair(int ends[2], hk_time ns);
/* Fills the socket or pipe until nothing fits any more. */
void fill(int fd);

#endif
