/* SPDX-License-Identifier: MIT */
/* A few tasks that compute and sleep; and many tasks, or threads, that are all there at once. */
#include "gather.h"

#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hocket.h>

#include "lab.h"

/* --- a few ------------------------------------------------------------------------------- */

#define ROUNDS	 4
#define WORK_MS	 6
#define SLEEP_MS 5

struct worker {
	unsigned number;
	unsigned numbers_per_ms;
	unsigned primes;
};

static int compute_and_sleep(void *arg)
{
	struct worker *worker = arg;
	int err = 0;
	for (unsigned i = 0; i < ROUNDS && err == 0; i++) {
		worker->primes += lab_work_primes_politely(LAB_WORK_FROM + worker->number * 1000000,
			worker->numbers_per_ms * WORK_MS);
		/* not the same for all, or they would go on in step */
		err = hk_sleep((SLEEP_MS + worker->number) * HK_MS);
	}
	return err;
}

static int start_few(void *arg)
{
	struct worker *workers = arg;
	HK_SCOPE(scope);
	for (unsigned i = 0; i < GATHER_WORKERS; i++)
		hk_spawn(&scope, compute_and_sleep, &workers[i]);
	return hk_join(&scope);
}

static int run_few(unsigned numbers_per_ms)
{
	struct worker workers[GATHER_WORKERS];
	for (unsigned i = 0; i < GATHER_WORKERS; i++)
		workers[i] = (struct worker){ i, numbers_per_ms, 0 };
	int err = hk_run(NULL, start_few, workers);
	if (err < 0)
		return lab_program_failed("threads", err);
	uint32_t sum = LAB_WORK_CHECKSUM;
	for (unsigned i = 0; i < GATHER_WORKERS; i++)
		sum = lab_work_checksum(sum, &workers[i].primes, sizeof(workers[i].primes));
	printf("result %08x\n", sum);
	return EX_OK;
}

/* --- many -------------------------------------------------------------------------------- */

struct meeting {
	atomic_uint there;
	struct hk_sem gate;
	struct hk_sem full; /* all are there */
	sem_t system_gate;
	sem_t system_full;
	long resident; /* bytes */
	hk_time passed;
};

static long resident(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static int come_as_task(void *arg)
{
	struct meeting *meeting = arg;
	if (atomic_fetch_add(&meeting->there, 1) + 1 == GATHER_MANY)
		hk_sem_post(&meeting->full);
	return hk_sem_wait(&meeting->gate);
}

static int meet_as_tasks(void *arg)
{
	struct meeting *meeting = arg;
	HK_SCOPE(scope);
	long before = resident();
	hk_time begin = hk_now();
	for (unsigned i = 0; i < GATHER_MANY; i++)
		hk_spawn(&scope, come_as_task, meeting);
	int err = hk_sem_wait(&meeting->full);
	hk_time gathered = hk_now();
	meeting->resident = resident() - before;
	hk_time go = hk_now();
	for (unsigned i = 0; i < GATHER_MANY; i++)
		hk_sem_post(&meeting->gate);
	if (err == 0)
		err = hk_join(&scope);
	meeting->passed = gathered - begin + hk_now() - go;
	return err;
}

static void wait_for(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

static void *come_as_thread(void *arg)
{
	struct meeting *meeting = arg;
	if (atomic_fetch_add(&meeting->there, 1) + 1 == GATHER_MANY)
		sem_post(&meeting->system_full);
	wait_for(&meeting->system_gate);
	return NULL;
}

static int meet_as_threads(struct meeting *meeting)
{
	static pthread_t threads[GATHER_MANY];
	unsigned count = 0;
	int err = 0;
	sem_init(&meeting->system_gate, 0, 0);
	sem_init(&meeting->system_full, 0, 0);
	long before = resident();
	hk_time begin = hk_now();
	while (count < GATHER_MANY && err == 0) {
		err = pthread_create(&threads[count], NULL, come_as_thread, meeting);
		count += err == 0;
	}
	if (err == 0)
		wait_for(&meeting->system_full);
	hk_time gathered = hk_now();
	meeting->resident = resident() - before;
	hk_time go = hk_now();
	for (unsigned i = 0; i < count; i++)
		sem_post(&meeting->system_gate);
	for (unsigned i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	meeting->passed = gathered - begin + hk_now() - go;
	return -err;
}

static int run_many(enum gather_way way)
{
	struct meeting meeting = { .resident = 0 };
	int err = way == GATHER_THREADS ? meet_as_threads(&meeting) :
					  hk_run(NULL, meet_as_tasks, &meeting);
	if (err < 0)
		return lab_program_failed("threads", err);
	unsigned there = atomic_load(&meeting.there);
	printf("each %" PRId64 "\nresident %ld\n", meeting.passed / GATHER_MANY, meeting.resident);
	printf("result %08x\n", lab_work_checksum(LAB_WORK_CHECKSUM, &there, sizeof(there)));
	return EX_OK;
}

int gather_program(int argc, char **argv)
{
	unsigned numbers[2];
	if (!lab_arguments_read(argc, argv, numbers, 2) || numbers[0] >= GATHER_WAYS)
		return EX_USAGE;
	return numbers[0] == GATHER_FEW ? run_few(numbers[1]) : run_many(numbers[0]);
}
