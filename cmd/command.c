/* SPDX-License-Identifier: MIT */
/* What every command says about options that it cannot take. */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

int bad_option(const char *who, int got, char **argv)
{
	char letter[] = { '-', (char)optopt, '\0' };
	/* optopt: 0 for an unknown long option, else the value of the option or its letter */
	bool is_letter = optopt > 0 && optopt < OPTION_FIRST;
	const char *option = is_letter ? letter : argv[optind - 1];
	const char *wrong = "unknown or ambiguous";
	if (got == ':')
		wrong = "it needs a value";
	else if (optopt >= OPTION_FIRST)
		wrong = "it takes no value";
	else if (is_letter)
		wrong = "unknown";
	fprintf(stderr, "%s: option '%s': %s: see %s --help\n", who, option, wrong, who);
	return EX_USAGE;
}

bool read_number(const char *who, const char *option, const char *text, long min, long max,
	long *number)
{
	char *end;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || value < min || value > max) {
		fprintf(stderr, "%s: %s '%s': must be %ld ... %ld\n", who, option, text, min, max);
		return false;
	}
	*number = value;
	return true;
}
