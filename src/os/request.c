/* SPDX-License-Identifier: MIT */
/*
 * A signal by which somebody asks for something, from outside the program. The handler that was
 * there before is called as well. All other signals wait meanwhile: a task that were interrupted in
 * the middle would keep what the handler looks at in use until its next turn.
 */
#include "os/os.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "base/atomic.h"

enum { SIGNALS = 65 };

static pthread_mutex_t requests_mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned users[SIGNALS];
static struct sigaction old_actions[SIGNALS];
static hki_os_request_fn *on_request;

static void handle(int signal, siginfo_t *info, void *context)
{
	int saved = errno;
	const struct sigaction *old = &old_actions[signal];
	/* order RE1 acquire: old_actions; pairs with hki_os_requests_catch() */
	bool served = ld_acq(&on_request)();
	if (old->sa_flags & SA_SIGINFO) {
		old->sa_sigaction(signal, info, context);
	} else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
		old->sa_handler(signal);
	} else if (!served && old->sa_handler == SIG_DFL) {
		/* The child of a fork(), where nobody is left to ask. */
		sigaction(signal, old, NULL);
		raise(signal);
	}
	errno = saved;
}

int hki_os_requests_catch(int signal, hki_os_request_fn *fn)
{
	int result = 0;
	pthread_mutex_lock(&requests_mutex);
	if (users[signal]++ == 0) {
		struct sigaction action = { .sa_sigaction = handle,
			.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
		sigfillset(&action.sa_mask);
		sigaction(signal, NULL, &old_actions[signal]);
		/* order RE1 release: old_actions; pairs with handle() */
		st_rel(&on_request, fn);
		if (sigaction(signal, &action, NULL) != 0) {
			result = -errno;
			users[signal]--;
		}
	}
	pthread_mutex_unlock(&requests_mutex);
	return result;
}

/* A handler that was installed over ours stays: it may call ours, so ours stays too. */
void hki_os_requests_release(int signal)
{
	pthread_mutex_lock(&requests_mutex);
	struct sigaction now;
	if (--users[signal] == 0 && sigaction(signal, NULL, &now) == 0 &&
		(now.sa_flags & SA_SIGINFO) && now.sa_sigaction == handle)
		sigaction(signal, &old_actions[signal], NULL);
	pthread_mutex_unlock(&requests_mutex);
}
