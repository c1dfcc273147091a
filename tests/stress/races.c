/* SPDX-License-Identifier: MIT */
/*
 * Races of the runtime itself, 10,000 times each on 1, 2 and 8 workers: park against wake, sleep
 * against its timer, idle against new work, join against the last end. A wake-up that is lost
 * is a time-out here; one that comes twice is a permit too many.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <unistd.h>

enum { REPEATS = 10000 };

/* Goal: park and wake meet in every way. Method: semaphore ping-pong, four pairs at once. */
struct table {
	struct hk_sem ping, pong;
};

static int serve(void *arg)
{
	struct table *table = arg;

	for (long i = 0; i < hkt_times(REPEATS); i++) {
		hk_sem_post(&table->ping);
		if (hk_sem_wait(&table->pong) != 0)
			return -EIO;
	}
	return 0;
}

static int receive(void *arg)
{
	struct table *table = arg;

	for (long i = 0; i < hkt_times(REPEATS); i++) {
		if (hk_sem_wait(&table->ping) != 0)
			return -EIO;
		hk_sem_post(&table->pong);
	}
	return 0;
}

static int play(void *arg)
{
	struct table tables[4] = { 0 };

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 4; i++) {
		hk_spawn(&s, serve, &tables[i]);
		hk_spawn(&s, receive, &tables[i]);
	}
	ck_assert_int_eq(hk_join(&s), 0);
	for (int i = 0; i < 4; i++) {
		ck_assert(!hk_sem_trywait(&tables[i].ping));
		ck_assert(!hk_sem_trywait(&tables[i].pong));
	}
	return 0;
}

START_TEST(park_against_wake)
{
	ck_assert_int_eq(hkt_run(_i, play, NULL), 0);
}
END_TEST

/* Goal: one pair alone lets workers go idle between any two steps. Method: as above, one pair. */
static int play_alone(void *arg)
{
	struct table table = { HK_SEM_INIT(0), HK_SEM_INIT(0) };

	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, serve, &table);
	hk_spawn(&s, receive, &table);
	return hk_join(&s);
}

START_TEST(idle_against_wake)
{
	ck_assert_int_eq(hkt_run(_i, play_alone, NULL), 0);
}
END_TEST

/* Goal: short sleeps against their timers. Method: four sleepers, 0 to 50 µs, never early. */
static int sleep_often(void *arg)
{
	struct hkt_random r = hkt_random(*(uint64_t *)arg);

	for (long i = 0; i < hkt_times(REPEATS); i++) {
		hk_time ns = hkt_random_below(&r, 50000), start = hk_now();

		if (hk_sleep(ns) != 0 || hk_now() - start < ns)
			return -EIO;
	}
	return 0;
}

static int spawn_sleepers(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (uint64_t i = 0; i < 4; i++)
		hk_spawn_copy(&s, sleep_often, &i, sizeof(i));
	return hk_join(&s);
}

START_TEST(sleep_against_its_timer)
{
	ck_assert_int_eq(hkt_run(_i, spawn_sleepers, NULL), 0);
}
END_TEST

/* Goal: join against the end of the last child. Method: scopes of one, two and three children. */
static int end_soon(void *arg)
{
	int work = *(int *)arg;

	for (int i = 0; i < work; i++)
		hk_yield();
	return 0;
}

static int join_often(void *arg)
{
	struct hkt_random r = hkt_random(*(uint64_t *)arg);

	for (long i = 0; i < hkt_times(REPEATS); i++) {
		int works[3];
		int n = 1 + (int)hkt_random_below(&r, 3);

		HK_SCOPE(s);
		for (int k = 0; k < n; k++) {
			works[k] = (int)hkt_random_below(&r, 3);
			hk_spawn(&s, end_soon, &works[k]);
		}
		if (hk_join(&s) != 0)
			return -EIO;
	}
	return 0;
}

static int spawn_joiners(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (uint64_t i = 0; i < 3; i++)
		hk_spawn_copy(&s, join_often, &i, sizeof(i));
	return hk_join(&s);
}

START_TEST(join_against_the_last_end)
{
	ck_assert_int_eq(hkt_run(_i, spawn_joiners, NULL), 0);
}
END_TEST

/* Goal: posts from outside against parks. Method: a thread and a task pass one permit around. */
static struct table outside;
static _Atomic bool posted;

static void *post_from_outside(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(REPEATS); i++) {
		hk_sem_post(&outside.ping);
		while (!hk_sem_trywait(&outside.pong))
			hk_yield();
	}
	posted = true;
	return NULL;
}

START_TEST(a_foreign_post_against_a_park)
{
	pthread_t thread = hkt_thread(post_from_outside, NULL);

	ck_assert_int_eq(hkt_run(_i, receive, &outside), 0);
	pthread_join(thread, NULL);
	ck_assert(posted);
}
END_TEST

/* Goal: readiness against a parking reader. Method: one byte to and fro between two tasks. */
static int sockets[2][2];

static int pass_byte(void *arg)
{
	int me = *(int *)arg;
	char c = 'b';

	for (long i = 0; i < hkt_times(REPEATS); i++) {
		if (me == 0 && hk_write(sockets[0][1], &c, 1) != 1)
			return -EIO;
		if (hk_read(sockets[1 - me][0], &c, 1) != 1)
			return -EIO;
		if (me == 1 && hk_write(sockets[1][1], &c, 1) != 1)
			return -EIO;
	}
	return 0;
}

static int pass_bytes(void *arg)
{
	static int zero = 0, one = 1;

	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, pass_byte, &zero);
	hk_spawn(&s, pass_byte, &one);
	return hk_join(&s);
}

START_TEST(readiness_against_a_park)
{
	hkt_pipe(sockets[0]);
	hkt_pipe(sockets[1]);
	ck_assert_int_eq(hkt_run(_i, pass_bytes, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/races");
	TCase *tc = hkt_case(suite, "races", 120);

	hkt_add_workers(tc, park_against_wake);
	hkt_add_workers(tc, idle_against_wake);
	hkt_add_workers(tc, sleep_against_its_timer);
	hkt_add_workers(tc, join_against_the_last_end);
	hkt_add_workers(tc, a_foreign_post_against_a_park);
	hkt_add_workers(tc, readiness_against_a_park);
	return hkt_main(suite);
}
