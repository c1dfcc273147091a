/* SPDX-License-Identifier: MIT */
/*
 * Options of hk_run() and of HOCKET_OPTIONS: every key with good and bad values. Bad ones are
 * tried in a child process, which must print one sentence and return -EINVAL from hk_run().
 */
#include "../check_hocket.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int never(void *arg)
{
	(void)arg;
	_exit(99);
}

/* Goal: bad fields are refused. Method: one at a time; each change is a row of the table. */
static void spoil(struct hk_options *options, int row)
{
	switch (row) {
	case 0:
		options->size = 0;
		break;
	case 1:
		options->as = (enum hk_execution)4;
		break;
	case 2:
		options->as = (enum hk_execution)99;
		break;
	case 3:
		options->workers = HK_WORKERS_MAX + 1;
		break;
	case 4:
		options->workers = 10000;
		break;
	case 5:
		options->stack_size = 1;
		break;
	case 6:
		options->stack_size = 16383;
		break;
	case 7:
		options->stack_size = (64 << 20) + 1;
		break;
	case 8:
		options->stack_size = SIZE_MAX;
		break;
	case 9:
		options->deadlock = (enum hk_deadlock)2;
		break;
	case 10:
		options->slice_ns = 99999;
		break;
	case 11:
		options->carriers = 1;
		break;
	case 12:
		options->carriers = 65537;
		break;
	case 13:
		options->signal = SIGKILL;
		break;
	case 14:
		options->signal = 1000;
		break;
	case 15:
		options->dump_signal = SIGSTOP;
		break;
	case 16:
		options->dump_signal = -1;
		break;
	case 17:
		options->dump_signal = options->signal = SIGUSR1;
		break;
	default:
		options->reserved[1] = 1;
		break;
	}
}
enum { SPOILT = 19 };

static int run_spoilt(void *arg)
{
	struct hk_options options = HK_OPTIONS_INIT;

	spoil(&options, *(int *)arg);
	return -hk_run(&options, never, NULL);
}

START_TEST(a_bad_field_is_refused)
{
	struct hkt_child child;

	hkt_child(&child, run_spoilt, &_i);
	hkt_assert_exit(&child, EINVAL, "^hocket: [^\n]+\n$");
}
END_TEST

/* Goal: values at the limits are taken. Method: run with each. */
START_TEST(values_at_the_limits_are_taken)
{
	struct hk_options options = HK_OPTIONS_INIT;
	static const size_t stacks[] = { 16 << 10, (16 << 10) + 1, 64 << 20 };

	for (int i = 0; i < 3; i++) {
		options.stack_size = stacks[i];
		ck_assert_int_eq(hk_run(&options, nothing, NULL), 0);
	}
	options.stall_ns = -1;
	ck_assert_int_eq(hk_run(&options, nothing, NULL), 0);
	options.stall_ns = HK_FOREVER;
	ck_assert_int_eq(hk_run(&options, nothing, NULL), 0);
	options.workers = HK_WORKERS_MAX;
	ck_assert_int_eq(hk_run(&options, nothing, NULL), 0);
}
END_TEST

/* Goal: files that cannot be opened are refused with their errno. Method: no folder, a folder. */
static int run_with_file(const char *events, const char *stats)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.events = events;
	options.stats = stats;
	return -hk_run(&options, never, NULL);
}

static int run_unwritable(void *arg)
{
	switch (*(int *)arg) {
	case 0:
		return run_with_file("/nonexistent/events", NULL);
	case 1:
		return run_with_file(NULL, "/nonexistent/stats");
	case 2:
		return run_with_file("/tmp", NULL);
	default:
		return run_with_file(NULL, "/tmp");
	}
}

START_TEST(a_file_that_cannot_be_opened_is_refused)
{
	struct hkt_child child;

	hkt_child(&child, run_unwritable, &_i);
	hkt_assert_exit(&child, _i < 2 ? ENOENT : EISDIR, "^hocket: [^\n]+\n$");
	hkt_assert_exit(&child, _i < 2 ? ENOENT : EISDIR, _i < 2 ? "/nonexistent/" : "/tmp");
}
END_TEST

/* Goal: bad HOCKET_OPTIONS are refused, naming what was wrong. Method: a table of strings. */
static const struct {
	const char *text, *named;
} bad_texts[] = {
	{ "exec=explore", "explore" },
	{ "exec=Sequential", "Sequential" },
	{ "exec=", "exec" },
	{ "exec", "exec" },
	{ "colour=red", "colour" },
	{ "=5", "HOCKET_OPTIONS" },
	{ "workers=0", "0" },
	{ "workers=-1", "-1" },
	{ "workers=+", "workers" },
	{ "workers=two", "two" },
	{ "workers=2x", "2x" },
	{ "workers=1025", "1025" },
	{ "workers=10000", "10000" },
	{ "workers=99999999999999999999", "99999999999999999999" },
	{ "workers=", "workers" },
	{ "stack=1", "stack" },
	{ "stack=15k", "15k" },
	{ "stack=65m", "65m" },
	{ "stack=64q", "64q" },
	{ "stack=-64k", "-64k" },
	{ "stack=", "stack" },
	{ "stack=99999999999999999999k", "99999999999999999999k" },
	{ "events=", "events" },
	{ "stats=", "stats" },
	{ "deadlock=maybe", "maybe" },
	{ "deadlock=", "deadlock" },
	{ "stall=5", "5" },
	{ "stall=5h", "5h" },
	{ "stall=-1s", "-1s" },
	{ "stall=", "stall" },
	{ "stall=99999999999999999999s", "99999999999999999999s" },
	{ "slice=99us", "99us" },
	{ "slice=0ms", "0ms" },
	{ "slice=10", "10" },
	{ "slice=", "slice" },
	{ "carriers=1", "carriers" },
	{ "carriers=65537", "65537" },
	{ "carriers=many", "many" },
	{ "signals=SIGKILL", "SIGKILL" },
	{ "signals=23", "23" },
	{ "signals=", "signals" },
	{ "dump=SIGKILL", "SIGKILL" },
	{ "dump=3", "3" },
	{ "dump=", "dump" },
	{ "dump=SIGURG", "dump" },
	{ "signals=SIGUSR1:dump=SIGUSR1", "dump" },
	{ "seed=0", "seed='0'" },
	{ "seed=-1", "-1" },
	{ "seed=a", "seed='a'" },
	{ "seed=", "seed" },
	{ "locks=yes", "yes" },
	{ "locks=", "locks" },
	{ "workers=2:exec=fast", "fast" },
	{ "exec=parallel:workers=x:stack=64k", "workers" },
};
enum { BAD_TEXTS = sizeof(bad_texts) / sizeof(bad_texts[0]) };

static int run_with_text(void *arg)
{
	setenv("HOCKET_OPTIONS", arg, 1);
	return -hk_run(NULL, never, NULL);
}

START_TEST(a_bad_text_is_refused)
{
	char text[128], named[128];
	struct hkt_child child;

	snprintf(text, sizeof(text), "%s", bad_texts[_i].text);
	snprintf(named, sizeof(named), "^hocket: [^\n]*%s[^\n]*\n$", bad_texts[_i].named);
	hkt_child(&child, run_with_text, text);
	hkt_assert_exit(&child, EINVAL, named);
}
END_TEST

/* Goal: a text that cannot be kept is refused, not shortened. Method: one of 4096 bytes. */
START_TEST(a_long_text_is_refused)
{
	static char text[4096 + 1];
	struct hkt_child child;

	memset(text, ':', sizeof(text) - 1);
	hkt_child(&child, run_with_text, text);
	hkt_assert_exit(&child, EINVAL,
		"^hocket: HOCKET_OPTIONS: 4096 bytes are too many; at most 4095\n$");
}
END_TEST

/* Goal: good HOCKET_OPTIONS take effect, against the program. Method: read the stats line. */
static const struct {
	const char *text, *effect;
} good_texts[] = {
	{ "", "\"execution\":\"combined\"" },
	{ "exec=sequential", "\"execution\":\"sequential\".*\"workers\":1," },
	{ "exec=concurrent", "\"execution\":\"concurrent\".*\"workers\":1," },
	{ "exec=parallel", "\"execution\":\"parallel\"" },
	{ "exec=combined", "\"execution\":\"combined\"" },
	{ "exec=combined:workers=3", "\"execution\":\"combined\".*\"workers\":3," },
	{ "workers=5:exec=parallel", "\"execution\":\"parallel\".*\"workers\":5," },
	{ "workers=1024", "\"workers\":1024," },
	{ "stack=64k", "\"stack_size\":65536," },
	{ "stack=65k", "\"stack_size\":131072," },
	{ "stack=16384", "\"stack_size\":16384," },
	{ "stack=1m", "\"stack_size\":1048576," },
	{ "deadlock=return", "\"result\":0" },
	{ "deadlock=exit:stall=off", "\"result\":0" },
	{ "stall=200ms", "\"result\":0" },
	{ "stall=1s:stack=128k", "\"stack_size\":131072," },
	{ "stall=5us", "\"result\":0" },
	{ "stall=5ns", "\"result\":0" },
	{ "slice=100us", "\"result\":0" },
	{ "slice=off:signals=none", "\"result\":0" },
	{ "workers=1:carriers=2", "\"carriers\":[12]," }, /* 2 where the host held the first up */
	{ "workers=4:carriers=2", "\"workers\":4," },
	{ "seed=1:locks=check", "\"result\":0" },
	{ "seed=9223372036854775806:locks=off", "\"result\":0" },
	{ "seed=off", "\"result\":0" },
};
enum { GOOD_TEXTS = sizeof(good_texts) / sizeof(good_texts[0]) };

static void read_text(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t n;

	ck_assert_ptr_nonnull(file);
	n = fread(text, 1, size - 1, file);
	text[n] = '\0';
	fclose(file);
}

START_TEST(a_good_text_takes_effect)
{
	static char text[1 << 20], set[256];
	struct hk_options options = HK_OPTIONS_INIT;
	struct hkt_file stats;

	hkt_file(&stats);
	snprintf(set, sizeof(set), "%s%sstats=%s", good_texts[_i].text,
		good_texts[_i].text[0] == '\0' ? "" : ":", stats.path);
	setenv("HOCKET_OPTIONS", set, 1);
	ck_assert_int_eq(hk_run(&options, nothing, NULL), 0);
	read_text(stats.path, text, sizeof(text));
	ck_assert_msg(hkt_matches(text, good_texts[_i].effect), "%s gave %.300s", set, text);
	hkt_file_remove(&stats);
}
END_TEST

/* Goal: the environment wins over the program. Method: the program asks for the opposite. */
START_TEST(the_environment_wins)
{
	static char text[4096], set[256];
	struct hk_options options = HK_OPTIONS_INIT;
	struct hkt_file stats;

	hkt_file(&stats);
	options.as = HK_PARALLEL;
	options.workers = 4;
	options.stack_size = 64 << 10;
	options.stats = "/nonexistent/stats";
	snprintf(set, sizeof(set), "exec=combined:workers=2:stack=128k:stats=%s", stats.path);
	setenv("HOCKET_OPTIONS", set, 1);
	ck_assert_int_eq(hk_run(&options, nothing, NULL), 0);
	read_text(stats.path, text, sizeof(text));
	ck_assert(hkt_matches(text, "\"execution\":\"combined\".*\"workers\":2,"));
	ck_assert(hkt_matches(text, "\"stack_size\":131072,"));
	hkt_file_remove(&stats);
}
END_TEST

/* Goal: it is read at each run. Method: change it between two runs of one process. */
START_TEST(the_environment_is_read_at_each_run)
{
	setenv("HOCKET_OPTIONS", "workers=nonsense", 1);
	ck_assert_int_eq(hk_run(NULL, never, NULL), -EINVAL);
	unsetenv("HOCKET_OPTIONS");
	ck_assert_int_eq(hk_run(NULL, nothing, NULL), 0);
}
END_TEST

/* Goal: events=FILE in the text makes the file. Method: set it by text, look at its size. */
START_TEST(events_can_be_asked_for_by_text)
{
	struct hkt_file events;
	struct stat st;
	char set[256];

	hkt_file(&events);
	snprintf(set, sizeof(set), "events=%s", events.path);
	setenv("HOCKET_OPTIONS", set, 1);
	ck_assert_int_eq(hk_run(NULL, nothing, NULL), 0);
	ck_assert_int_eq(stat(events.path, &st), 0);
	ck_assert_int_gt(st.st_size, (off_t)sizeof(struct hk_trace_header));
	hkt_file_remove(&events);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/options");
	TCase *tc = hkt_case(suite, "fields", 20);

	tcase_add_loop_test(tc, a_bad_field_is_refused, 0, SPOILT);
	tcase_add_test(tc, values_at_the_limits_are_taken);
	tcase_add_loop_test(tc, a_file_that_cannot_be_opened_is_refused, 0, 4);
	tc = hkt_case(suite, "environment", 20);
	tcase_add_loop_test(tc, a_bad_text_is_refused, 0, BAD_TEXTS);
	tcase_add_test(tc, a_long_text_is_refused);
	tcase_add_loop_test(tc, a_good_text_takes_effect, 0, GOOD_TEXTS);
	tcase_add_test(tc, the_environment_wins);
	tcase_add_test(tc, the_environment_is_read_at_each_run);
	tcase_add_test(tc, events_can_be_asked_for_by_text);
	return hkt_main(suite);
}
