/* SPDX-License-Identifier: MIT */
/*
 * The programs of hocket lab freeze: a heart that beats every 10 ms, and for a while something
 * beside it that computes or sleeps without asking anybody. The same as tasks, as threads, and as
 * callbacks of a libuv loop.
 */
#include "beside.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef HAVE_LIBUV
#include <uv.h>
#endif

#include <hocket.h>

#include "lab.h"

#define LEAD_MS	     100 /* of quiet before the other begins, and after it */
#define BEATS_WORKED 20	 /* of these the result is made, so that it is the same every time */
#define NUMBERS	     100

struct room {
	enum beside_hog hog;
	hk_time hog_ns;
	hk_time *beats;
	size_t beat_count;
	size_t beats_most;
	uint32_t sum;
	atomic_bool hog_begins;
	atomic_bool hog_over;
	atomic_bool done;
	unsigned cut; /* times that the raw sleep was cut short */
};

static void beat(struct room *room)
{
	if (room->beat_count < BEATS_WORKED) {
		unsigned from = LAB_WORK_FROM + (unsigned)room->beat_count * NUMBERS;
		unsigned primes = lab_work_primes(from, NUMBERS);
		room->sum = lab_work_checksum(room->sum, &primes, sizeof(primes));
	}
	if (room->beat_count < room->beats_most)
		room->beats[room->beat_count++] = hk_now();
}

static bool beats_on(const struct room *room)
{
	return room->beat_count < room->beats_most &&
		(!atomic_load(&room->done) || room->beat_count < BEATS_WORKED);
}

static void sleep_raw(struct room *room)
{
	struct timespec rest = { room->hog_ns / HK_S, room->hog_ns % HK_S };
	while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
		room->cut++;
}

/* No call in the loop: nothing that a library could hook into. */
static void be_a_hog(struct room *room)
{
	atomic_store(&room->hog_begins, true);
	if (room->hog == BESIDE_SLEEP)
		sleep_raw(room);
	else
		while (!atomic_load_explicit(&room->hog_over, memory_order_relaxed))
			;
}

/* Ends the loop: a thread of its own, or the experiment would have no end without slices. */
static void *end_hog(void *arg)
{
	struct room *room = arg;
	struct timespec pause = { 0, HK_MS };
	while (!atomic_load(&room->hog_begins))
		nanosleep(&pause, NULL);
	struct timespec time = { room->hog_ns / HK_S, room->hog_ns % HK_S };
	nanosleep(&time, NULL);
	atomic_store(&room->hog_over, true);
	return NULL;
}

/* --- as tasks ---------------------------------------------------------------------------- */

static int task_heart(void *arg)
{
	struct room *room = arg;
	int err = 0;
	while (beats_on(room) && err == 0) {
		err = hk_sleep(BESIDE_BEAT_MS * HK_MS);
		beat(room);
	}
	return err;
}

static int task_hog(void *arg)
{
	struct room *room = arg;
	int err = hk_sleep(LEAD_MS * HK_MS);
	be_a_hog(room);
	if (err == 0)
		err = hk_sleep(LEAD_MS * HK_MS);
	atomic_store(&room->done, true);
	return err;
}

static int both_tasks(void *arg)
{
	HK_SCOPE(scope);
	hk_spawn(&scope, task_heart, arg);
	hk_spawn(&scope, task_hog, arg);
	return hk_join(&scope);
}

static int run_tasks(struct room *room)
{
	return hk_run(NULL, both_tasks, room);
}

/* --- as threads -------------------------------------------------------------------------- */

static void *thread_heart(void *arg)
{
	struct room *room = arg;
	struct timespec pause = { 0, BESIDE_BEAT_MS * HK_MS };
	while (beats_on(room)) {
		nanosleep(&pause, NULL);
		beat(room);
	}
	return NULL;
}

static int run_threads(struct room *room)
{
	pthread_t heart;
	struct timespec lead = { 0, LEAD_MS * HK_MS };
	int err = pthread_create(&heart, NULL, thread_heart, room);
	if (err != 0)
		return -err;
	nanosleep(&lead, NULL);
	be_a_hog(room);
	nanosleep(&lead, NULL);
	atomic_store(&room->done, true);
	pthread_join(heart, NULL);
	return 0;
}

/* --- as callbacks of libuv --------------------------------------------------------------- */

#ifdef HAVE_LIBUV
static void uv_heart(uv_timer_t *timer)
{
	struct room *room = timer->data;
	beat(room);
	if (!beats_on(room))
		uv_stop(timer->loop);
}

static void uv_done(uv_timer_t *timer)
{
	struct room *room = timer->data;
	atomic_store(&room->done, true);
}

static void uv_hog(uv_timer_t *timer)
{
	be_a_hog(timer->data);
	uv_update_time(timer->loop);
	uv_timer_start(timer, uv_done, LEAD_MS, 0);
}

static int run_libuv(struct room *room)
{
	uv_loop_t loop;
	uv_timer_t heart, hog;
	int err = uv_loop_init(&loop);
	if (err != 0)
		return err;
	uv_timer_init(&loop, &heart);
	uv_timer_init(&loop, &hog);
	heart.data = hog.data = room;
	uv_timer_start(&heart, uv_heart, BESIDE_BEAT_MS, BESIDE_BEAT_MS);
	uv_timer_start(&hog, uv_hog, LEAD_MS, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&heart, NULL);
	uv_close((uv_handle_t *)&hog, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	return uv_loop_close(&loop);
}

bool beside_has_libuv(void)
{
	return true;
}
#else
static int run_libuv(struct room *room)
{
	(void)room;
	return -ENOSYS;
}

bool beside_has_libuv(void)
{
	return false;
}
#endif

/* --- */

/* All that compete must compete for the same: one CPU, the first that this process may use. */
static int take_one_cpu(void)
{
	cpu_set_t all, one;
	if (sched_getaffinity(0, sizeof(all), &all) != 0)
		return -errno;
	int cpu = 0;
	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) == 0 ? 0 : -errno;
}

static int live(struct room *room, enum beside_runner runner)
{
	static int (*const runs[])(struct room *) = {
		[BESIDE_TASKS] = run_tasks,
		[BESIDE_THREADS] = run_threads,
		[BESIDE_LIBUV] = run_libuv,
	};
	pthread_t end;
	int err = take_one_cpu();
	if (err == 0 && room->hog == BESIDE_SPIN)
		err = -pthread_create(&end, NULL, end_hog, room);
	if (err != 0)
		return err;
	err = runs[runner](room);
	if (room->hog == BESIDE_SPIN) {
		atomic_store(&room->hog_begins, true);
		pthread_join(end, NULL);
	}
	return err;
}

int beside_program(int argc, char **argv)
{
	unsigned numbers[3]; /* runner, hog, milliseconds */
	if (!lab_arguments_read(argc, argv, numbers, 3) || numbers[0] >= BESIDE_RUNNERS ||
		numbers[1] >= BESIDE_HOGS)
		return EX_USAGE;
	struct room room = {
		.hog = numbers[1],
		.hog_ns = numbers[2] * HK_MS,
		.beats_most = (size_t)(numbers[2] + 2 * LEAD_MS) / BESIDE_BEAT_MS * 2 + 1000,
		.sum = LAB_WORK_CHECKSUM,
	};
	room.beats = calloc(room.beats_most, sizeof(*room.beats));
	if (room.beats == NULL) {
		fputs("hocket lab freeze: no memory for its beats\n", stderr);
		return EX_OSERR;
	}
	hk_time begin = hk_now();
	int err = live(&room, numbers[0]);
	for (size_t i = 0; i < room.beat_count && err >= 0; i++)
		printf("beat %" PRId64 "\n", room.beats[i] - begin);
	free(room.beats);
	if (err < 0)
		return lab_program_failed("freeze", err);
	printf("cut %u\nresult %08x\n", room.cut, room.sum);
	return EX_OK;
}
