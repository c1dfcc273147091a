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
	&lab_freeze,
	&lab_waiting,
	&lab_console,
	&lab_slices,
	&lab_switching,
	&lab_illusion,
	&lab_crowd,
	&lab_cores,
	&lab_lock,
	&lab_semaphore,
	&lab_threads,
	&lab_corrupt,
	&lab_order,
	&lab_deadlock,
};
#define EXPERIMENTS (sizeof(experiments) / sizeof(experiments[0]))

#define ORDERS_MAX 1000000
#define TASKS_MAX  1000000
#define HOG_MS_MAX 60000
#define RUNS_MAX   100000

/* What some experiments take, in the order of their help. */
static const struct special {
	unsigned takes;
	const char *option;
	const char *help;
} specials[] = {
	{ LAB_TAKES_INPUT, "--input",
		"  --input PATH   cook this file, or the files of this folder; may be repeated\n"
		"                 (default: the C libraries of this machine)\n" },
	{ LAB_TAKES_ORDERS, "--orders", "  --orders N     how many kebabs are ordered\n" },
	{ LAB_TAKES_TASKS, "--tasks",
		"  --tasks N      the largest number of tasks (default: 100000)\n" },
	{ LAB_TAKES_HOG_MS, "--hog-ms",
		"  --hog-ms N     how long the other task computes or sleeps (default: 1000)\n" },
	{ LAB_TAKES_RUNS, "--runs",
		"  --runs N       how often the program is run in each execution (default: 250,\n"
		"                 order: 1000)\n" },
};
#define SPECIALS (sizeof(specials) / sizeof(specials[0]))

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

/* The names of the experiments that take the option. */
#define TAKERS_MAX 64
static const char *takers(char names[TAKERS_MAX], unsigned takes)
{
	size_t used = 0;
	names[0] = '\0';
	for (size_t i = 0; i < EXPERIMENTS; i++)
		if ((experiments[i]->takes & takes) != 0 && used < TAKERS_MAX)
			used += (size_t)snprintf(names + used, TAKERS_MAX - used, "%s%s",
				used > 0 ? " and " : "", experiments[i]->name);
	return names;
}

static void help(const struct lab_experiment *experiment)
{
	if (experiment == NULL)
		fputs("Usage: hocket lab [NAME [OPTION...]]\n"
		      "\n"
		      "Runs an experiment: one program under several executions, measured on this\n"
		      "machine. Without a name it lists the experiments.\n",
			stdout);
	else
		printf("Usage: hocket lab %s [OPTION...]\n\n%s\n\n%s", experiment->name,
			experiment->claim, experiment->about);
	puts("\n  --json         print one JSON object, and nothing else");
	for (size_t i = 0; i < SPECIALS; i++)
		if (experiment == NULL || (experiment->takes & specials[i].takes) != 0)
			fputs(specials[i].help, stdout);
	puts("  --help         this text");
	if (experiment != NULL)
		return;
	struct screen screen = screen_of(STDOUT_FILENO);
	char line[256] = "Not of all experiments:", names[TAKERS_MAX];
	for (size_t i = 0; i < SPECIALS; i++) {
		size_t used = strlen(line);
		snprintf(line + used, sizeof(line) - used, " %s (%s)%s", specials[i].option,
			takers(names, specials[i].takes), i + 1 < SPECIALS ? "," : ".");
	}
	putchar('\n');
	screen_print(stdout, &screen, 0, "", line);
	puts("More in hocket(1).");
}

/* Reads options and at most one name, in any order. Returns 0 or an exit code. */
static int parse(int argc, char **argv, struct lab_options *options, bool *wants_help)
{
	enum { JSON = OPTION_FIRST, INPUT, ORDERS, TASKS, HOG_MS, RUNS, HELP };
	static const struct option known[] = {
		{ "json", no_argument, NULL, JSON },
		{ "input", required_argument, NULL, INPUT },
		{ "orders", required_argument, NULL, ORDERS },
		{ "tasks", required_argument, NULL, TASKS },
		{ "hog-ms", required_argument, NULL, HOG_MS },
		{ "runs", required_argument, NULL, RUNS },
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
		case TASKS:
			if (!read_number("hocket lab", "--tasks", optarg, 1, TASKS_MAX,
				    &options->tasks))
				return EX_USAGE;
			break;
		case HOG_MS:
			if (!read_number("hocket lab", "--hog-ms", optarg, 1, HOG_MS_MAX,
				    &options->hog_ms))
				return EX_USAGE;
			break;
		case RUNS:
			if (!read_number("hocket lab", "--runs", optarg, 1, RUNS_MAX,
				    &options->runs))
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

/* Whether the experiment (NULL: none) takes all that was said. */
static bool takes(const struct lab_experiment *experiment, const struct lab_options *options)
{
	unsigned said = (options->input_count > 0 ? LAB_TAKES_INPUT : 0) |
		(options->orders > 0 ? LAB_TAKES_ORDERS : 0) |
		(options->tasks > 0 ? LAB_TAKES_TASKS : 0) |
		(options->hog_ms > 0 ? LAB_TAKES_HOG_MS : 0) |
		(options->runs > 0 ? LAB_TAKES_RUNS : 0);
	unsigned wrong = said & ~(experiment != NULL ? experiment->takes : 0);
	for (size_t i = SPECIALS; i-- > 0;)
		if ((wrong & specials[i].takes) != 0) {
			char names[TAKERS_MAX];
			takers(names, specials[i].takes);
			fprintf(stderr, "hocket lab: %s is for the experiment%s %s only\n",
				specials[i].option, strstr(names, " and ") != NULL ? "s" : "",
				names);
			return false;
		}
	return true;
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
	if (!takes(experiment, options))
		return EX_USAGE;
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
