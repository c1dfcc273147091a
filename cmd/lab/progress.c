/* SPDX-License-Identifier: MIT */
/* The progress bar: a thread that draws while the experiment waits for its programs. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#include "lab.h"

#define BAR 20

struct lab_progress {
	pthread_t thread;
	pthread_mutex_t lock; /* over all below */
	pthread_cond_t changed;
	unsigned steps;
	unsigned step; /* counted from 1 */
	const char *what;
	unsigned workers;
	bool closing;
	bool drawn;
	hk_time begin;
};

/* The cursor stays at the start, so that a message of the program writes over the bar. */
static void draw(struct lab_progress *progress)
{
	unsigned done = progress->step > 0 ? progress->step - 1 : 0;
	unsigned filled = progress->steps > 0 ? done * BAR / progress->steps : 0;
	char bar[BAR + 1];
	memset(bar, '.', BAR);
	memset(bar, '#', filled < BAR ? filled : BAR);
	bar[BAR] = '\0';
	fprintf(stderr, "\033[K[%s] %u of %u: %s, workers=%u, %.1f s\r", bar, progress->step,
		progress->steps, progress->what, progress->workers,
		(double)(hk_now() - progress->begin) / (double)HK_S);
	progress->drawn = true;
}

static void *draw_until_closed(void *arg)
{
	struct lab_progress *progress = arg;
	pthread_mutex_lock(&progress->lock);
	hk_time next = progress->begin + HK_S;
	while (!progress->closing) {
		struct timespec until = { next / HK_S, next % HK_S };
		pthread_cond_timedwait(&progress->changed, &progress->lock, &until);
		if (progress->closing || hk_now() < next)
			continue;
		if (progress->step > 0)
			draw(progress);
		next = hk_now() + 200 * HK_MS;
	}
	if (progress->drawn)
		fputs("\033[K", stderr);
	pthread_mutex_unlock(&progress->lock);
	return NULL;
}

/* Signals are for the main thread, which waits for the programs. */
static int start(struct lab_progress *progress)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	int err = pthread_create(&progress->thread, NULL, draw_until_closed, progress);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

struct lab_progress *lab_progress_open(unsigned steps)
{
	const char *terminal = getenv("TERM");
	if (!isatty(STDERR_FILENO) || terminal == NULL || strcmp(terminal, "dumb") == 0)
		return NULL;
	struct lab_progress *progress = calloc(1, sizeof(*progress));
	if (progress == NULL)
		return NULL;
	progress->steps = steps;
	progress->begin = hk_now();
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&progress->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&progress->lock, NULL);
	if (start(progress) == 0)
		return progress;
	free(progress);
	return NULL;
}

void lab_progress_step(struct lab_progress *progress, const char *what, unsigned workers)
{
	if (progress == NULL)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->step++;
	progress->what = what;
	progress->workers = workers;
	pthread_mutex_unlock(&progress->lock);
}

void lab_progress_close(struct lab_progress *progress)
{
	if (progress == NULL)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->closing = true;
	pthread_cond_signal(&progress->changed);
	pthread_mutex_unlock(&progress->lock);
	pthread_join(progress->thread, NULL);
	pthread_cond_destroy(&progress->changed);
	pthread_mutex_destroy(&progress->lock);
	free(progress);
}
