/* SPDX-License-Identifier: MIT */
/*
 * Interrupting a thread by a signal, and telling whether it runs or sleeps. Ours are told from
 * others by a cookie in the siginfo; others go to the handler that was there before.
 */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SIGNALS = 65 };

static pthread_mutex_t interrupts_mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned users[SIGNALS];
static struct sigaction old_actions[SIGNALS];
static hki_os_interrupt_fn *on_interrupt;
static const char cookie;

static void pass_on(int signal, siginfo_t *info, void *context)
{
	const struct sigaction *old = &old_actions[signal];
	if (old->sa_flags & SA_SIGINFO)
		old->sa_sigaction(signal, info, context);
	else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN)
		old->sa_handler(signal);
}

static void handle(int signal, siginfo_t *info, void *context)
{
	int saved = errno;
	if (info->si_code == SI_QUEUE && info->si_value.sival_ptr == &cookie)
		on_interrupt(context);
	else
		pass_on(signal, info, context);
	errno = saved;
}

int hki_os_interrupts_catch(int signal, hki_os_interrupt_fn *fn)
{
	int result = 0;
	pthread_mutex_lock(&interrupts_mutex);
	on_interrupt = fn;
	if (users[signal]++ == 0) {
		struct sigaction action = { .sa_sigaction = handle,
			.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
		sigemptyset(&action.sa_mask);
		if (sigaction(signal, &action, &old_actions[signal]) != 0) {
			result = -errno;
			users[signal]--;
		}
	}
	pthread_mutex_unlock(&interrupts_mutex);
	return result;
}

/* A handler that was installed over ours stays: it may call ours, so ours stays too. */
void hki_os_interrupts_release(int signal)
{
	pthread_mutex_lock(&interrupts_mutex);
	struct sigaction now;
	if (--users[signal] == 0 && sigaction(signal, NULL, &now) == 0 &&
		(now.sa_flags & SA_SIGINFO) && now.sa_sigaction == handle)
		sigaction(signal, &old_actions[signal], NULL);
	pthread_mutex_unlock(&interrupts_mutex);
}

void hki_os_interrupts_allow(int signal)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, signal);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

void hki_os_interrupt(uint32_t thread_id, int signal)
{
	siginfo_t info;
	memset(&info, 0, sizeof info);
	info.si_signo = signal;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_ptr = (void *)(uintptr_t)&cookie;
	syscall(SYS_rt_tgsigqueueinfo, getpid(), (pid_t)thread_id, signal, &info);
}

int hki_os_thread_state_open(uint32_t thread_id)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/task/%u/stat", thread_id);
	return hki_os_keep_clear(open(path, O_RDONLY | O_CLOEXEC));
}

/* "1234 (name) S ...": the name may hold anything, so the last parenthesis counts. */
char hki_os_thread_state(int fd)
{
	char text[64];
	ssize_t len = pread(fd, text, sizeof text, 0);
	for (ssize_t i = len - 3; i > 0; i--) {
		if (text[i] == ')')
			return text[i + 2];
	}
	return 0;
}

int64_t hki_os_thread_cpu_time(uint32_t thread_id)
{
	/* What pthread_getcpuclockid() gives for a live thread: its number,
	   CPUCLOCK_PERTHREAD_MASK, CPUCLOCK_SCHED. */
	clockid_t clock = (clockid_t)((~thread_id << 3) | 6);
	struct timespec time;
	if (clock_gettime(clock, &time) != 0)
		return -1;
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int membarrier(int command)
{
	return (int)syscall(SYS_membarrier, command, 0, 0);
}

bool hki_os_barrier_open(void)
{
	return membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

void hki_os_barrier(void)
{
	membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
}

int hki_os_cpu_here(void)
{
	return sched_getcpu();
}

void hki_os_thread_bring(uint32_t thread_id, int cpu, struct os_cpus *before)
{
	const unsigned bits = 8 * sizeof before->bits[0];
	unsigned index = (unsigned)cpu / bits;
	struct os_cpus here = { { 0 }, true };
	if (cpu < 0 || (size_t)cpu >= 8 * sizeof before->bits)
		return;
	if (syscall(SYS_sched_getaffinity, thread_id, sizeof before->bits, before->bits) < 0)
		return;
	here.bits[index] = 1UL << (unsigned)cpu % bits;
	if (before->bits[index] & here.bits[index])
		before->known =
			syscall(SYS_sched_setaffinity, thread_id, sizeof here.bits, here.bits) == 0;
}

void hki_os_thread_free(struct os_cpus *before)
{
	if (before->known)
		syscall(SYS_sched_setaffinity, 0, sizeof before->bits, before->bits);
	before->known = false;
}

/* The layout that sched_setattr(2) describes; glibc has it only since 2.41. */
struct attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

void hki_os_thread_hasten(int64_t runtime_ns)
{
	struct attributes attributes = { .size = sizeof attributes };
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	/* Where that is allowed; of this thread alone. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), -20);
	if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0) {
		attributes.runtime = (uint64_t)runtime_ns;
		syscall(SYS_sched_setattr, 0, &attributes, 0);
	}
}
