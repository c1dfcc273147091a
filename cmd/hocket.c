/* SPDX-License-Identifier: MIT */
/* The command: hands over to one of its commands, and makes sure that its output arrived. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#include "command.h"

static const char help_text[] =
	"Usage: hocket COMMAND [OPTION...]\n"
	"\n"
	"A Hocket program is written once, as tasks, and executed any way you choose.\n"
	"\n"
	"  hocket run     run a program under an execution, and measure it\n"
	"  hocket lab     experiments: what concurrency and parallelism do on this machine\n"
	"  hocket doctor  what the runtime decides on this machine, and why\n"
	"  hocket help    this text; hocket help COMMAND: that of a command\n"
	"\n"
	"  --version      the version\n"
	"\n"
	"More in hocket(1).\n";

static const struct command {
	const char *name;
	int (*call)(int argc, char **argv);
} commands[] = {
	{ "run", cmd_run },
	{ "lab", cmd_lab },
	{ "doctor", cmd_doctor },
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	fprintf(stderr, "hocket: unknown command '%s': see hocket --help\n", name);
	return NULL;
}

static int call(const struct command *command, int argc, char **argv)
{
	optind = 0; /* getopt_long() begins anew */
	return command->call(argc, argv);
}

static int help(int argc, char **argv)
{
	if (argc > 2) {
		fprintf(stderr, "hocket help: '%s' is too much: name one command\n", argv[2]);
		return EX_USAGE;
	}
	if (argc < 2) {
		fputs(help_text, stdout);
		return EX_OK;
	}
	const struct command *command = find_command(argv[1]);
	if (command == NULL)
		return EX_USAGE;
	char option[] = "--help";
	return call(command, 2, (char *[]){ argv[1], option, NULL });
}

static int dispatch(int argc, char **argv)
{
	enum { HELP = OPTION_FIRST, VERSION };
	static const struct option options[] = {
		{ "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION },
		{ NULL, 0, NULL, 0 },
	};
	int got = getopt_long(argc, argv, "+:h", options, NULL);
	if (got == HELP || got == 'h')
		return help(1, argv);
	if (got == VERSION) {
		printf("hocket %s\n", HK_VERSION);
		return EX_OK;
	}
	if (got != -1)
		return bad_option("hocket", got, argv);
	if (optind == argc) {
		fputs("hocket: no command was given: see hocket --help\n", stderr);
		return EX_USAGE;
	}
	argc -= optind;
	argv += optind;
	if (strcmp(argv[0], "help") == 0)
		return help(argc, argv);
	const struct command *command = find_command(argv[0]);
	return command != NULL ? call(command, argc, argv) : EX_USAGE;
}

/*
 * Nothing we open may land on a standard descriptor that is closed. The placeholders fail when
 * they are used, as the closed ones would, and a program that we start does not get them.
 */
static void hold_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", (fd == 0 ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
}

/* Output is complete only when closing says so: a full disk shows as late as that. */
static int close_stdout(int code)
{
	bool failed = ferror(stdout) != 0;
	errno = 0;
	if (fclose(stdout) == 0 && !failed)
		return code;
	fprintf(stderr, "hocket: standard output could not be written: %s\n",
		errno != 0 ? strerror(errno) : "an earlier write failed");
	return code == EX_OK ? EX_IOERR : code;
}

int main(int argc, char **argv)
{
	opterr = 0;
	hold_standard_descriptors();
	return close_stdout(dispatch(argc, argv));
}
