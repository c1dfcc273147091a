/* SPDX-License-Identifier: MIT */
/* Faults: tells a task's stack overflow from any other fault, which goes where it went before. */
#include "os/os.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

enum { FAULTS = 2 };
static const int fault_signals[FAULTS] = { SIGSEGV, SIGBUS };

/* Handlers are of the process, runtimes come and go: `users` counts them. */
static pthread_mutex_t faults_mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned users;
static hki_os_fault_fn *judge;
static struct sigaction old_actions[FAULTS];

/* Gives the fault to the handler that was there before; the default one kills the process. */
static void pass_on(int signal, siginfo_t *info, void *context)
{
	struct sigaction *old = &old_actions[signal == SIGSEGV ? 0 : 1];
	if (old->sa_flags & SA_SIGINFO) {
		old->sa_sigaction(signal, info, context);
		return;
	}
	if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
		old->sa_handler(signal);
		return;
	}
	/* The faulting instruction runs again on return, and the default action ends the process.
	 */
	struct sigaction kill = { .sa_handler = SIG_DFL };
	sigaction(signal, &kill, NULL);
	if (info->si_code <= 0)
		raise(signal);
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	if (info->si_code > 0 && judge(info->si_addr)) {
		struct sigaction kill = { .sa_handler = SIG_DFL };
		sigaction(signal, &kill, NULL);
		return;
	}
	pass_on(signal, info, context);
}

/* A handler that was installed over ours stays: it may call ours, so ours stays too. */
static void restore(int count)
{
	for (int i = 0; i < count; i++) {
		struct sigaction now;
		if (sigaction(fault_signals[i], NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) &&
			now.sa_sigaction == on_fault)
			sigaction(fault_signals[i], &old_actions[i], NULL);
	}
}

int hki_os_faults_catch(hki_os_fault_fn *fn)
{
	int result = 0;
	pthread_mutex_lock(&faults_mutex);
	if (users == 0) {
		judge = fn;
		struct sigaction action = { .sa_sigaction = on_fault,
			.sa_flags = SA_SIGINFO | SA_ONSTACK };
		sigemptyset(&action.sa_mask);
		for (int i = 0; i < FAULTS && !result; i++) {
			if (sigaction(fault_signals[i], &action, &old_actions[i]) != 0) {
				result = -errno;
				restore(i);
			}
		}
	}
	users += !result;
	pthread_mutex_unlock(&faults_mutex);
	return result;
}

void hki_os_faults_release(void)
{
	pthread_mutex_lock(&faults_mutex);
	if (--users == 0)
		restore(FAULTS);
	pthread_mutex_unlock(&faults_mutex);
}

static size_t altstack_size(void)
{
	size_t frame = (size_t)getauxval(AT_MINSIGSTKSZ);
	size_t size = 4 * (frame ? frame : 4096);
	if (size < 32768)
		size = 32768;
	size_t page = hki_os_page_size();
	return (size + page - 1) / page * page;
}

int hki_os_altstack_set(struct os_altstack *stack)
{
	stack->size = altstack_size();
	stack->at = hki_os_map(stack->size);
	if (!stack->at) {
		stack->size = 0;
		return -ENOMEM;
	}
	stack_t set = { .ss_sp = stack->at, .ss_size = stack->size };
	stack_t old;
	if (sigaltstack(&set, &old) != 0) {
		int error = errno;
		hki_os_unmap(stack->at, stack->size);
		stack->size = 0;
		return -error;
	}
	stack->old_at = old.ss_sp;
	stack->old_size = old.ss_size;
	stack->old_flags = old.ss_flags;
	return 0;
}

void hki_os_altstack_reset(struct os_altstack *stack)
{
	if (!stack->size)
		return;
	stack_t old = { .ss_sp = stack->old_at,
		.ss_size = stack->old_size,
		.ss_flags = stack->old_flags & SS_DISABLE };
	sigaltstack(&old, NULL);
	hki_os_unmap(stack->at, stack->size);
	stack->size = 0;
}
