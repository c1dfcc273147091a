/* SPDX-License-Identifier: MIT */
/* A program of several experiments: tasks that compute in plain loops and call nothing. */
#include <stdio.h>
#include <stdlib.h>

#include <hocket.h>

#include "lab.h"

struct loop {
	unsigned from;
	unsigned numbers;
	unsigned primes;
};

struct loops {
	struct loop *loops;
	unsigned count;
};

static int compute(void *arg)
{
	struct loop *loop = arg;
	loop->primes = lab_work_primes(loop->from, loop->numbers);
	return 0;
}

static int compute_all(void *arg)
{
	struct loops *loops = arg;
	HK_SCOPE(scope);
	for (unsigned i = 0; i < loops->count; i++)
		hk_spawn(&scope, compute, &loops->loops[i]);
	return hk_join(&scope);
}

int lab_loops_run(const char *experiment, unsigned count, unsigned numbers)
{
	struct loops loops = { calloc(count, sizeof(struct loop)), count };
	if (loops.loops == NULL) {
		fprintf(stderr, "hocket lab %s: no memory for its tasks\n", experiment);
		return EX_OSERR;
	}
	for (unsigned i = 0; i < count; i++)
		loops.loops[i] = (struct loop){ LAB_WORK_FROM + i * numbers, numbers, 0 };
	int err = hk_run(NULL, compute_all, &loops);
	uint32_t sum = LAB_WORK_CHECKSUM;
	for (unsigned i = 0; i < count; i++)
		sum = lab_work_checksum(sum, &loops.loops[i].primes, sizeof(loops.loops[i].primes));
	free(loops.loops);
	if (err < 0)
		return lab_program_failed(experiment, err);
	printf("result %08x\n", sum);
	return EX_OK;
}

int lab_loops_program(int argc, char **argv)
{
	unsigned numbers[2]; /* how many tasks, how much each */
	if (!lab_arguments_read(argc, argv, numbers, 2))
		return EX_USAGE;
	return lab_loops_run(argv[0], numbers[0], numbers[1]);
}
