/* SPDX-License-Identifier: MIT */
/* hocket lab: lists the experiments, or runs one. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "lab/lab.h"

static const struct lab_experiment *const experiments[] = {
	&lab_kitchen,
	&lab_waiting,
	&lab_cores,
	&lab_lock,
	&lab_semaphore,
};
#define EXPERIMENTS (sizeof(experiments) / sizeof(experiments[0]))

#define ORDERS_MAX 1000000

static const struct lab_experiment *find_experiment(const char *name)
{
	for (size_t i = 0; i < EXPERIMENTS; i++)
		if (strcmp(name, experiments[i]->name) == 0)
			return experiments[i];
	fprintf(stderr, "hocket lab: unknown experiment '%s': hocket lab lists them\n", name);
	return NULL;
}

static int list(const struct lab_options *options)
{
	if (!options->json) {
		for (size_t i = 0; i < EXPERIMENTS; i++)
			printf("%-10s  %s\n", experiments[i]->name, experiments[i]->claim);
		printf("\nRun one: hocket lab %s\n", experiments[0]->name);
		return EX_OK;
	}
	cJSON *array = cJSON_CreateArray();
	for (size_t i = 0; i < EXPERIMENTS; i++) {
		cJSON *item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "name", experiments[i]->name);
		cJSON_AddStringToObject(item, "claim", experiments[i]->claim);
		cJSON_AddItemToArray(array, item);
	}
	char *text = cJSON_Print(array);
	cJSON_Delete(array);
	if (text == NULL) {
		fputs("hocket lab: no memory for the JSON\n", stderr);
		return EX_OSERR;
	}
	puts(text);
	cJSON_free(text);
	return EX_OK;
}

static void help(const struct lab_experiment *experiment)
{
	static const char kitchen[] =
		"  --input PATH   cook this file, or the files of this folder; may be repeated\n"
		"                 (default: the C libraries of this machine)\n"
		"  --orders N     how many kebabs are ordered\n";
	if (experiment == NULL)
		fputs("Usage: hocket lab [NAME [OPTION...]]\n"
		      "\n"
		      "Runs an experiment: one program under several executions, measured on this\n"
		      "machine. Without a name it lists the experiments.\n",
			stdout);
	else
		printf("Usage: hocket lab %s [OPTION...]\n\n%s\n%s", experiment->name,
			experiment->claim, experiment->about);
	printf("\n"
	       "  --json         print one JSON object, and nothing else\n"
	       "%s"
	       "  --help         this text\n",
		experiment == NULL || experiment->kitchen ? kitchen : "");
	if (experiment == NULL)
		puts("\n--input and --orders are for kitchen. More in hocket(1).");
}

/* Reads options and at most one name, in any order. Returns 0 or an exit code. */
static int parse(int argc, char **argv, struct lab_options *options, bool *wants_help)
{
	enum { JSON = OPTION_FIRST, INPUT, ORDERS, HELP };
	static const struct option known[] = {
		{ "json", no_argument, NULL, JSON },
		{ "input", required_argument, NULL, INPUT },
		{ "orders", required_argument, NULL, ORDERS },
		{ "help", no_argument, NULL, HELP },
		{ NULL, 0, NULL, 0 },
	};
	int got;
	while ((got = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
		switch (got) {
		case JSON:
			options->json = true;
			break;
		case INPUT:
			options->inputs[options->input_count++] = optarg;
			break;
		case ORDERS:
			if (!read_number("hocket lab", "--orders", optarg, 1, ORDERS_MAX,
				    &options->orders))
				return EX_USAGE;
			break;
		case HELP:
		case 'h':
			*wants_help = true;
			break;
		default:
			return bad_option("hocket lab", got, argv);
		}
	}
	if (argc - optind <= 1)
		return EX_OK;
	fprintf(stderr, "hocket lab: '%s' is too much: name one experiment\n", argv[optind + 1]);
	return EX_USAGE;
}

static int lab(int argc, char **argv, struct lab_options *options)
{
	bool wants_help = false;
	int code = parse(argc, argv, options, &wants_help);
	if (code != EX_OK)
		return code;
	const struct lab_experiment *experiment = NULL;
	if (optind < argc) {
		experiment = find_experiment(argv[optind]);
		if (experiment == NULL)
			return EX_USAGE;
	}
	if (wants_help) {
		help(experiment);
		return EX_OK;
	}
	if ((options->input_count > 0 || options->orders > 0) &&
		(experiment == NULL || !experiment->kitchen)) {
		fprintf(stderr, "hocket lab: %s is for the experiment kitchen only\n",
			options->orders > 0 ? "--orders" : "--input");
		return EX_USAGE;
	}
	return experiment != NULL ? experiment->run(experiment, options) : list(options);
}

/* The command runs itself as the program of an experiment: lab --child NAME NUMBER... */
static int program(int argc, char **argv)
{
	const struct lab_experiment *experiment = find_experiment(argc > 0 ? argv[0] : "");
	if (experiment == NULL)
		return EX_USAGE;
	if (experiment->program != NULL)
		return experiment->program(argc, argv);
	fprintf(stderr, "hocket lab: --child is not for %s\n", experiment->name);
	return EX_USAGE;
}

int cmd_lab(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--child") == 0)
		return program(argc - 2, argv + 2);
	struct lab_options options = { .inputs = calloc((size_t)argc, sizeof(*options.inputs)) };
	if (options.inputs == NULL) {
		fputs("hocket lab: no memory for its options\n", stderr);
		return EX_OSERR;
	}
	int code = lab(argc, argv, &options);
	free(options.inputs);
	return code;
}
