/* SPDX-License-Identifier: MIT */
/* The console: somebody types while tasks compute, and each key is echoed by a task. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <hocket.h>

#include "lab.h"

/* --- the program ------------------------------------------------------------------------- */

#define HOGS	  4
#define KEYS	  100
#define KEYS_MAX  4096
#define KEY_MS	  4
#define GLANCE_MS 50 /* so often a process looks whether there are hogs */

/* From 1 on: an argument. */
enum typist { PROCESS = 1, PERSON, TYPISTS };

/* What the process that types sees as well. */
struct shared {
	atomic_uint hogs; /* that still compute: a person may type until none does */
	int64_t typed[KEYS_MAX];
};

struct console {
	enum typist typist;
	unsigned numbers;
	unsigned primes[HOGS];
	int keys; /* to read from */
	int echo; /* to write to */
	struct shared *shared;
	int64_t echoed[KEYS_MAX];
	unsigned key_count;
	uint32_t sum;
};

struct key {
	struct console *console;
	unsigned number;
	char text;
};

struct hog {
	struct console *console;
	unsigned number;
};

static int compute(void *arg)
{
	struct hog *hog = arg;
	hog->console->primes[hog->number] =
		lab_work_primes(LAB_WORK_FROM + hog->number * 1000000, hog->console->numbers);
	atomic_fetch_sub(&hog->console->shared->hogs, 1);
	return 0;
}

static int echo(void *arg)
{
	struct key *key = arg;
	ssize_t wrote = hk_write(key->console->echo, &key->text, 1);
	key->console->echoed[key->number] = hk_now();
	return wrote < 0 ? (int)wrote : 0;
}

static int read_keys(void *arg)
{
	struct console *console = arg;
	HK_SCOPE(scope);
	ssize_t got = 1;
	while (got > 0) {
		struct key key = { console, console->key_count, '\0' };
		got = hk_read(console->keys, &key.text, 1);
		if (got <= 0)
			break;
		/* a key more than there is room for is read and forgotten */
		if (console->key_count == KEYS_MAX)
			continue;
		console->key_count++;
		console->sum = lab_work_checksum(console->sum, &key.text, 1);
		hk_spawn_copy(&scope, echo, &key, sizeof(key));
	}
	int err = hk_join(&scope);
	return got < 0 ? (int)got : err;
}

/* The hogs come first: without interleaving they are the program's first work. */
static int serve(void *arg)
{
	struct hog hog = { arg, 0 };
	HK_SCOPE(scope);
	for (; hog.number < HOGS; hog.number++)
		hk_spawn_copy(&scope, compute, &hog, sizeof(hog));
	hk_spawn(&scope, read_keys, arg);
	return hk_join(&scope);
}

static void type_alone(struct console *console, int keys)
{
	static const char text[] = "the quick brown fox jumps over the lazy dog, ";
	struct timespec pause = { 0, KEY_MS * HK_MS };
	for (unsigned i = 0; i < KEYS; i++) {
		nanosleep(&pause, NULL);
		console->shared->typed[i] = hk_now();
		if (write(keys, &text[i % (sizeof(text) - 1)], 1) != 1)
			_exit(EX_IOERR);
	}
}

/* Passes on what a person types while there are hogs. */
static void pass_on(struct console *console, int keys)
{
	struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
	for (unsigned i = 0; i < KEYS_MAX && atomic_load(&console->shared->hogs) > 0;) {
		char key;
		if (poll(&in, 1, GLANCE_MS) <= 0)
			continue;
		if (read(STDIN_FILENO, &key, 1) != 1)
			break;
		console->shared->typed[i++] = hk_now();
		if (write(keys, &key, 1) != 1)
			_exit(EX_IOERR);
	}
}

/* Another process, so that nothing of what it does is in our way, or we in its. */
static pid_t start_typist(struct console *console)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		if (console->typist == PERSON)
			pass_on(console, ends[1]);
		else
			type_alone(console, ends[1]);
		_exit(EX_OK);
	}
	int err = errno;
	close(ends[1]);
	if (pid < 0)
		close(ends[0]);
	console->keys = ends[0];
	errno = err;
	return pid;
}

/* A person sees the echo at the terminal; a process does not look. */
static int open_console(struct console *console)
{
	const char *path = console->typist == PERSON ? "/dev/tty" : "/dev/null";
	console->echo = open(path, O_WRONLY | O_CLOEXEC);
	console->shared = mmap(NULL, sizeof(*console->shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (console->echo >= 0 && console->shared != MAP_FAILED) {
		atomic_init(&console->shared->hogs, HOGS);
		return 0;
	}
	fprintf(stderr, "hocket lab console: no place for the echo of keys: %s\n", strerror(errno));
	return EX_OSERR;
}

static void print_keys(const struct console *console, hk_time begin)
{
	for (unsigned i = 0; i < console->key_count; i++)
		printf("key %" PRId64 "\necho %" PRId64 "\n", console->shared->typed[i] - begin,
			console->echoed[i] - begin);
}

static int program(int argc, char **argv)
{
	unsigned numbers[2]; /* who types, numbers for each hog */
	if (!lab_arguments_read(argc, argv, numbers, 2) || numbers[0] >= TYPISTS)
		return EX_USAGE;
	hk_time begin = hk_now();
	static struct console console;
	console.typist = numbers[0];
	console.numbers = numbers[1];
	console.sum = LAB_WORK_CHECKSUM;
	int code = open_console(&console);
	if (code != 0)
		return code;
	pid_t typist = start_typist(&console);
	if (typist < 0) {
		fprintf(stderr, "hocket lab console: nobody can type: %s\n", strerror(errno));
		return EX_OSERR;
	}
	int err = hk_run(NULL, serve, &console);
	close(console.keys);
	waitpid(typist, NULL, 0);
	if (err < 0)
		return lab_program_failed("console", err);
	print_keys(&console, begin);
	/* a person does not type the same every time */
	uint32_t sum = console.typist == PERSON ? LAB_WORK_CHECKSUM : console.sum;
	printf("result %08x\n", lab_work_checksum(sum, console.primes, sizeof(console.primes)));
	return EX_OK;
}

/* --- the experiment ---------------------------------------------------------------------- */

#define WORKERS	  2
#define HOG_MS	  200 /* each, when a process types */
#define PERSON_MS 700 /* each, when a person does */

/* What one execution shows. */
struct view {
	int64_t typed[KEYS_MAX]; /* since the program began */
	int64_t waits[KEYS_MAX]; /* from key to echo, sorted */
	size_t count;
	struct timeline_lane lane; /* what the person sees: keys that are not echoed yet */
};

struct desk {
	bool person;
	struct lab_execution executions[LAB_FOUR];
	struct view views[LAB_FOUR];
};

#define WAITING 1 /* a kind of stretch */

static int make_view(struct view *view, const struct lab_execution *execution)
{
	int64_t *echoed = calloc(KEYS_MAX, sizeof(*echoed));
	if (echoed == NULL)
		return EX_OSERR;
	view->count = lab_numbers_read(execution->output, "key", view->typed, KEYS_MAX);
	size_t echoes = lab_numbers_read(execution->output, "echo", echoed, KEYS_MAX);
	if (echoes < view->count)
		view->count = echoes;
	int err = 0;
	int64_t seen = 0;
	for (size_t i = 0; i < view->count && err == 0; i++) {
		view->waits[i] = echoed[i] - view->typed[i];
		/* several keys may wait at a time: the lane shows that one does */
		int64_t from = view->typed[i] > seen ? view->typed[i] : seen;
		err = timeline_add(&view->lane, from, echoed[i], WAITING);
		if (echoed[i] > seen)
			seen = echoed[i];
	}
	lab_numbers_sort(view->waits, view->count);
	free(echoed);
	return err == 0 ? 0 : EX_OSERR;
}

static const char *wait_at(const struct view *view, char buf[LAB_TIME_MAX], double share)
{
	if (view->count == 0)
		snprintf(buf, LAB_TIME_MAX, "-");
	else
		lab_report_time(buf, lab_numbers_at(view->waits, view->count, share));
	return buf;
}

static void write_sentence(const struct desk *console, char *sentence, size_t size)
{
	char p50[LAB_FOUR][LAB_TIME_MAX], p99[LAB_FOUR][LAB_TIME_MAX];
	for (int i = 0; i < LAB_FOUR; i++) {
		wait_at(&console->views[i], p50[i], 0.5);
		wait_at(&console->views[i], p99[i], 0.99);
		if (console->views[i].count == 0) {
			snprintf(sentence, size,
				"There is nothing to compare: no key was typed under %s.",
				console->executions[i].as);
			return;
		}
	}
	int64_t worst = lab_numbers_at(console->views[LAB_CONCURRENT].waits,
		console->views[LAB_CONCURRENT].count, 0.99);
	/* 0.1 s: what feels as if it happened at once; 1 s: what breaks a thought */
	snprintf(sentence, size,
		"On one core, interleaved, %s: half of the echoes came within %s, 99 %% within %s; "
		"one task at a time within %s and %s. On %d workers: %s and %s without "
		"interleaving, %s and %s with it.",
		worst < 100 * HK_MS  ? "the console stayed responsive" :
			worst < HK_S ? "the console lagged" :
				       "the console froze",
		p50[LAB_CONCURRENT], p99[LAB_CONCURRENT], p50[LAB_SEQUENTIAL], p99[LAB_SEQUENTIAL],
		WORKERS, p50[LAB_PARALLEL], p99[LAB_PARALLEL], p50[LAB_COMBINED],
		p99[LAB_COMBINED]);
}

static void print_table(const struct desk *console)
{
	lab_report_columns("workers");
	printf(" %7s %7s\n", "p50", "p99");
	for (int i = 0; i < LAB_FOUR; i++) {
		const struct view *view = &console->views[i];
		char p50[LAB_TIME_MAX], p99[LAB_TIME_MAX];
		lab_report_row(&console->executions[i]);
		printf(" %7s %7s\n", wait_at(view, p50, 0.5), wait_at(view, p99, 0.99));
	}
	lab_report_result(console->executions, LAB_FOUR);
}

static void print(const struct lab_experiment *experiment, const struct desk *console,
	const char *sentence)
{
	static const struct timeline_kind looks[TIMELINE_KINDS] = {
		[WAITING] = { 'W', 1, false },
	};
	static const char *const names[] = { "a key waits for its echo" };
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[256];
	lab_report_head(&screen, experiment);
	if (console->person)
		snprintf(line, sizeof(line),
			"%d tasks compute for %d ms each in plain loops while you type; each key "
			"is echoed by a task of its own. From key to echo:",
			HOGS, PERSON_MS);
	else
		snprintf(line, sizeof(line),
			"%d tasks compute for %d ms each in plain loops; a process types a key "
			"every %d ms, each is echoed by a task of its own. From key to echo:",
			HOGS, HOG_MS, KEY_MS);
	screen_print(stdout, &screen, 2, "", line);
	putchar('\n');
	print_table(console);
	putchar('\n');
	struct timeline_scale scale = lab_report_scale(&screen, console->executions, LAB_FOUR);
	timeline_draw_axis(stdout, &screen, &scale, LAB_LANE_INDENT);
	for (int i = 0; i < LAB_FOUR; i++) {
		lab_report_lane(&screen, console->executions[i].as, "");
		timeline_draw(stdout, &screen, &scale, &console->views[i].lane,
			console->executions[i].wall_ns, looks);
	}
	lab_report_legend(&screen, &looks[WAITING], names, 1);
	lab_report_others(&screen, &console->executions[LAB_CONCURRENT]);
	putchar('\n');
	screen_print(stdout, &screen, 0, "", sentence);
}

static int print_json(const struct lab_experiment *experiment, const struct desk *console,
	const char *sentence)
{
	cJSON *json = lab_json_make(experiment, console->executions, LAB_FOUR);
	cJSON_AddStringToObject(json, "typist", console->person ? "person" : "process");
	for (int i = 0; i < LAB_FOUR && json != NULL; i++) {
		const struct view *view = &console->views[i];
		cJSON *item = lab_json_execution(json, (size_t)i);
		cJSON_AddNumberToObject(item, "keys", (double)view->count);
		cJSON_AddNumberToObject(item, "echo_p50_ns",
			(double)lab_numbers_at(view->waits, view->count, 0.5));
		cJSON_AddNumberToObject(item, "echo_p99_ns",
			(double)lab_numbers_at(view->waits, view->count, 0.99));
		cJSON_AddNumberToObject(item, "echo_max_ns",
			(double)lab_numbers_at(view->waits, view->count, 1));
	}
	return lab_json_print(json, sentence);
}

/* Each key at once, and no echo but the tasks'. Ctrl+C stays what it is. */
static void take_terminal(struct termios *before)
{
	tcgetattr(STDIN_FILENO, before);
	struct termios keys = *before;
	keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	keys.c_cc[VMIN] = 1;
	keys.c_cc[VTIME] = 0;
	/* a stopped program would leave the terminal like this */
	keys.c_cc[VSUSP] = _POSIX_VDISABLE;
	keys.c_cc[VQUIT] = _POSIX_VDISABLE;
	tcsetattr(STDIN_FILENO, TCSANOW, &keys);
}

static int run_four(struct desk *console, struct lab_bench *bench, char *const argv[])
{
	if (!console->person)
		return lab_bench_run_four(bench, console->executions, WORKERS, argv);
	static const char *const as[] = { "sequential", "concurrent", "parallel", "combined" };
	int code = 0;
	for (int i = 0; i < LAB_FOUR && code == 0; i++) {
		struct lab_execution *execution = &console->executions[i];
		execution->as = as[i];
		execution->workers = i < LAB_PARALLEL ? 1 : WORKERS;
		/* what was typed too late for the last one is not for this one */
		tcflush(STDIN_FILENO, TCIFLUSH);
		fprintf(stderr, "%d of %d, %s: type, for some seconds!\n", i + 1, LAB_FOUR, as[i]);
		code = lab_bench_run(bench, execution, argv);
		fputs("\n", stderr);
	}
	return code;
}

static int measure(struct desk *console, const struct lab_experiment *experiment)
{
	unsigned hog_ms = console->person ? PERSON_MS : HOG_MS;
	unsigned numbers[] = { console->person ? PERSON : PROCESS, lab_work_per_ms() * hog_ms };
	struct lab_arguments arguments;
	lab_arguments_make(&arguments, experiment, numbers, 2);
	struct lab_bench bench;
	int code = lab_bench_open(&bench, LAB_FOUR);
	if (code != 0)
		return code;
	struct termios before;
	if (console->person) {
		lab_bench_hide_progress(&bench);
		take_terminal(&before);
	}
	code = run_four(console, &bench, arguments.argv);
	if (console->person)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	lab_bench_close(&bench);
	return code;
}

static int report(const struct lab_experiment *experiment, struct desk *console, bool json)
{
	int code = 0;
	for (int i = 0; i < LAB_FOUR && code == 0; i++)
		code = make_view(&console->views[i], &console->executions[i]);
	if (code != 0) {
		fputs("hocket lab console: no memory for its timelines\n", stderr);
		return code;
	}
	char sentence[512];
	write_sentence(console, sentence, sizeof(sentence));
	if (json)
		code = print_json(experiment, console, sentence);
	else
		print(experiment, console, sentence);
	return code == 0 ? lab_report_check(experiment, console->executions, LAB_FOUR) : code;
}

static int run(const struct lab_experiment *experiment, const struct lab_options *options)
{
	struct desk *console = calloc(1, sizeof(*console));
	if (console == NULL) {
		fputs("hocket lab console: no memory\n", stderr);
		return EX_OSERR;
	}
	console->person = isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
	int code = measure(console, experiment);
	if (code == 0)
		code = report(experiment, console, options->json);
	for (int i = 0; i < LAB_FOUR; i++) {
		timeline_free(&console->views[i].lane);
		lab_execution_free(&console->executions[i]);
	}
	free(console);
	return code;
}

const struct lab_experiment lab_console = {
	.name = "console",
	.claim = "the system stays responsive for humans while it computes",
	.about = "Somebody types while tasks compute, and each key is echoed by a task: you, at a\n"
		 "terminal, or else a process.\n",
	.run = run,
	.program = program,
};
