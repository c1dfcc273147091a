/* SPDX-License-Identifier: MIT */
/* The waiter: understands the customers (the command line) and tells them how it went. */
#define _GNU_SOURCE
#include "kitchen.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>
#include <zlib.h>

static const char usage[] =
	"usage: kebab [--orders N] [--chefs N] [--bake MS] [--output DIR] FILE|FOLDER...\n"
	"Cooks each file: compresses it, bakes it in the oven and serves it as DIR/NNN-name.gz.\n"
	"  --orders N    cook N orders, going round the files (default: each file once)\n"
	"  --chefs N     workers, 1 to 1024 (default: the CPUs that may be used)\n"
	"  --bake MS     milliseconds in the oven (default: 50)\n"
	"  --output DIR  where to serve (default: nothing is written)\n";

static unsigned number(const char *option, unsigned min, unsigned max)
{
	char *end;
	unsigned long n = strtoul(optarg, &end, 10); /* ULONG_MAX when it is too large */

	if (!isdigit((unsigned char)*optarg) || *end || n < min || n > max)
		errx(EX_USAGE, "--%s takes a number from %u to %u, not '%s'", option, min, max,
			optarg);
	return (unsigned)n;
}

static void interrupted(int signal)
{
	static const char text[] = "kebab: interrupted\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)ignored;
	raise(signal); /* ends the program by the default action: SA_RESETHAND */
}

/* A closed stdin, stdout or stderr must not become somebody's socket or file. */
static void prepare_process(void)
{
	struct sigaction ending = { .sa_handler = interrupted, .sa_flags = SA_RESETHAND };
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGINT, &ending, NULL);
	sigaction(SIGTERM, &ending, NULL);
}

static unsigned read_options(struct kitchen *kitchen, int argc, char **argv)
{
	static const struct option options[] = {
		{ "orders", required_argument, NULL, 'n' },
		{ "chefs", required_argument, NULL, 'c' },
		{ "bake", required_argument, NULL, 'b' },
		{ "output", required_argument, NULL, 'o' },
		{ "oven", required_argument, NULL, 'O' }, /* see oven_light() */
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	unsigned orders = 0;
	int option;

	kitchen->bake_ms = 50;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'n':
			orders = number("orders", 1, 1000000);
			break;
		case 'c':
			kitchen->chefs = number("chefs", 1, HK_WORKERS_MAX);
			break;
		case 'b':
			kitchen->bake_ms = number("bake", 0, 3600000);
			break;
		case 'o':
			kitchen->output = optarg;
			break;
		case 'O':
			exit(oven_main((int)number("oven", 0, INT_MAX), kitchen->bake_ms));
		case 'h':
			if (fputs(usage, stdout) < 0 || fflush(stdout) != 0)
				err(EX_IOERR, "cannot write to stdout");
			exit(EX_OK);
		default:
			exit(EX_USAGE); /* getopt_long() has said why */
		}
	if (optind == argc)
		errx(EX_USAGE, "no file or folder to cook was given; see kebab --help");
	return orders;
}

void waiter_take_orders(struct kitchen *kitchen, int argc, char **argv)
{
	size_t orders = read_options(kitchen, argc, argv), files;
	char **paths;

	prepare_process();
	paths = pantry_list(argv + optind, &files);
	kitchen->count = orders ? orders : files;
	kitchen->orders = calloc(kitchen->count, sizeof(*kitchen->orders));
	if (!kitchen->orders)
		errx(EX_OSERR, "no memory for %zu orders", kitchen->count);
	for (size_t i = 0; i < kitchen->count; i++) {
		kitchen->orders[i].kitchen = kitchen;
		kitchen->orders[i].number = i + 1;
		kitchen->orders[i].path = paths[i % files];
	}
	if (!kitchen->output)
		return;
	mkdir(kitchen->output, 0777);
	kitchen->folder = open(kitchen->output, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (kitchen->folder < 0)
		err(EX_CANTCREAT, "cannot serve into %s", kitchen->output);
}

/* Says what went wrong with an order. Returns the exit code. */
static int complain(const struct kitchen *kitchen, const struct order *order)
{
	const char *why = hk_strerror(order->error);

	if (order->error == -ENOMEM || order->error == -EMFILE || order->error == -ENFILE) {
		warnx("no %s for order %zu (%s)",
			order->error == -ENOMEM ? "memory" : "descriptor left", order->number,
			order->path);
		return EX_OSERR;
	}
	switch (order->at) {
	case AT_PANTRY:
		warnx("cannot read order %zu (%s): %s", order->number, order->path, why);
		return EX_NOINPUT;
	case AT_OVEN:
		if (order->error == -EPIPE)
			warnx("the oven died while order %zu (%s) was baking", order->number,
				order->path);
		else if (order->error == -EBADMSG)
			warnx("order %zu (%s) came out of the oven as something else",
				order->number, order->path);
		else
			warnx("cannot bake order %zu (%s): %s", order->number, order->path, why);
		return EX_UNAVAILABLE;
	case AT_COUNTER:
		warnx("cannot serve order %zu (%s) into %s: %s", order->number, order->path,
			kitchen->output, why);
		return EX_CANTCREAT;
	}
	return EX_SOFTWARE;
}

int waiter_bill(const struct kitchen *kitchen, int result)
{
	size_t in = 0, out = 0;
	uLong checksum = 0;

	for (const struct order *order = kitchen->orders; order < kitchen->orders + kitchen->count;
		order++) {
		if (order->error < 0 && order->error != -ECANCELED)
			return complain(kitchen, order);
		in += order->size;
		out += order->served;
		checksum = crc32_combine(checksum, order->checksum, (z_off_t)order->size);
	}
	if (result < 0) /* the kitchen did not open: hk_run() has said why */
		return result == -EINVAL ? EX_USAGE : EX_OSERR;
	if (printf("kebab: %zu orders, %zu parts, %zu bytes in, %zu bytes out, checksum %08lx\n",
		    kitchen->count, PARTS * kitchen->count, in, out, checksum) < 0 ||
		fflush(stdout) != 0)
		err(EX_IOERR, "cannot write the bill to stdout");
	return EX_OK;
}
