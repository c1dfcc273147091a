/* SPDX-License-Identifier: MIT */
/*
 * What nobody but the kernel can wait for: semaphores, message queues, signals. Tried without
 * waiting where that is possible; else the thread waits and its worker is lent to others.
 */
#include "posix.h"

IN_KERNEL(kernel_sem, int, real()->sem_wait(c->sem), sem_t *sem;)
IN_KERNEL(kernel_sem_clock, int, real()->sem_clockwait(c->sem, c->clock, c->deadline), sem_t *sem;
	  clockid_t clock; const struct timespec *deadline;)
IN_KERNEL(kernel_msgrcv, ssize_t, real()->msgrcv(c->queue, c->buf, c->len, c->type, c->flags),
	  int queue;
	  void *buf; size_t len; long type; int flags;)
IN_KERNEL(kernel_msgsnd, int, real()->msgsnd(c->queue, c->buf, c->len, c->flags), int queue;
	  const void *buf; size_t len; int flags;)
IN_KERNEL(kernel_semop, int, real()->semtimedop(c->set, c->ops, c->count, c->span), int set;
	  struct sembuf * ops; size_t count; const struct timespec *span;)
IN_KERNEL(kernel_sigtimedwait, int, real()->sigtimedwait(c->set, c->info, c->span),
	  const sigset_t *set;
	  siginfo_t * info; const struct timespec *span;)
IN_KERNEL(kernel_sigwait, int, real()->sigwait(c->set, c->signal), const sigset_t *set;
	  int *signal;)
IN_KERNEL(kernel_sigsuspend, int, real()->sigsuspend(c->mask), const sigset_t *mask;)
IN_KERNEL(kernel_pause, int, real()->pause(), char unused;)

/* Whether a semaphore was free; errno stays as it was, for the call that follows. */
static bool taken(sem_t *sem)
{
	int before = error_get();
	if (sem_trywait(sem) == 0)
		return true;
	error_set(before);
	return false;
}

HK_API int sem_wait(sem_t *sem)
{
	if (!in_task())
		return real()->sem_wait(sem);
	if (taken(sem))
		return 0;
	struct kernel_sem call = { .sem = sem };
	return kernel_sem_call(&call);
}

HK_API int sem_clockwait(sem_t *restrict sem, clockid_t clock,
	const struct timespec *restrict deadline)
{
	if (!in_task() || !span_valid(deadline) ||
		(clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
		return real()->sem_clockwait(sem, clock, deadline);
	if (taken(sem))
		return 0;
	struct kernel_sem_clock call = { .sem = sem, .clock = clock, .deadline = deadline };
	return kernel_sem_clock_call(&call);
}

HK_API int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict deadline)
{
	if (!in_task())
		return real()->sem_timedwait(sem, deadline);
	return sem_clockwait(sem, CLOCK_REALTIME, deadline);
}

HK_API ssize_t msgrcv(int queue, void *buf, size_t len, long type, int flags)
{
	if ((flags & IPC_NOWAIT) || !in_task())
		return real()->msgrcv(queue, buf, len, type, flags);
	int before = error_get();
	ssize_t got = real()->msgrcv(queue, buf, len, type, flags | IPC_NOWAIT);
	if (got >= 0 || error_get() != ENOMSG)
		return got;
	error_set(before);
	struct kernel_msgrcv call = { .queue = queue,
		.buf = buf,
		.len = len,
		.type = type,
		.flags = flags };
	return kernel_msgrcv_call(&call);
}

HK_API int msgsnd(int queue, const void *buf, size_t len, int flags)
{
	if ((flags & IPC_NOWAIT) || !in_task())
		return real()->msgsnd(queue, buf, len, flags);
	int before = error_get();
	int sent = real()->msgsnd(queue, buf, len, flags | IPC_NOWAIT);
	if (sent == 0 || error_get() != EAGAIN)
		return sent;
	error_set(before);
	struct kernel_msgsnd call = { .queue = queue, .buf = buf, .len = len, .flags = flags };
	return kernel_msgsnd_call(&call);
}

HK_API int semtimedop(int set, struct sembuf *ops, size_t count, const struct timespec *span)
{
	if (!in_task())
		return real()->semtimedop(set, ops, count, span);
	struct kernel_semop call = { .set = set, .ops = ops, .count = count, .span = span };
	return kernel_semop_call(&call);
}

HK_API int semop(int set, struct sembuf *ops, size_t count)
{
	if (!in_task())
		return real()->semop(set, ops, count);
	return semtimedop(set, ops, count, NULL);
}

HK_API int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
	const struct timespec *restrict span)
{
	bool waits = span == NULL || span->tv_sec != 0 || span->tv_nsec != 0;
	if (!waits || !in_task())
		return real()->sigtimedwait(set, info, span);
	struct kernel_sigtimedwait call = { .set = set, .info = info, .span = span };
	return kernel_sigtimedwait_call(&call);
}

HK_API int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	if (!in_task())
		return real()->sigwaitinfo(set, info);
	return sigtimedwait(set, info, NULL);
}

HK_API int sigwait(const sigset_t *restrict set, int *restrict signal)
{
	if (!in_task())
		return real()->sigwait(set, signal);
	struct kernel_sigwait call = { .set = set, .signal = signal };
	return kernel_sigwait_call(&call);
}

HK_API int sigsuspend(const sigset_t *mask)
{
	if (!in_task())
		return real()->sigsuspend(mask);
	struct kernel_sigsuspend call = { .mask = mask };
	return kernel_sigsuspend_call(&call);
}

HK_API int pause(void)
{
	if (!in_task())
		return real()->pause();
	struct kernel_pause call = { .unused = 0 };
	return kernel_pause_call(&call);
}
