/* SPDX-License-Identifier: MIT */
#include "run/config.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/report.h"
#include "core/runtime.h"
#include "core/stack.h"
#include "os/os.h"

enum { CARRIERS_MAX = 65536 };

/* Whether the library was built for debugging. */
#ifdef HKI_CHECKS
enum { CHECKS = 1 };
#else
enum { CHECKS = 0 };
#endif

static const char *const executions[] = {
	[HK_COMBINED] = "combined",
	[HK_SEQUENTIAL] = "sequential",
	[HK_CONCURRENT] = "concurrent",
	[HK_PARALLEL] = "parallel",
};

const char *hk_execution_name(enum hk_execution as)
{
	return (unsigned)as < sizeof executions / sizeof *executions ? executions[as] : NULL;
}

/* A suffix of a number and what it stands for. */
struct unit {
	const char *suffix;
	long long factor;
};

static const struct unit sizes[] = { { "", 1 }, { "k", 1024 }, { "m", 1024 * 1024 }, { NULL, 0 } };
static const struct unit times[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 },
	{ "s", 1000000000 }, { NULL, 0 } };
static const struct unit counts[] = { { "", 1 }, { NULL, 0 } };

/* Signals that a program can spare. */
static const struct {
	const char *name;
	int number;
} signals[] = { { "SIGURG", SIGURG }, { "SIGUSR1", SIGUSR1 }, { "SIGUSR2", SIGUSR2 },
	{ "SIGPROF", SIGPROF }, { "SIGVTALRM", SIGVTALRM }, { "SIGIO", SIGIO },
	{ "SIGWINCH", SIGWINCH }, { "SIGQUIT", SIGQUIT }, { "SIGHUP", SIGHUP } };

#define SIGNALS                                                                                    \
	"SIGURG, SIGUSR1, SIGUSR2, SIGPROF, SIGVTALRM, SIGIO, SIGWINCH, SIGQUIT, SIGHUP or none"

/* A whole number with one of the units; false when it is not one. */
static bool parse(const char *value, const struct unit *units, long long *number)
{
	char *end;
	if (*value < '0' || *value > '9')
		return false;
	long long count = strtoll(value, &end, 10);
	if (count == LLONG_MAX)
		return false;
	for (; units->suffix; units++) {
		if (strcmp(end, units->suffix) == 0)
			return !__builtin_mul_overflow(count, units->factor, number);
	}
	return false;
}

static int bad(const char *key, const char *value, const char *expected)
{
	hki_say("HOCKET_OPTIONS: %s='%s' is not valid; it takes %s", key, value, expected);
	return -EINVAL;
}

static int set_exec(struct config *config, const char *value)
{
	for (size_t i = 0; i < sizeof executions / sizeof *executions; i++) {
		if (strcmp(value, executions[i]) == 0) {
			config->options.as = (enum hk_execution)i;
			return 0;
		}
	}
	if (strcmp(value, "explore") == 0)
		return bad("exec", value,
			"the library libhocket-explore for that; here: sequential, "
			"concurrent, parallel or combined");
	return bad("exec", value, "sequential, concurrent, parallel or combined");
}

static int set_workers(struct config *config, const char *value)
{
	long long number;
	if (!parse(value, counts, &number) || number < 1 || number > HK_WORKERS_MAX)
		return bad("workers", value, "a number from 1 to 1024");
	config->options.workers = (unsigned)number;
	return 0;
}

static int set_stack(struct config *config, const char *value)
{
	long long number;
	if (!parse(value, sizes, &number) || number < STACK_SIZE_MIN || number > STACK_SIZE_MAX)
		return bad("stack", value, "a size from 16k to 64m");
	config->options.stack_size = (size_t)number;
	return 0;
}

static int set_slice(struct config *config, const char *value)
{
	long long number = -1;
	if (strcmp(value, "off") != 0 && (!parse(value, times, &number) || number < SLICE_MIN_NS))
		return bad("slice", value, "a time of at least 100us such as 1ms, or off");
	config->options.slice_ns = number;
	return 0;
}

static int set_carriers(struct config *config, const char *value)
{
	long long number;
	if (!parse(value, counts, &number) || number < 2 || number > CARRIERS_MAX)
		return bad("carriers", value, "a number from 2 to 65536, more than workers");
	config->options.carriers = (unsigned)number;
	return 0;
}

/* The number of a signal; -1 for "none"; 0 for anything else. */
static int signal_named(const char *name)
{
	if (strcmp(name, "none") == 0)
		return -1;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		if (strcmp(name, signals[i].name) == 0)
			return signals[i].number;
	}
	return 0;
}

static int set_signals(struct config *config, const char *value)
{
	int number = signal_named(value);
	if (!number)
		return bad("signals", value, SIGNALS);
	config->options.signal = number;
	return 0;
}

static int set_dump(struct config *config, const char *value)
{
	int number = signal_named(value);
	if (!number)
		return bad("dump", value, SIGNALS);
	config->options.dump_signal = number < 0 ? 0 : number;
	return 0;
}

static int set_file(const char *key, const char **file, const char *value)
{
	if (!*value)
		return bad(key, value, "the path of a file");
	*file = value;
	return 0;
}

static int set_events(struct config *config, const char *value)
{
	return set_file("events", &config->options.events, value);
}

static int set_stats(struct config *config, const char *value)
{
	return set_file("stats", &config->options.stats, value);
}

static int set_deadlock(struct config *config, const char *value)
{
	bool leave = strcmp(value, "exit") == 0;
	if (!leave && strcmp(value, "return") != 0)
		return bad("deadlock", value, "exit or return");
	config->options.deadlock = leave ? HK_DEADLOCK_EXIT : HK_DEADLOCK_RETURN;
	return 0;
}

static int set_stall(struct config *config, const char *value)
{
	long long number = -1;
	if (strcmp(value, "off") != 0 && (!parse(value, times, &number) || number < 1))
		return bad("stall", value, "a time such as 500ms or 2s, or off");
	config->options.stall_ns = number;
	return 0;
}

static int set_seed(struct config *config, const char *value)
{
	long long number = 0;
	if (strcmp(value, "off") != 0 && (!parse(value, counts, &number) || number < 1))
		return bad("seed", value, "a number from 1, or off");
	config->options.seed = (uint64_t)number;
	return 0;
}

static int set_locks(struct config *config, const char *value)
{
	bool check = strcmp(value, "check") == 0;
	if (!check && strcmp(value, "off") != 0)
		return bad("locks", value, "check or off");
	config->options.lock_order = check ? 1 : -1;
	return 0;
}

static const struct key {
	const char *name;
	int (*set)(struct config *, const char *value);
} keys[] = {
	{ "exec", set_exec },
	{ "workers", set_workers },
	{ "stack", set_stack },
	{ "slice", set_slice },
	{ "carriers", set_carriers },
	{ "signals", set_signals },
	{ "events", set_events },
	{ "stats", set_stats },
	{ "deadlock", set_deadlock },
	{ "stall", set_stall },
	{ "dump", set_dump },
	{ "seed", set_seed },
	{ "locks", set_locks },
};

static int set(struct config *config, char *pair)
{
	char *value = strchr(pair, '=');
	if (!value) {
		hki_say("HOCKET_OPTIONS: '%s' is not valid; write key=value:key=value", pair);
		return -EINVAL;
	}
	*value++ = 0;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(pair, keys[i].name) == 0)
			return keys[i].set(config, value);
	}
	hki_say("HOCKET_OPTIONS: there is no key '%s'; the keys are exec, workers, stack, "
		"slice, carriers, signals, events, stats, deadlock, stall, dump, seed and locks",
		pair);
	return -EINVAL;
}

static int read_environment(struct config *config)
{
	const char *text = hki_os_getenv("HOCKET_OPTIONS");
	if (!text || !*text)
		return 0;
	if (strlen(text) >= sizeof config->text) {
		hki_say("HOCKET_OPTIONS: %zu bytes are too many; at most %d", strlen(text),
			CONFIG_TEXT_SIZE - 1);
		return -EINVAL;
	}
	memcpy(config->text, text, strlen(text) + 1);
	char *rest = NULL;
	for (char *pair = strtok_r(config->text, ":", &rest); pair;
		pair = strtok_r(NULL, ":", &rest)) {
		int error = set(config, pair);
		if (error)
			return error;
	}
	return 0;
}

/* Not one that cannot be caught, or means a fault. */
static bool is_usable(int signal)
{
	return signal < SIGRTMAX && signal != SIGKILL && signal != SIGSTOP && signal != SIGSEGV &&
		signal != SIGBUS && signal != SIGILL && signal != SIGFPE && signal != SIGABRT &&
		signal != SIGTRAP;
}

/* The program's own options. */
static int check(const struct hk_options *options)
{
	if (options->size != sizeof *options) {
		hki_say("hk_run: options.size is %zu, not %zu; start from HK_OPTIONS_INIT",
			options->size, sizeof *options);
		return -EINVAL;
	}
	if (!hk_execution_name(options->as)) {
		hki_say("hk_run: options.as is %d; it takes HK_SEQUENTIAL, HK_CONCURRENT, "
			"HK_PARALLEL or HK_COMBINED",
			(int)options->as);
		return -EINVAL;
	}
	if (options->workers > HK_WORKERS_MAX) {
		hki_say("hk_run: options.workers is %u; at most %d", options->workers,
			HK_WORKERS_MAX);
		return -EINVAL;
	}
	if (options->stack_size && hki_stack_class(options->stack_size) < 0) {
		hki_say("hk_run: options.stack_size is %zu; it takes 16 KiB (%d) to 64 MiB (%d)",
			options->stack_size, STACK_SIZE_MIN, STACK_SIZE_MAX);
		return -EINVAL;
	}
	if (options->deadlock != HK_DEADLOCK_EXIT && options->deadlock != HK_DEADLOCK_RETURN) {
		hki_say("hk_run: options.deadlock is %d; it takes HK_DEADLOCK_EXIT "
			"or HK_DEADLOCK_RETURN",
			(int)options->deadlock);
		return -EINVAL;
	}
	if (options->slice_ns > 0 && options->slice_ns < SLICE_MIN_NS) {
		hki_say("hk_run: options.slice_ns is %lld; at least %d (100 us), or negative: none",
			(long long)options->slice_ns, SLICE_MIN_NS);
		return -EINVAL;
	}
	if (options->carriers == 1 || options->carriers > CARRIERS_MAX) {
		hki_say("hk_run: options.carriers is %u; it takes 2 to %d", options->carriers,
			CARRIERS_MAX);
		return -EINVAL;
	}
	if (options->signal > 0 && !is_usable(options->signal)) {
		hki_say("hk_run: options.signal is %d, which cannot be used; take SIGURG",
			options->signal);
		return -EINVAL;
	}
	bool zero = true;
	for (size_t i = 0; i < sizeof options->reserved / sizeof *options->reserved; i++)
		zero &= options->reserved[i] == 0;
	if (!zero) {
		hki_say("hk_run: options.reserved is not zero; start from HK_OPTIONS_INIT");
		return -EINVAL;
	}
	return 0;
}

/* As many workers as CPUs this process may use at a time: more would only take turns. */
static unsigned default_workers(void)
{
	unsigned cpus = hki_os_cpus_allowed();
	unsigned quota = (hki_os_cpu_quota_milli() + 999) / 1000;
	unsigned workers = quota && quota < cpus ? quota : cpus;
	return workers > HK_WORKERS_MAX ? HK_WORKERS_MAX : workers;
}

/*
 * How many threads at most: each interrupted or blocked task occupies one. 512 blocked calls at a
 * time are more than a disk or a database makes use of, and cost some 20 MiB; far below what limits
 * of threads (pids.max, RLIMIT_NPROC) usually are.
 */
enum { CARRIERS_MORE = 512 };

static void fill_in_slices(struct config *config)
{
	struct hk_options *options = &config->options;
	if (!options->slice_ns)
		options->slice_ns = 10 * HK_MS;
	if (!options->signal)
		options->signal = SIGURG;
	if (!options->carriers)
		options->carriers = options->workers + CARRIERS_MORE;
	if (options->carriers <= options->workers)
		options->carriers = options->workers + 1;
	if (!config->interleave) {
		options->slice_ns = -1;
		options->signal = -1;
		options->carriers = options->workers;
	}
}

static void fill_in(struct config *config)
{
	struct hk_options *options = &config->options;
	bool one = options->as == HK_SEQUENTIAL || options->as == HK_CONCURRENT;
	config->interleave = options->as == HK_CONCURRENT || options->as == HK_COMBINED;
	if (one)
		options->workers = 1;
	else if (!options->workers)
		options->workers = default_workers();
	if (!options->stack_size)
		options->stack_size = STACK_SIZE_DEFAULT;
	options->stack_size = (size_t)STACK_SIZE_MIN << hki_stack_class(options->stack_size);
	if (!options->name)
		options->name = "main";
	fill_in_slices(config);
	if (!options->lock_order)
		options->lock_order = CHECKS ? 1 : -1;
	if (!options->stall_ns)
		options->stall_ns = config->interleave ? -1 : HK_S;
}

/* Of the dump; the other one is known by now. */
static int check_dump_signal(const struct hk_options *options)
{
	int signal = options->dump_signal;
	if (signal == 0 || (signal > 0 && is_usable(signal) && signal != options->signal))
		return 0;
	hki_say("hk_run: signal %d, for the dump, %s; take SIGQUIT (%d)", signal,
		signal > 0 && signal == options->signal ? "is what interrupts computations" :
							  "cannot be used",
		SIGQUIT);
	return -EINVAL;
}

int hki_config_resolve(struct config *config, const struct hk_options *options)
{
	static const struct hk_options defaults = HK_OPTIONS_INIT;
	config->options = options ? *options : defaults;
	int error = check(&config->options);
	if (!error)
		error = read_environment(config);
	if (!error) {
		fill_in(config);
		error = check_dump_signal(&config->options);
	}
	return error;
}
