/* SPDX-License-Identifier: MIT */
/* hocket doctor: what the runtime decides on this machine, and why. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <hocket.h>

#include "command.h"

#define WIDTH_DEFAULT 100
#define NAME_WIDTH    12

static const char help_text[] =
	"Usage: hocket doctor\n"
	"\n"
	"Prints the versions in use and each decision that the runtime takes on this machine\n"
	"with its reason. HOCKET_OPTIONS is respected.\n"
	"\n"
	"  -h, --help  this text\n";

static size_t output_width(void)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return WIDTH_DEFAULT;
}

static void print_versions(void)
{
	struct utsname system;
	uname(&system);
	printf("%-*s  %s\n", NAME_WIDTH, "command", HK_VERSION);
	printf("%-*s  %s\n", NAME_WIDTH, "library", hk_version());
#ifdef __clang__
	printf("%-*s  clang %d.%d.%d\n", NAME_WIDTH, "compiler", __clang_major__, __clang_minor__,
		__clang_patchlevel__);
#else
	printf("%-*s  gcc %d.%d.%d\n", NAME_WIDTH, "compiler", __GNUC__, __GNUC_MINOR__,
		__GNUC_PATCHLEVEL__);
#endif
	printf("%-*s  %s %s %s\n\n", NAME_WIDTH, "kernel", system.sysname, system.release,
		system.machine);
}

/* "what: decision (reason)": the reason goes below the decision where a line is too narrow. */
static void print_decision(char *line, size_t width)
{
	char *decision = strstr(line, ": ");
	if (decision == NULL) {
		puts(line);
		return;
	}
	*decision = '\0';
	decision += 2;
	char *reason = strstr(decision, " (");
	if (reason != NULL && NAME_WIDTH + 2 + strlen(decision) > width) {
		*reason = '\0';
		printf("%-*s  %s\n%-*s  %s\n", NAME_WIDTH, line, decision, NAME_WIDTH, "",
			reason + 1);
	} else {
		printf("%-*s  %s\n", NAME_WIDTH, line, decision);
	}
}

/* The library writes to a descriptor: it gets a file in memory, which is then laid out. */
static int print_decisions(void)
{
	int fd = memfd_create("hocket-doctor", MFD_CLOEXEC);
	int err = fd < 0 ? -errno : hk_explain(NULL, fd);
	if (err == -EINVAL)
		return EX_USAGE;
	FILE *lines = err == 0 && lseek(fd, 0, SEEK_SET) == 0 ? fdopen(fd, "r") : NULL;
	if (lines == NULL) {
		fprintf(stderr, "hocket doctor: the decisions cannot be listed: %s\n",
			hk_strerror(err != 0 ? err : errno));
		return EX_OSERR;
	}
	print_versions();
	char *line = NULL;
	size_t capacity = 0;
	size_t width = output_width();
	while (getline(&line, &capacity, lines) > 0) {
		line[strcspn(line, "\n")] = '\0';
		print_decision(line, width);
	}
	free(line);
	fclose(lines);
	return EX_OK;
}

int cmd_doctor(int argc, char **argv)
{
	enum { HELP = OPTION_FIRST };
	static const struct option options[] = {
		{ "help", no_argument, NULL, HELP },
		{ NULL, 0, NULL, 0 },
	};
	int got = getopt_long(argc, argv, "+:h", options, NULL);
	if (got == HELP || got == 'h') {
		fputs(help_text, stdout);
		return EX_OK;
	}
	if (got != -1)
		return bad_option("hocket doctor", got, argv);
	if (optind < argc) {
		fprintf(stderr, "hocket doctor: '%s' is too much: it takes no arguments\n",
			argv[optind]);
		return EX_USAGE;
	}
	return print_decisions();
}
