/* SPDX-License-Identifier: MIT */
#include "check_hocket.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const struct hkt_setup hkt_setups[HKT_SETUPS] = {
	{ HK_CONCURRENT, 0 },
	{ HK_COMBINED, 1 },
	{ HK_COMBINED, 2 },
	{ HK_COMBINED, 8 },
	{ HK_PARALLEL, 8 },
	{ HK_SEQUENTIAL, 0 },
	{ HK_PARALLEL, 1 },
	{ HK_PARALLEL, 2 },
};

static uint64_t seed;

static void choose_seed(void)
{
	const char *given = getenv("HOCKET_TEST_SEED");

	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)hk_now() % 1000000007;
}

static void *end_at_once(void *arg)
{
	return arg;
}

/*
 * ThreadSanitizer starts a thread of its own together with the first thread of the program.
 * Started before the tests fork, there is exactly one of it in each of their processes, so that
 * the runtime can tell when it is alone.
 */
static void start_sanitizer_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, end_at_once, NULL) == 0)
		pthread_join(thread, NULL);
}

int hkt_main(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	unsetenv("HOCKET_OPTIONS");
	choose_seed();
	start_sanitizer_thread();
	srunner_set_fork_status(runner, CK_FORK);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	if (failed > 0)
		fprintf(stderr, "%d failed; the same random numbers again: HOCKET_TEST_SEED=%llu\n",
			failed, (unsigned long long)seed);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

TCase *hkt_case(Suite *suite, const char *name, double limit_s)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, limit_s);
	tcase_add_checked_fixture(tc, hkt_forbid_by_environment, NULL);
	suite_add_tcase(suite, tc);
	return tc;
}

void hkt_add_every(TCase *tc, const TTest *test)
{
	tcase_add_loop_test(tc, test, 0, HKT_SETUPS);
}

void hkt_add_overlap(TCase *tc, const TTest *test)
{
	tcase_add_loop_test(tc, test, 0, HKT_OVERLAP);
}

void hkt_add_workers(TCase *tc, const TTest *test)
{
	tcase_add_loop_test(tc, test, 1, 4);
}

struct hk_options hkt_options(int setup)
{
	struct hk_options options = HK_OPTIONS_INIT;
	const char *slice_us = getenv("HOCKET_TEST_SLICE_US");

	options.as = hkt_setups[setup].as;
	options.workers = hkt_setups[setup].workers;
	if (slice_us != NULL)
		options.slice_ns = strtol(slice_us, NULL, 10) * HK_US;
	return options;
}

int hkt_run(int setup, int (*fn)(void *), void *arg)
{
	struct hk_options options = hkt_options(setup);

	return hk_run(&options, fn, arg);
}

bool hkt_interleaves(int setup)
{
	enum hk_execution as = hkt_setups[setup].as;

	return as == HK_CONCURRENT || as == HK_COMBINED;
}

/* Sanitizers slow the code about tenfold. */
enum { DEFAULT_PERCENT = HKT_ADDRESS_SANITIZER || HKT_THREAD_SANITIZER ? 10 : 100 };

long hkt_times(long n)
{
	const char *percent = getenv("HOCKET_TEST_REPEAT");
	long scaled = n * (percent != NULL ? strtol(percent, NULL, 10) : DEFAULT_PERCENT) / 100;

	return scaled > 0 ? scaled : 1;
}

struct hkt_random hkt_random(uint64_t stream)
{
	struct hkt_random r = { seed + (stream + 1) * UINT64_C(0x9e3779b97f4a7c15) };

	return r;
}

/* splitmix64 (Steele, Lea, Flood 2014). */
uint32_t hkt_random_below(struct hkt_random *r, uint32_t bound)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ (z >> 31)) >> 32) % bound;
}

static _Noreturn void be_child(int err, int (*body)(void *), void *arg)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	dup2(err, STDERR_FILENO);
	close(err);
	_exit(body(arg) & 0xff);
}

void hkt_child(struct hkt_child *child, int (*body)(void *), void *arg)
{
	int err = memfd_create("stderr", MFD_CLOEXEC);
	pid_t pid;
	ssize_t n;

	ck_assert_int_ge(err, 0);
	/* Threads that write at once: the kernel guards the place in a file, but not in a memfd. */
	ck_assert_int_eq(fcntl(err, F_SETFL, O_APPEND), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		be_child(err, body, arg);
	ck_assert_int_eq(waitpid(pid, &child->status, 0), pid);
	n = pread(err, child->err, sizeof(child->err) - 1, 0);
	ck_assert_int_ge(n, 0);
	child->err[n] = '\0';
	close(err);
}

struct run {
	const struct hk_options *options;
	int (*fn)(void *);
};

static int run_in_child(void *arg)
{
	const struct run *run = arg;

	return hk_run(run->options, run->fn, NULL);
}

void hkt_child_run(struct hkt_child *child, const struct hk_options *options, int (*fn)(void *))
{
	struct run run = { options, fn };

	hkt_child(child, run_in_child, &run);
}

bool hkt_matches(const char *text, const char *pattern)
{
	regex_t regex;
	bool found;

	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

/* A failure message must stay on one line of TAP. */
static const char *one_line(char line[2048], const char *text)
{
	size_t i;

	for (i = 0; i < 2047 && text[i] != '\0'; i++)
		line[i] = text[i] == '\n' ? '|' : text[i];
	line[i] = '\0';
	return line;
}

static void assert_said(const struct hkt_child *child, const char *pattern)
{
	static char line[2048], wanted[2048];

	ck_assert_msg(hkt_matches(child->err, pattern), "stderr does not match '%s': %s",
		one_line(wanted, pattern), one_line(line, child->err));
}

void hkt_assert_exit(const struct hkt_child *child, int code, const char *pattern)
{
	static char line[2048];

	ck_assert_msg(WIFEXITED(child->status) && WEXITSTATUS(child->status) == code,
		"wanted exit code %d, got wait status 0x%x; stderr: %s", code, child->status,
		one_line(line, child->err));
	assert_said(child, pattern);
}

void hkt_assert_signal(const struct hkt_child *child, int signal, const char *pattern)
{
	static char line[2048];

	ck_assert_msg(WIFSIGNALED(child->status) && WTERMSIG(child->status) == signal,
		"wanted death by signal %d, got wait status 0x%x; stderr: %s", signal,
		child->status, one_line(line, child->err));
	assert_said(child, pattern);
}

void hkt_log(struct hkt_log *log, char what)
{
	unsigned at = log->length++;

	ck_assert_uint_lt(at, sizeof(log->text) - 1);
	log->text[at] = what;
}

void hkt_file(struct hkt_file *file)
{
	snprintf(file->folder, sizeof(file->folder), "/tmp/hocket-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(file->folder));
	snprintf(file->path, sizeof(file->path), "%s/file", file->folder);
}

void hkt_file_remove(const struct hkt_file *file)
{
	unlink(file->path);
	ck_assert_int_eq(rmdir(file->folder), 0);
}

/* How many lines of the dump match. */
static int count_dumped(const regex_t *regex)
{
	int fd = memfd_create("dump", MFD_CLOEXEC), count = 0;
	char text[8192], *rest = text;
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(hk_dump(fd), 0);
	n = pread(fd, text, sizeof(text) - 1, 0);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	close(fd);
	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		count += regexec(regex, line, 0, NULL, 0) == 0;
	return count;
}

/* By yields: no wait of its own is in anybody's statistics. */
void hkt_await(int n, const char *pattern)
{
	regex_t regex;

	ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	while (count_dumped(&regex) < n)
		hk_yield();
	regfree(&regex);
}

pthread_t hkt_thread(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, fn, arg), 0);
	return thread;
}

/* The queue's lock is the library's: this looks without it, which ThreadSanitizer is not to see. */
__attribute__((noinline, no_sanitize("thread"))) unsigned hkt_waiting(const struct hk_waitq *queue)
{
	return *(const volatile uint32_t *)&queue->exclusive;
}

void hkt_await_queue(const struct hk_waitq *queue, unsigned n)
{
	while (hkt_waiting(queue) != n)
		ck_assert_int_eq(hk_sleep(100 * HK_US), 0);
}

void hkt_block(hk_time ns)
{
	hk_time end = hk_now() + ns;
	struct timespec until = { end / HK_S, end % HK_S };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
		;
}

/* Where the library can have a call that its signal ended made again (doc/internals/preempt.md). */
#if defined(__GLIBC__) && !(__GLIBC__ > 2 || __GLIBC_MINOR__ > 40)
enum { CALLS_GO_ON = 1 };
#else
enum { CALLS_GO_ON = 0 };
#endif

void hkt_sleep_raw(hk_time ns)
{
	struct timespec left = { ns / HK_S, ns % HK_S };
	hk_time before = hk_now();

	while (nanosleep(&left, &left) != 0)
		ck_assert(!CALLS_GO_ON && errno == EINTR);
	ck_assert_int_ge(hk_now() - before, ns);
}

void hkt_pipe(int ends[2])
{
	ck_assert_int_eq(pipe(ends), 0);
}
