/* SPDX-License-Identifier: MIT */
/* The stats line: one JSON object a run, whose counts are those of the program. */
#include "../check_hocket.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The last line of a stats file, parsed; the file must have so many lines. */
static cJSON *last_line(const char *path, int lines)
{
	static char text[1 << 20];
	FILE *file = fopen(path, "r");
	char *last = text, *newline;
	size_t n;
	cJSON *json;

	ck_assert_ptr_nonnull(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	for (; lines > 1; lines--) {
		last = strchr(last, '\n');
		ck_assert_ptr_nonnull(last);
		last++;
	}
	newline = strchr(last, '\n');
	ck_assert_ptr_nonnull(newline);
	ck_assert_str_eq(newline, "\n");
	*newline = '\0';
	json = cJSON_ParseWithOpts(last, NULL, 1);
	ck_assert_msg(json != NULL, "not JSON: %.300s", last);
	return json;
}

static double number(const cJSON *json, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);

	ck_assert_msg(cJSON_IsNumber(item), "no number \"%s\"", key);
	return item->valuedouble;
}

static const char *string(const cJSON *json, const char *key)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);

	ck_assert_msg(cJSON_IsString(item), "no string \"%s\"", key);
	return item->valuestring;
}

static int parks(const cJSON *json, const char *cause)
{
	return (int)number(cJSON_GetObjectItemCaseSensitive(json, "parks"), cause);
}

static cJSON *run_with_stats(int setup, int (*fn)(void *), int expected)
{
	struct hk_options options = hkt_options(setup);
	struct hkt_file file;
	cJSON *json;

	hkt_file(&file);
	options.stats = file.path;
	options.name = "chef \"\\\n";
	ck_assert_int_eq(hk_run(&options, fn, NULL), expected);
	json = last_line(file.path, 1);
	hkt_file_remove(&file);
	return json;
}

/* Goal: what the line says of the run itself. Method: a program of 21 tasks with known sleeps. */
static hk_time nap_ns = HK_MS;

static int sleep_twice(void *arg)
{
	(void)arg;
	ck_assert_int_eq(hk_sleep(nap_ns), 0);
	return hk_sleep(nap_ns);
}

static int spawn_sleepers(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < 20; i++)
		hk_spawn(&s, sleep_twice, NULL);
	ck_assert_int_eq(hk_join(&s), 0);
	return 12;
}

START_TEST(the_line_describes_the_run)
{
	struct hkt_setup setup = hkt_setups[_i];
	hk_time start = hk_now(), wall;
	cJSON *json = run_with_stats(_i, spawn_sleepers, 12);

	wall = hk_now() - start;
	ck_assert_str_eq(string(json, "name"), "chef \"\\\n");
	ck_assert_str_eq(string(json, "execution"), hk_execution_name(setup.as));
	ck_assert_int_eq((int)number(json, "workers"), setup.workers == 0 ? 1 : (int)setup.workers);
	ck_assert_int_ge((int)number(json, "cpus"), 1);
	ck_assert_int_eq((int)number(json, "result"), 12);
	ck_assert_int_eq((int)number(json, "tasks"), 21);
	ck_assert_int_eq((int)number(json, "stack_size"), 256 << 10);
	ck_assert_int_gt((int)number(json, "stack_high_water"), 0);
	ck_assert_int_le((int)number(json, "stack_high_water"), 256 << 10);
	ck_assert_int_ge((int)number(json, "carriers"), 1);
	ck_assert(number(json, "wall_ns") >= 2.0 * (double)HK_MS);
	ck_assert(number(json, "wall_ns") <= (double)wall);
	ck_assert(number(json, "cpu_ns") > 0);
	ck_assert_int_eq(parks(json, "sleep"), 40);
	cJSON_Delete(json);
}
END_TEST

/*
 * Goal: idle shares lie in 0 ... 1 and say who waited. Method: every task here only sleeps, all of
 * them for much longer than a busy machine takes to start the threads: 40 naps in a row, or two.
 */
START_TEST(idle_shares_are_shares)
{
	nap_ns = (hkt_interleaves(_i) ? 200 : 50) * HK_MS;
	cJSON *json = run_with_stats(_i, spawn_sleepers, 12), *worker;
	const cJSON *workers = cJSON_GetObjectItemCaseSensitive(json, "per_worker");
	int n = 0, started = 0;

	ck_assert(number(json, "idle") >= 0.0 && number(json, "idle") <= 1.0);
	ck_assert(number(json, "idle") > 0.3);
	ck_assert(cJSON_IsArray(workers));
	cJSON_ArrayForEach(worker, workers) {
		ck_assert_int_eq((int)number(worker, "worker"), n++);
		started += (int)number(worker, "started");
		ck_assert(number(worker, "switches") >= 0);
		ck_assert(number(worker, "idle_ns") >= 0);
		ck_assert(number(worker, "idle") >= 0.0 && number(worker, "idle") <= 1.0);
	}
	ck_assert_int_eq(n, (int)number(json, "workers"));
	ck_assert_int_eq(started, 21);
	cJSON_Delete(json);
}
END_TEST

/*
 * Goal: parks, time-outs and cancellations are counted by cause. Method: known waits, one task. A
 * deadline that has come before its call is no wait: they are far off for a thread that is held up.
 */
static int ends[2];

static int wait_known_times(void *arg)
{
	struct hk_sem none = HK_SEM_INIT(0);
	struct pollfd fd = { ends[0], POLLIN, 0 };

	(void)arg;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hk_sleep(HK_MS), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(hk_sem_wait_until(&none, hk_now() + 50 * HK_MS), -ETIMEDOUT);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(hk_poll(&fd, 1, hk_now() + 50 * HK_MS), 0);
	return -EIO;
}

START_TEST(parks_are_counted_by_cause)
{
	cJSON *json;

	hkt_pipe(ends);
	json = run_with_stats(_i, wait_known_times, -EIO);
	ck_assert_int_eq((int)number(json, "result"), -EIO);
	ck_assert_int_eq(parks(json, "sleep"), 3);
	ck_assert_int_eq(parks(json, "sem"), 4);
	ck_assert_int_eq(parks(json, "poll"), 5);
	ck_assert_int_eq(parks(json, "join") + parks(json, "mutex") + parks(json, "read"), 0);
	ck_assert_int_eq(parks(json, "write") + parks(json, "call"), 0);
	ck_assert_int_eq((int)number(json, "timeouts"), 9);
	ck_assert_int_eq((int)number(json, "cancels"), 0);
	ck_assert_int_eq((int)number(json, "wakes"), 12);
	cJSON_Delete(json);
}
END_TEST

/*
 * Goal: waits for others are counted too. Method: each task below waits once in its way; what they
 * wait for comes when hk_dump() shows them all waiting.
 */
static struct hk_mutex m;
static struct hk_sem sem;

static int lock_once(void *arg)
{
	(void)arg;
	HK_LOCKED(&m)
		return 0;
	return -1;
}

static int take_once(void *arg)
{
	(void)arg;
	return hk_sem_wait(&sem);
}

static int read_once(void *arg)
{
	char c;

	(void)arg;
	return hk_read(ends[0], &c, 1) == 1 ? 0 : -EIO;
}

static int be_cancelled(void *arg)
{
	(void)arg;
	return hk_sleep(HK_FOREVER);
}

static int make_others_wait(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	HK_SCOPE(cancelled);
	hk_mutex_lock(&m);
	hk_spawn(&s, lock_once, NULL);
	hk_spawn(&s, take_once, NULL);
	hk_spawn(&s, read_once, NULL);
	hk_spawn(&cancelled, be_cancelled, NULL);
	ck_assert_int_eq(hk_sleep(HK_MS), 0);
	hkt_await(4, "(waits (for the (mutex|semaphore)|in hk_read)|sleeps)");
	hk_mutex_unlock(&m);
	hk_sem_post(&sem);
	ck_assert_int_eq(hk_write(ends[1], "x", 1), 1);
	hk_cancel(&cancelled);
	ck_assert_int_eq(hk_join(&cancelled), -ECANCELED);
	return hk_join(&s);
}

START_TEST(waits_for_others_are_counted)
{
	cJSON *json;

	hkt_pipe(ends);
	json = run_with_stats(_i, make_others_wait, 0);
	ck_assert_int_eq(parks(json, "mutex"), 1);
	ck_assert_int_eq(parks(json, "sem"), 1);
	ck_assert_int_eq(parks(json, "read"), 1);
	ck_assert_int_eq(parks(json, "sleep"), 2);
	ck_assert_int_eq((int)number(json, "cancels"), 1);
	ck_assert_int_eq((int)number(json, "timeouts"), 0);
	ck_assert_int_eq((int)number(json, "tasks"), 5);
	cJSON_Delete(json);
}
END_TEST

/* Goal: CPU time is that of the work. Method: a task computes for 50 ms of CPU time. */
static int compute(void *arg)
{
	struct timespec ts;

	(void)arg;
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	while (ts.tv_sec * HK_S + ts.tv_nsec < 50 * HK_MS);
	return 0;
}

START_TEST(cpu_time_is_that_of_the_work)
{
	cJSON *json = run_with_stats(_i, compute, 0);

	ck_assert(number(json, "cpu_ns") >= 45.0 * (double)HK_MS);
	ck_assert(number(json, "wall_ns") >= 45.0 * (double)HK_MS);
	cJSON_Delete(json);
}
END_TEST

/* Goal: stack use is measured. Method: a task that touches 100 KiB, one that touches little. */
static int touch(void *arg)
{
	volatile char area[100 << 10];

	(void)arg;
	for (size_t i = 0; i < sizeof(area); i += 512)
		area[i] = 1;
	return area[0] - 1;
}

static int spawn_touch(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, touch, NULL);
	return hk_join(&s);
}

START_TEST(stack_use_is_measured)
{
	cJSON *json = run_with_stats(_i, spawn_touch, 0);

	ck_assert_int_ge((int)number(json, "stack_high_water"), 100 << 10);
	ck_assert_int_le((int)number(json, "stack_high_water"), 256 << 10);
	cJSON_Delete(json);
}
END_TEST

/* Goal: each run adds a line to what is there. Method: three runs, one file. */
START_TEST(each_run_adds_a_line)
{
	struct hk_options options = hkt_options(_i);
	struct hkt_file file;

	hkt_file(&file);
	options.stats = file.path;
	for (int lines = 1; lines <= 3; lines++) {
		ck_assert_int_eq(hk_run(&options, spawn_touch, NULL), 0);
		cJSON_Delete(last_line(file.path, lines));
	}
	hkt_file_remove(&file);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/stats");
	TCase *tc = hkt_case(suite, "line", 20);

	hkt_add_every(tc, the_line_describes_the_run);
	hkt_add_every(tc, idle_shares_are_shares);
	hkt_add_every(tc, parks_are_counted_by_cause);
	hkt_add_overlap(tc, waits_for_others_are_counted);
	hkt_add_every(tc, cpu_time_is_that_of_the_work);
	hkt_add_every(tc, stack_use_is_measured);
	hkt_add_every(tc, each_run_adds_a_line);
	return hkt_main(suite);
}
