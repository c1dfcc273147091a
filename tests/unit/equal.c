/* SPDX-License-Identifier: MIT */
/* Equal tasks that compute get equal time. */
#include "../check_hocket.h"

#include <time.h>
#include <unistd.h>

/*
 * Goal: N equal hogs on W workers are within 5 % of each other over two seconds. Method: the CPU
 * time of each: a hog that is interrupted stays on its kernel thread. Slices of 1 ms, so that a
 * turn more or less is at most 0.4 %. What is missing of the CPUs, beyond the 4 % that such slices
 * may cost, other processes had, and all of it may have been meant for the same hog. So may be what
 * it took to read the clocks, when that task was held up, and what a hog had of turns that lasted
 * three slices and more, when the lookout was: but of such turns there are few.
 */
enum { HOGS_MOST = 7, LONG_TURNS_MOST = 20 };

static const struct {
	unsigned workers;
	int hogs;
} equals[] = { { 1, 4 }, { 1, 5 }, { 1, 7 }, { 2, 4 }, { 2, 5 }, { 2, 7 } };

static struct hog {
	clockid_t clock;
	_Atomic bool begun;
	hk_time used;
	hk_time beyond; /* in turns after their third slice */
	int long_turns;
} hogs[HOGS_MOST];

static _Atomic bool measuring, stop;
static hk_time measured_for, read_for;

/* A turn of this hog goes on: it began then. */
static void go_on(struct hog *hog, hk_time began, hk_time last, hk_time now)
{
	if (!measuring || now - began < 3 * HK_MS)
		return;
	hog->long_turns += last - began < 3 * HK_MS;
	hog->beyond += now - last;
}

/* Between two readings of the clock that are far apart somebody else ran. */
static int compute(void *arg)
{
	struct hog *hog = arg;
	hk_time began, last;

	ck_assert_int_eq(pthread_getcpuclockid(pthread_self(), &hog->clock), 0);
	began = last = hk_now();
	hog->begun = true;
	while (!stop) {
		hk_time now = hk_now();

		if (now - last > 100 * HK_US)
			began = now;
		else
			go_on(hog, began, last, now);
		last = now;
	}
	return 0;
}

static hk_time cpu_time(clockid_t clock)
{
	struct timespec time;

	ck_assert_int_eq(clock_gettime(clock, &time), 0);
	return time.tv_sec * HK_S + time.tv_nsec;
}

static int measure(void *arg)
{
	int n = *(const int *)arg;
	hk_time begin, slept, woke;

	HK_SCOPE(s);
	for (int i = 0; i < n; i++)
		hk_spawn(&s, compute, &hogs[i]);
	for (int i = 0; i < n; i++)
		while (!hogs[i].begun)
			ck_assert_int_eq(hk_sleep(HK_MS), 0);
	begin = hk_now();
	measuring = true;
	for (int i = 0; i < n; i++)
		hogs[i].used = -cpu_time(hogs[i].clock);
	slept = hk_now();
	ck_assert_int_eq(hk_sleep(2 * HK_S), 0);
	woke = hk_now();
	for (int i = 0; i < n; i++)
		hogs[i].used += cpu_time(hogs[i].clock);
	measuring = false;
	measured_for = hk_now() - begin;
	read_for = measured_for - (woke - slept);
	stop = true;
	return hk_join(&s);
}

START_TEST(equal_hogs_get_equal_time)
{
	struct hk_options options = HK_OPTIONS_INIT;
	unsigned workers = equals[_i].workers;
	int n = equals[_i].hogs, long_turns = 0;
	bool all_run = (long)workers <= sysconf(_SC_NPROCESSORS_ONLN);
	hk_time taken, beyond = 0, least = HK_FOREVER, most = 0;

	options.workers = workers;
	options.slice_ns = HK_MS;
	ck_assert_int_eq(hk_run(&options, measure, &n), 0);
	taken = (all_run ? workers : 1) * measured_for * 96 / 100;
	for (int i = 0; i < n; i++) {
		hk_time used = hogs[i].used;

		least = used < least ? used : least;
		most = used > most ? used : most;
		beyond = hogs[i].beyond > beyond ? hogs[i].beyond : beyond;
		long_turns += hogs[i].long_turns;
		taken -= used;
	}
	if (taken < 0)
		taken = 0;
	ck_assert_int_le(long_turns, LONG_TURNS_MOST);
	ck_assert_msg(least + taken + read_for + beyond >= most - most / 20,
		"%d hogs, %u workers: %ld to %ld ns; others had %ld, clocks %ld, long turns %ld", n,
		workers, (long)least, (long)most, (long)taken, (long)read_for, (long)beyond);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/equal");
	TCase *tc = hkt_case(suite, "equal", 60);

	tcase_add_loop_test(tc, equal_hogs_get_equal_time, 0, 6);
	return hkt_main(suite);
}
