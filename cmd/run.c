/* SPDX-License-Identifier: MIT */
/* hocket run: any Hocket program, under an execution of the user's choice. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hocket.h>

#include "child.h"
#include "command.h"
#include "posix.h"
#include "report.h"
#include "stats.h"

#define WHO		"hocket run"
#define EXIT_CANNOT_RUN 126
#define EXIT_NOT_FOUND	127

static const char help_text[] =
	"Usage: hocket run [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
	"\n"
	"Runs a Hocket program under an execution of your choice; the program stays as it is.\n"
	"\n"
	"  --as NAME      sequential: one worker, a task that waits holds it\n"
	"                 concurrent: one worker, a task that waits gives it away\n"
	"                 parallel:   N workers, each runs one task to its end\n"
	"                 combined:   many tasks on N workers\n"
	"  --workers N    how many workers, 1 ... 1024\n"
	"  --posix        let blocking calls of libc in a task block no other task\n"
	"  --stats        say at the end, on stderr, what it did\n"
	"  --events FILE  write who ran when and waited for what to FILE\n"
	"  -h, --help     this text\n"
	"\n"
	"The exit code is that of the program, or 128 + the signal that killed it.\n";
_Static_assert(HK_WORKERS_MAX == 1024, "the help text says so");

/* Where the program writes its counters. A signal that ends us removes it as well. */
static char stats_path[PATH_MAX];

struct request {
	struct child_options child;
	bool report;
	bool posix;
	bool made_events; /* the file of child.events was not there before */
};

static bool parse_execution(const char *name)
{
	for (int as = 0; hk_execution_name(as) != NULL; as++)
		if (strcmp(name, hk_execution_name(as)) == 0)
			return true;
	fprintf(stderr, WHO ": --as '%s': must be sequential, concurrent, parallel or combined\n",
		name);
	return false;
}

/* Returns an exit code; *done: there is nothing to run. */
static int parse(int argc, char **argv, struct request *request, bool *done)
{
	enum { AS = OPTION_FIRST, WORKERS, POSIX, STATS, EVENTS, HELP };
	static const struct option options[] = {
		{ "as", required_argument, NULL, AS },
		{ "workers", required_argument, NULL, WORKERS },
		{ "posix", no_argument, NULL, POSIX },
		{ "stats", no_argument, NULL, STATS },
		{ "events", required_argument, NULL, EVENTS },
		{ "help", no_argument, NULL, HELP },
		{ NULL, 0, NULL, 0 },
	};
	int got;
	*done = true;
	while ((got = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		long workers;
		switch (got) {
		case AS:
			if (!parse_execution(optarg))
				return EX_USAGE;
			request->child.execution = optarg;
			break;
		case WORKERS:
			if (!read_number(WHO, "--workers", optarg, 1, HK_WORKERS_MAX, &workers))
				return EX_USAGE;
			request->child.workers = (unsigned)workers;
			break;
		case POSIX:
			request->posix = true;
			break;
		case STATS:
			request->report = true;
			break;
		case EVENTS:
			request->child.events = optarg;
			break;
		case HELP:
		case 'h':
			fputs(help_text, stdout);
			return EX_OK;
		default:
			return bad_option(WHO, got, argv);
		}
	}
	if (optind == argc) {
		fputs(WHO ": no program was given: see " WHO " --help\n", stderr);
		return EX_USAGE;
	}
	request->child.argv = &argv[optind];
	*done = false;
	return EX_OK;
}

/* The library checks HOCKET_OPTIONS better than we could, and says what is wrong with it. */
static bool environment_is_valid(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int err = fd < 0 ? 0 : hk_explain(NULL, fd);
	if (fd >= 0)
		close(fd);
	return err != -EINVAL;
}

/*
 * Creates the file, so that a path which cannot be written is known before the program starts,
 * and the program may change its directory. Returns an exit code.
 */
static int prepare_events(struct request *request, char resolved[PATH_MAX])
{
	struct child_options *child = &request->child;
	if (child->events == NULL)
		return EX_OK;
	if (*child->events == '\0' || strchr(child->events, ':') != NULL) {
		fprintf(stderr, WHO ": --events '%s': must be a path without ':'\n", child->events);
		return EX_USAGE;
	}
	/* O_NONBLOCK: a FIFO that nobody reads is an error, not a wait */
	const int flags = O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open(child->events, flags | O_EXCL, 0666);
	request->made_events = fd >= 0;
	if (fd < 0)
		fd = open(child->events, flags, 0666);
	if (fd < 0) {
		fprintf(stderr, WHO ": --events '%s': cannot be written: %s\n", child->events,
			strerror(errno));
		return EX_CANTCREAT;
	}
	close(fd);
	if (realpath(child->events, resolved) != NULL && strchr(resolved, ':') == NULL)
		child->events = resolved;
	return EX_OK;
}

static void remove_stats(void)
{
	if (stats_path[0] != '\0')
		unlink(stats_path);
	stats_path[0] = '\0';
}

/* A program that wrote no events leaves no empty file behind. */
static void remove_empty_events(const struct request *request)
{
	struct stat status;
	if (request->made_events && stat(request->child.events, &status) == 0 &&
		status.st_size == 0)
		unlink(request->child.events);
}

static void end_by_signal(int signal)
{
	unlink(stats_path);
	raise(signal); /* SA_RESETHAND: it kills when this handler has returned */
}

/* No signal comes between the file and the promise to remove it. */
static int make_stats(void)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction action = { .sa_handler = end_by_signal, .sa_flags = (int)SA_RESETHAND };
	sigset_t all, mask;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask);
	int fd = mkostemp(stats_path, O_CLOEXEC);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]) && fd >= 0; i++) {
		struct sigaction before;
		sigaction(ending[i], NULL, &before);
		if (before.sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
	}
	int err = errno;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	errno = err;
	return fd;
}

/* Returns an exit code. */
static int prepare_stats(struct child_options *child)
{
	const char *folder = getenv("TMPDIR");
	if (folder == NULL || *folder == '\0')
		folder = "/tmp";
	char resolved[PATH_MAX];
	if (realpath(folder, resolved) == NULL) {
		fprintf(stderr, WHO ": TMPDIR '%s': %s\n", folder, strerror(errno));
		return EX_CANTCREAT;
	}
	int length = snprintf(stats_path, sizeof(stats_path), "%s/hocket-XXXXXX", resolved);
	if (strchr(resolved, ':') != NULL || length >= (int)sizeof(stats_path)) {
		stats_path[0] = '\0';
		fprintf(stderr, WHO ": TMPDIR '%s': must be a shorter path without ':'\n",
			resolved);
		return EX_CANTCREAT;
	}
	int fd = make_stats();
	if (fd < 0) {
		stats_path[0] = '\0';
		fprintf(stderr, WHO ": no temporary file can be made in TMPDIR '%s': %s\n",
			resolved, strerror(errno));
		return EX_CANTCREAT;
	}
	close(fd);
	child->stats = stats_path;
	return EX_OK;
}

/* The last stats=FILE of our own HOCKET_OPTIONS, which ours hides from the program; or NULL. */
static char *inherited_stats(void)
{
	const char *inherited = getenv("HOCKET_OPTIONS");
	char *options = strdup(inherited != NULL ? inherited : "");
	char *found = NULL;
	char *rest = options;
	char *option;
	while (options != NULL && (option = strsep(&rest, ":")) != NULL) {
		if (strncmp(option, "stats=", strlen("stats=")) != 0)
			continue;
		free(found);
		found = strdup(option + strlen("stats="));
	}
	free(options);
	return found;
}

/* Whoever started us with stats=FILE gets what it asked for. Returns an exit code. */
static int pass_stats_on(void)
{
	char *path = inherited_stats();
	if (path == NULL || *path == '\0') {
		free(path);
		return EX_OK;
	}
	int from = open(stats_path, O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	char buffer[4096];
	ssize_t got = -1;
	if (from >= 0 && to >= 0)
		while ((got = read(from, buffer, sizeof(buffer))) > 0)
			if (write(to, buffer, (size_t)got) != got) {
				got = -1;
				break;
			}
	if (got < 0)
		fprintf(stderr, WHO ": stats=%s of HOCKET_OPTIONS cannot be written: %s\n", path,
			strerror(errno));
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	free(path);
	return got < 0 ? EX_IOERR : EX_OK;
}

/* What the counters tell, now that the program has ended with `code`. Returns our exit code. */
static int conclude(const struct request *request, int status)
{
	const char *program = request->child.argv[0];
	int code = child_exit_code(status);
	struct stats stats;
	if (stats_read(stats_path, &stats) != 0)
		return code != 0 ? code : EX_IOERR;
	if (request->report)
		for (size_t i = 0; i < stats.count; i++)
			report_run(stderr, &stats.runs[i]);
	/* Ctrl+C and a reader that has gone are what the user did */
	int killer = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (killer != 0 && killer != SIGINT && killer != SIGPIPE)
		fprintf(stderr, "hocket: %s was killed by signal %d (%s)\n", program, killer,
			strsignal(killer));
	if (stats.count == 0 && code == 0) {
		fprintf(stderr,
			"hocket: %s is not a Hocket program: it never called hk_run() to its end, "
			"so there was no execution to choose\n",
			program);
		code = EX_DATAERR;
	} else if (stats.count == 0 && request->report) {
		fprintf(stderr, "hocket: %s ended before an hk_run() did: there are no counters\n",
			program);
	}
	stats_free(&stats);
	int passed_on = pass_stats_on();
	return code != 0 ? code : passed_on;
}

static int refusal_code(int err)
{
	switch (err) {
	case -ENOENT:
		return EXIT_NOT_FOUND;
	case -EINVAL:
		return EX_USAGE;
	case -EAGAIN:
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		return EX_OSERR;
	default:
		return EXIT_CANNOT_RUN;
	}
}

int cmd_run(int argc, char **argv)
{
	struct request request = { .child = { .out = -1 } };
	bool done;
	int code = parse(argc, argv, &request, &done);
	if (done)
		return code;
	if (!environment_is_valid())
		return EX_USAGE;
	char posix_path[PATH_MAX];
	if (request.posix) {
		code = posix_find(WHO, posix_path);
		request.child.preload = posix_path;
		if (code != EX_OK)
			return code;
	}
	char events_path[PATH_MAX];
	code = prepare_events(&request, events_path);
	if (code == EX_OK)
		code = prepare_stats(&request.child);
	if (code == EX_OK) {
		struct child_result result;
		int err = child_run(&request.child, &result);
		code = err != 0 ? refusal_code(err) : conclude(&request, result.status);
	}
	remove_stats();
	remove_empty_events(&request);
	return code;
}
