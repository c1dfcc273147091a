/* SPDX-License-Identifier: MIT */
/*
 * What the files of libhocket-posix share. Each public function of theirs has the name of a libc
 * function, and does what that does; inside a task, the task waits and not its kernel thread
 * (doc/internals/posix.md).
 */
#ifndef ADOPT_POSIX_H
#define ADOPT_POSIX_H

#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <hocket.h>

/* What stands behind our functions of the same name: libc's, or those of a library between. */
#define REAL_CALLS(CALL)                                                                           \
	CALL(accept)                                                                               \
	CALL(accept4)                                                                              \
	CALL(clock_nanosleep)                                                                      \
	CALL(connect)                                                                              \
	CALL(epoll_pwait)                                                                          \
	CALL(epoll_wait)                                                                           \
	CALL(msgrcv)                                                                               \
	CALL(msgsnd)                                                                               \
	CALL(nanosleep)                                                                            \
	CALL(pause)                                                                                \
	CALL(poll)                                                                                 \
	CALL(ppoll)                                                                                \
	CALL(pselect)                                                                              \
	CALL(read)                                                                                 \
	CALL(recv)                                                                                 \
	CALL(recvfrom)                                                                             \
	CALL(recvmsg)                                                                              \
	CALL(select)                                                                               \
	CALL(sem_clockwait)                                                                        \
	CALL(sem_timedwait)                                                                        \
	CALL(sem_wait)                                                                             \
	CALL(semop)                                                                                \
	CALL(semtimedop)                                                                           \
	CALL(send)                                                                                 \
	CALL(sendmsg)                                                                              \
	CALL(sendto)                                                                               \
	CALL(sigsuspend)                                                                           \
	CALL(sigtimedwait)                                                                         \
	CALL(sigwait)                                                                              \
	CALL(sigwaitinfo)                                                                          \
	CALL(sleep)                                                                                \
	CALL(usleep)                                                                               \
	CALL(write)

#define REAL_POINTER(name) __typeof__(&name) name;
struct real {
	REAL_CALLS(REAL_POINTER)
};

const struct real *real(void);

/* Whether the caller is a task that may wait; if not, it gets the real call. */
bool in_task(void);

/*
 * errno of the thread that the task is on now. A compiler may keep its address across a call after
 * which the task may be on another thread: so it is never used but through these two.
 */
int error_get(void);
void error_set(int error);

/*
 * The end of a call that may have waited. A result of -1 comes with `error`; after any other, errno
 * is what it was before the call, although the thread may be another.
 */
long finish(long result, int error, int before);

/* Deadlines and durations. Those that are too long to count end shortly before HK_FOREVER. */
bool span_valid(const struct timespec *span);
hk_time span_ns(const struct timespec *span);
hk_time deadline_after(hk_time ns);
struct timespec time_left(hk_time deadline);

/*
 * Calls that only the kernel can wait for, made while the task's worker is lent to others:
 *	IN_KERNEL(name, type of the result, the call with members of *c, the members)
 * defines struct name, and name_call(), which makes it through hk_blocking().
 */
#define IN_KERNEL(name, type, call, ...)                                                           \
	struct name {                                                                              \
		type result;                                                                       \
		int error;                                                                         \
		__VA_ARGS__                                                                        \
	};                                                                                         \
	static int name##_body(void *arg)                                                          \
	{                                                                                          \
		struct name *c = arg;                                                              \
		c->result = call;                                                                  \
		c->error = error_get();                                                            \
		return 0;                                                                          \
	}                                                                                          \
	static type name##_call(struct name *c)                                                    \
	{                                                                                          \
		int before = error_get();                                                          \
		hk_blocking(name##_body, c);                                                       \
		return (type)finish(c->result, c->error, before);                                  \
	}

/* poll() with a deadline, for a task. */
int poll_until(struct pollfd *fds, nfds_t n, hk_time deadline);

/* Waiting for a descriptor between two attempts of a call that never waits itself. */
struct waiting {
	int fd;
	short events;
	int limit; /* the socket option with the longest time: SO_RCVTIMEO or SO_SNDTIMEO */
	bool begun;
	hk_time deadline;
	unsigned contradictions; /* poll() says ready, the attempt says not */
};

enum waited {
	WAITED_READY,	  /* try again */
	WAITED_STOP,	  /* *error says why it cannot or must not be waited for */
	WAITED_UNSETTLED, /* cannot be waited for here: let the kernel do it */
};

enum waited waiting_next(struct waiting *waiting, int *error);

/* send() and its kin, and write() on a socket. The flags are without MSG_DONTWAIT. */
ssize_t send_waiting(int fd, const struct msghdr *message, int flags);
/* recv() with MSG_DONTWAIT, and a wait while that says EAGAIN. */
ssize_t receive_waiting(int fd, void *buf, size_t len);

#endif
