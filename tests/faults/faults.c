/* SPDX-License-Identifier: MIT */
/*
 * Each call of the library into the system is made to fail, at its first use in a run, its second,
 * its third ... until a run ends without having come so far. Each run is a child process of its
 * own with a time limit. Whatever failed, the run goes on and is right, or ends with that error
 * and one clear sentence; all tasks that were started have ended; no thread, descriptor or mapping
 * is left.
 */
#include "../check_hocket.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "wrap.h"

enum { LIMIT_S = 30, TASKS = 14 };

static const struct fault faults[] = {
	/* What the system may refuse. */
	{ "mmap64", ENOMEM, false },
	{ "mmap64", ENOMEM, true },
	{ "mprotect", ENOMEM, false },
	{ "mprotect", ENOMEM, true },
	{ "madvise", EINVAL, false },
	{ "madvise", EINVAL, true },
	{ "mincore", ENOMEM, true },
	{ "epoll_create1", EMFILE, false },
	{ "epoll_create1", ENOMEM, true },
	{ "epoll_ctl", ENOMEM, false },
	{ "epoll_ctl", ENOSPC, true },
	{ "eventfd", EMFILE, false },
	{ "eventfd", ENOMEM, true },
	{ "pthread_create", EAGAIN, false },
	{ "pthread_create", EAGAIN, true },
	{ "pthread_attr_init", ENOMEM, false },
	{ "pthread_attr_init", ENOMEM, true },
	{ "pthread_setspecific", ENOMEM, true },
	{ "sigaction", EINVAL, false },
	{ "sigaltstack", EPERM, true },
	{ "sched_getcpu", ENOSYS, true },
	{ "sched_getaffinity", EINVAL, true },
	{ "sched_setaffinity", EINVAL, true },
	{ "sched_getattr", EPERM, true },
	{ "sched_setattr", EPERM, true },
	{ "setpriority", EPERM, true },
	{ "prctl", EPERM, true },
	{ "getrlimit64", EPERM, true },
	{ "__sched_cpualloc", ENOMEM, true },
	{ "epoll_pwait2", ENOSYS, true },
	{ "membarrier", EPERM, true },
	{ "rt_tgsigqueueinfo", EAGAIN, false },
	{ "rt_tgsigqueueinfo", EPERM, true },
	/* Files: those in /proc, events and stats. */
	{ "open64", EMFILE, false },
	{ "open64", EACCES, true },
	{ "pread64", ESRCH, true },
	{ "read", EIO, false },
	{ "write", ENOSPC, false },
	{ "write", EIO, true },
	{ "preadv64v2", EIO, false },
	{ "preadv64v2", EOPNOTSUPP, true },
	{ "pwritev64v2", EIO, false },
	{ "pwritev64v2", EOPNOTSUPP, true },
	/* What is no error: too little, too early. */
	{ "read", FAULT_SHORT, false },
	{ "write", FAULT_SHORT, false },
	{ "write", FAULT_SHORT, true },
	{ "preadv64v2", FAULT_SHORT, false },
	{ "pwritev64v2", FAULT_SHORT, false },
	{ "read", EINTR, false },
	{ "read eventfd", EINTR, false },
	{ "write", EINTR, false },
	{ "write eventfd", EINTR, false },
	{ "preadv64v2", EINTR, false },
	{ "pwritev64v2", EINTR, false },
	{ "epoll_pwait2", EINTR, false },
	{ "epoll_wait", EINTR, false },
	{ "poll", EINTR, false },
	{ "ppoll", EINTR, false },
	{ "futex wait", EINTR, false },
	{ "futex wait", EAGAIN, false },
};
enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

/* --- the program --- */

static _Atomic int begun, ended, errors;
static struct hk_mutex m;
static struct hk_sem sem;
static int ends[2];
static bool writer_began;

/* How long a task computes. The first attempt at a fault is to come to each call, also to those
   that the lookout makes for who computes, though it may be held up. */
static long compute_us;

/* What a call of the library returned: an error is the task's result. */
static int pass(ssize_t result)
{
	if (result >= 0)
		return 0;
	errors++;
	return (int)result;
}

static int finish(int result)
{
	ended++;
	return result;
}

static int nap(void *arg)
{
	(void)arg;
	begun++;
	HK_LOCKED(&m)
		hk_yield();
	hk_sem_post(&sem);
	return finish(pass(hk_sleep(200 * HK_US)));
}

static int block(void *arg)
{
	struct timespec time = { .tv_nsec = HK_MS };

	(void)arg;
	begun++;
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &time, &time) != 0)
		;
	return finish(pass(hk_sem_wait_until(&sem, hk_now() + HK_S)));
}

static int compute(void *arg)
{
	struct timespec time;
	long end;

	(void)arg;
	begun++;
	clock_gettime(CLOCK_MONOTONIC, &time);
	end = time.tv_sec * 1000000 + time.tv_nsec / 1000 + compute_us;
	while (time.tv_sec * 1000000 + time.tv_nsec / 1000 < end)
		clock_gettime(CLOCK_MONOTONIC, &time);
	return finish(0);
}

/* The writer closes its end whatever happens, so that the reader does not wait for ever. */
static int write_pipe(void *arg)
{
	ssize_t n = 0;

	(void)arg;
	begun++;
	writer_began = true;
	for (int i = 0; i < 3 && n >= 0; i++) {
		n = hk_sleep(100 * HK_US);
		if (n >= 0)
			n = hk_write(ends[1], "hello", 5);
	}
	close(ends[1]);
	return finish(pass(n));
}

static int read_pipe(void *arg)
{
	char text[16];
	ssize_t n;

	(void)arg;
	begun++;
	do {
		n = hk_read(ends[0], text, sizeof(text));
	} while (n > 0);
	return finish(pass(n));
}

static int spawn_all(void *arg)
{
	struct hk_task_options sticky = HK_TASK_OPTIONS_INIT, large = HK_TASK_OPTIONS_INIT;
	int result;

	(void)arg;
	begun++;
	sticky.flags = HK_STICKY;
	large.stack_size = 1 << 20;
	{
		HK_SCOPE(s);
		hk_spawn(&s, write_pipe, NULL);
		hk_spawn(&s, read_pipe, NULL);
		for (int i = 0; i < 3; i++) {
			hk_spawn(&s, nap, NULL);
			hk_spawn(&s, block, NULL);
			hk_spawn(&s, compute, NULL);
		}
		hk_spawn_with(&s, &sticky, nap, NULL);
		hk_spawn_with(&s, &large, nap, NULL);
		result = hk_join(&s);
	}
	return finish(pass(result));
}

/* --- a run of it, in a child process --- */

struct attempt {
	const struct fault *fault;
	unsigned n;
	int setup;
	bool warm; /* there was a run before, so that what is made once for a process is there */
	struct hkt_file folder;
	char stats[128];
};

/* How the child ends. */
enum { NOT_REACHED, PASSED, SAID /* hk_run() failed: there must be a sentence */, BROKEN };

static int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(folder) != NULL)
		n++;
	closedir(folder);
	return n;
}

static int run_program(const struct attempt *attempt, bool files)
{
	struct hk_options options = hkt_options(attempt->setup);
	int result;

	options.slice_ns = hkt_interleaves(attempt->setup) ? 100 * HK_US : 0;
	options.events = files ? attempt->folder.path : NULL;
	options.stats = files ? attempt->stats : NULL;
	memset(&sem, 0, sizeof(sem));
	begun = ended = errors = 0;
	writer_began = false;
	compute_us = files && attempt->n == 1 && hkt_interleaves(attempt->setup) ? 50000 : 500;
	if (pipe(ends) != 0)
		abort();
	result = hk_run(&options, spawn_all, NULL);
	close(ends[0]);
	if (!writer_began)
		close(ends[1]);
	return result;
}

static off_t size_of(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? status.st_size : -1;
}

/* Whether the files are whole. */
static bool files_are_whole(const struct attempt *attempt)
{
	off_t records = size_of(attempt->folder.path) - (off_t)sizeof(struct hk_trace_header);
	FILE *stats = fopen(attempt->stats, "r");
	char end[2] = "";
	bool whole;

	if (stats == NULL)
		return false;
	whole = fseek(stats, -2, SEEK_END) == 0 && fread(end, 1, 2, stats) == 2 &&
		memcmp(end, "}\n", 2) == 0;
	fclose(stats);
	return whole && records > 0 && records % (off_t)sizeof(struct hk_trace_record) == 0;
}

#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "required: %s (result %d, begun %d, ended %d)\n",          \
				#condition, result, begun, ended);                                 \
			return BROKEN;                                                             \
		}                                                                                  \
	} while (0)

static int try(void *arg)
{
	const struct attempt *attempt = arg;
	const struct fault *fault = attempt->fault;
	bool harmless = fault->error == FAULT_SHORT || fault->error == EINTR ||
		strcmp(fault->call, "futex wait") == 0;
	int result = 0, before, mappings, threads;
	bool reached;

	signal(SIGALRM, SIG_DFL);
	alarm(LIMIT_S);
	if (attempt->warm)
		result = run_program(attempt, false);
	REQUIRE(result == 0);
	before = descriptors();
	mappings = fault_mappings();
	threads = fault_threads();
	fault_arm(fault, attempt->n);
	result = run_program(attempt, true);
	reached = fault_disarm();
	REQUIRE(result == 0 || (reached && !harmless && result == -fault->error));
	REQUIRE(begun == ended);
	REQUIRE(result != 0 || (errors == 0 && begun == TASKS && files_are_whole(attempt)));
	REQUIRE(descriptors() == before);
	REQUIRE(fault_mappings() == mappings);
	REQUIRE(fault_threads() == threads);
	/* Everything is as before: another run finds nothing amiss. */
	result = run_program(attempt, false);
	REQUIRE(result == 0);
	return !reached ? NOT_REACHED : errors == 0 && result != 0 ? SAID : PASSED;
}

/* --- the tests --- */

static bool passes(const struct attempt *attempt, const struct hkt_child *child)
{
	int code = WIFEXITED(child->status) ? WEXITSTATUS(child->status) : BROKEN;
	bool said = hkt_matches(child->err, "^(hocket: [^\n]+\n)+$");
	bool threads = strncmp(attempt->fault->call, "pthread_", 8) == 0;

	/* A sticky task needs a thread of its own: without, it never starts, and that is said. */
	if (code == HK_EXIT_DEADLOCK && threads && attempt->fault->for_good)
		return hkt_matches(child->err,
			"\nhocket: no kernel thread is left .*, and the "
			"system gives no more than [0-9]+;");
	return code == NOT_REACHED || code == PASSED || (code == SAID && said);
}

/* One fault at the 1st, 2nd ... call, until a run makes no such call any more. */
static void try_each(struct attempt *attempt)
{
	struct hkt_child child;

	attempt->n = 0;
	do {
		attempt->n++;
		unlink(attempt->folder.path);
		unlink(attempt->stats);
		hkt_child(&child, try, attempt);
		if (!passes(attempt, &child))
			fprintf(stderr, "%s, call %u%s, error %d, setup %d: status 0x%x: %s\n",
				attempt->fault->call, attempt->n,
				attempt->fault->for_good ? " and all after it" : "",
				attempt->fault->error, attempt->setup, child.status, child.err);
		ck_assert(passes(attempt, &child));
	} while (child.status != 0);
}

/*
 * Some calls are made or not as the kernel lets threads run: a run without the call shows nothing,
 * so there are more of them.
 */
static void try_all(struct attempt *attempt)
{
	enum { RUNS = 20 };
	int runs = 0;

	hkt_file(&attempt->folder);
	snprintf(attempt->stats, sizeof(attempt->stats), "%s/stats", attempt->folder.folder);
	do
		try_each(attempt);
	while (attempt->n == 1 && hkt_interleaves(attempt->setup) && ++runs < RUNS);
	unlink(attempt->stats);
	hkt_file_remove(&attempt->folder);
	/* Without interleaving there is no lookout, which alone makes some of the calls; whether
	   threads are moved at all depends on the machine. */
	ck_assert_msg(attempt->n > 1 || !hkt_interleaves(attempt->setup) ||
			strcmp(attempt->fault->call, "sched_setaffinity") == 0,
		"%s (%d) was never called", attempt->fault->call, attempt->fault->error);
}

/* Goal and method: see above; with slices, workers taken away, sticky tasks, events and stats. */
START_TEST(a_failing_call_harms_nobody)
{
	struct attempt attempt = { .fault = &faults[_i], .setup = 2, .warm = true };

	try_all(&attempt);
}
END_TEST

/* Goal: the same for what is done once for the process. Method: in its first run. */
static const struct fault first_faults[] = {
	{ "pthread_atfork", ENOMEM, false },
	{ "pthread_key_create", EAGAIN, false },
};

START_TEST(a_call_failing_in_the_first_run_harms_nobody)
{
	struct attempt attempt = { .fault = &first_faults[_i], .setup = 2, .warm = false };

	try_all(&attempt);
}
END_TEST

/* Goal: the same without interleaving. Method: as above. */
START_TEST(a_failing_call_harms_nobody_without_interleaving)
{
	struct attempt attempt = { .fault = &faults[_i], .setup = 7, .warm = true };

	try_all(&attempt);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("faults/faults");
	TCase *tc = hkt_case(suite, "calls", 300);

	tcase_add_loop_test(tc, a_failing_call_harms_nobody, 0, FAULTS);
	tcase_add_loop_test(tc, a_call_failing_in_the_first_run_harms_nobody, 0,
		sizeof(first_faults) / sizeof(first_faults[0]));
	tcase_add_loop_test(tc, a_failing_call_harms_nobody_without_interleaving, 0, FAULTS);
	return hkt_main(suite);
}
