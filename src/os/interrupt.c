/* SPDX-License-Identifier: MIT */
/*
 * Interrupting a thread by a signal. Ours are told from others by a cookie in the siginfo; others
 * go to the handler that was there before.
 */
#include "os/os.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/atomic.h"

enum { SIGNALS = 65 };

static pthread_mutex_t interrupts_mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned users[SIGNALS];
static struct sigaction old_actions[SIGNALS];
/* The same for all runs, set by each: */
static hki_os_interrupt_fn *on_interrupt;
static const char cookie;
static pid_t process; /* who we are, for the siginfo */
static uid_t user;

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
		ld_rlx (&on_interrupt)(context);
	else
		pass_on(signal, info, context);
	errno = saved;
}

int hki_os_interrupts_catch(int signal, hki_os_interrupt_fn *fn)
{
	int result = 0;
	pthread_mutex_lock(&interrupts_mutex);
	st_rlx(&on_interrupt, fn);
	st_rlx(&process, getpid());
	st_rlx(&user, getuid());
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

static int send_to(pid_t pid, pid_t thread_id, int signal)
{
	siginfo_t info;
	memset(&info, 0, sizeof info);
	info.si_signo = signal;
	info.si_code = SI_QUEUE;
	info.si_pid = pid;
	info.si_uid = ld_rlx(&user);
	info.si_value.sival_ptr = (void *)(uintptr_t)&cookie;
	return syscall(SYS_rt_tgsigqueueinfo, pid, thread_id, signal, &info) == 0 ? 0 : -errno;
}

void hki_os_interrupt(uint32_t thread_id, int signal)
{
	(void)send_to(ld_rlx(&process), (pid_t)thread_id, signal);
}

/* Signal 0 asks whether it may be sent, and sends none. */
int hki_os_interrupts_check(void)
{
	return send_to(getpid(), (pid_t)syscall(SYS_gettid), 0);
}
