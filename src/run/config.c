/* SPDX-License-Identifier: MIT */
#include "run/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/report.h"
#include "core/stack.h"
#include "os/os.h"

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

static const struct key {
	const char *name;
	int (*set)(struct config *, const char *value);
} keys[] = {
	{ "exec", set_exec },
	{ "workers", set_workers },
	{ "stack", set_stack },
	{ "events", set_events },
	{ "stats", set_stats },
	{ "deadlock", set_deadlock },
	{ "stall", set_stall },
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
		"events, stats, deadlock and stall",
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
	for (size_t i = 0; i < sizeof options->reserved / sizeof *options->reserved; i++) {
		if (options->reserved[i]) {
			hki_say("hk_run: options.reserved is not zero; start from HK_OPTIONS_INIT");
			return -EINVAL;
		}
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
	if (!options->stall_ns)
		options->stall_ns = config->interleave ? -1 : HK_S;
}

int hki_config_resolve(struct config *config, const struct hk_options *options)
{
	static const struct hk_options defaults = HK_OPTIONS_INIT;
	config->options = options ? *options : defaults;
	int error = check(&config->options);
	if (!error)
		error = read_environment(config);
	if (!error)
		fill_in(config);
	return error;
}
