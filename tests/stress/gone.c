/* SPDX-License-Identifier: MIT */
/*
 * Objects and tasks that are gone a moment after they were used, while others still look: the
 * search for deadlocks, the dump, a second runtime. AddressSanitizer sees what looks too long.
 */
#include "../check_hocket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* A mutex on the heap; who lets go of it last frees it. */
struct box {
	struct hk_mutex m;
	_Atomic int users;
};

static struct box *new_box(int users)
{
	struct box *box = calloc(1, sizeof(*box));

	ck_assert_ptr_nonnull(box);
	box->users = users;
	return box;
}

static void drop(struct box *box)
{
	if (--box->users == 0)
		free(box);
}

/* Goal: waiting chains over mutexes that are freed. Method: one lock held while another waits. */
static struct hk_mutex outer;

static int use_inner(void *arg)
{
	struct box *box = arg;

	HK_LOCKED(&box->m)
		hk_yield();
	drop(box);
	return 0;
}

static int use_both(void *arg)
{
	struct box *box = arg;

	HK_LOCKED(&outer) {
		hk_mutex_lock(&box->m);
		hk_mutex_unlock(&box->m);
		drop(box);
	}
	return 0;
}

static int use_impatiently(void *arg)
{
	struct box *box = arg;

	if (hk_mutex_lock_until(&box->m, hk_now() + HK_US) == 0)
		hk_mutex_unlock(&box->m);
	drop(box);
	return 0;
}

static int use_boxes(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(5000); i++) {
		struct box *box = new_box(4);

		HK_SCOPE(s);
		hk_spawn(&s, use_inner, box);
		hk_spawn(&s, use_both, box);
		hk_spawn(&s, use_impatiently, box);
		hk_spawn(&s, use_impatiently, box);
		ck_assert_int_eq(hk_join(&s), 0);
	}
	return 0;
}

static int use_many_boxes(void *arg)
{
	HK_SCOPE(s);
	for (int i = 0; i < 4; i++)
		hk_spawn(&s, use_boxes, arg);
	return hk_join(&s);
}

START_TEST(mutexes_freed_by_the_last_user)
{
	ck_assert_int_eq(hkt_run(_i, use_many_boxes, NULL), 0);
}
END_TEST

/* Goal: the same while a dump looks at them. Method: one task dumps until the others end. */
static _Atomic int left;

static int use_boxes_and_end(void *arg)
{
	int got = use_boxes(arg);

	left--;
	return got;
}

static int dump_until_end(void *arg)
{
	int null = open("/dev/null", O_WRONLY);

	(void)arg;
	while (left > 0) {
		ck_assert_int_gt(hk_dump(null), 0);
		hk_yield();
	}
	close(null);
	return 0;
}

static int dump_beside_boxes(void *arg)
{
	left = 2;
	HK_SCOPE(s);
	hk_spawn(&s, use_boxes_and_end, arg);
	hk_spawn(&s, use_boxes_and_end, arg);
	hk_spawn(&s, dump_until_end, arg);
	return hk_join(&s);
}

START_TEST(mutexes_freed_beside_a_dump)
{
	ck_assert_int_eq(hkt_run(_i, dump_beside_boxes, NULL), 0);
}
END_TEST

/*
 * Goal: unlock does not touch a mutex that the next owner may have freed. Method: the count of
 * users is kept under the mutex itself; waits that time out leave their traces in it.
 */
struct counted {
	struct hk_mutex m;
	int users;
};

static int use_counted(void *arg)
{
	struct counted *counted = arg;
	bool last = false;

	for (int i = 0; i < 3; i++)
		if (hk_mutex_lock_until(&counted->m, hk_now() + i * HK_US) == 0)
			hk_mutex_unlock(&counted->m);
	HK_LOCKED(&counted->m)
		last = --counted->users == 0;
	if (last)
		free(counted);
	return 0;
}

static int count_users(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(5000); i++) {
		struct counted *counted = calloc(1, sizeof(*counted));

		ck_assert_ptr_nonnull(counted);
		counted->users = 4;
		HK_SCOPE(s);
		for (int k = 0; k < 4; k++)
			hk_spawn(&s, use_counted, counted);
		ck_assert_int_eq(hk_join(&s), 0);
	}
	return 0;
}

START_TEST(a_mutex_freed_by_its_next_owner)
{
	ck_assert_int_eq(hkt_run(_i, count_users, NULL), 0);
}
END_TEST

/* Goal: the same of a post. Method: the waiter frees the semaphore as soon as it has the permit. */
static int post_once(void *sem)
{
	hk_sem_post(sem);
	return 0;
}

static int free_semaphores(void *arg)
{
	(void)arg;
	for (long i = 0; i < hkt_times(5000); i++) {
		struct hk_sem *sem = calloc(1, sizeof(*sem));

		ck_assert_ptr_nonnull(sem);
		HK_SCOPE(s);
		hk_spawn(&s, post_once, sem);
		if (hk_sem_wait_until(sem, hk_now() + i % 40 * 100) != 0)
			while (!hk_sem_trywait(sem))
				hk_yield();
		free(sem);
		ck_assert_int_eq(hk_join(&s), 0);
	}
	return 0;
}

START_TEST(a_semaphore_freed_by_who_got_the_permit)
{
	ck_assert_int_eq(hkt_run(_i, free_semaphores, NULL), 0);
}
END_TEST

/*
 * Goal: a task's record that is used again is not taken for the task that was there. Method:
 * short calls that hold a mutex, beside tasks that lock it, on few parallel workers.
 */
static struct hk_mutex shared;

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int lock_shared(void *arg)
{
	(void)arg;
	HK_LOCKED(&shared)
		return 0;
	return -EIO;
}

static int call_and_lock(void *arg)
{
	for (long i = 0; i < hkt_times(20000); i++) {
		HK_SCOPE(s);
		HK_LOCKED(&shared)
			hk_spawn(&s, nothing, arg);
		hk_spawn(&s, lock_shared, arg);
		ck_assert_int_eq(hk_join(&s), 0);
	}
	return 0;
}

static int spawn_callers(void *arg)
{
	HK_SCOPE(s);
	for (int i = 0; i < 4; i++)
		hk_spawn(&s, call_and_lock, arg);
	return hk_join(&s);
}

START_TEST(records_that_are_used_again)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.as = HK_PARALLEL;
	options.workers = 6;
	ck_assert_int_eq(hk_run(&options, spawn_callers, NULL), 0);
}
END_TEST

/* Goal: one semaphore, two runtimes, waits that time out. Method: a third thread posts. */
static struct hk_sem between;
static _Atomic bool over;

static int wait_briefly(void *arg)
{
	(void)arg;
	while (!over) {
		int got = hk_sem_wait_until(&between, hk_now() + 30 * HK_US);

		ck_assert(got == 0 || got == -ETIMEDOUT);
	}
	return 0;
}

static int spawn_waiters(void *arg)
{
	HK_SCOPE(s);
	for (int i = 0; i < 4; i++)
		hk_spawn(&s, wait_briefly, arg);
	return hk_join(&s);
}

static void *run_waiters(void *arg)
{
	ck_assert_int_eq(hkt_run(2, spawn_waiters, arg), 0);
	return NULL;
}

START_TEST(a_semaphore_between_two_runtimes)
{
	pthread_t threads[] = { hkt_thread(run_waiters, NULL), hkt_thread(run_waiters, NULL) };
	hk_time end = hk_now() + hkt_times(3000) * HK_MS;

	while (hk_now() < end)
		hk_sem_post(&between);
	over = true;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
}
END_TEST

/*
 * Goal: tasks that become ready together all get a worker when there are enough. Method: 40
 * sleep to one deadline, then block until all 40 have arrived.
 */
enum { GUESTS = 40 };
static _Atomic int arrived;

static int arrive(void *arg)
{
	hk_time deadline = *(hk_time *)arg;

	ck_assert_int_eq(hk_sleep(deadline - hk_now()), 0);
	arrived++;
	while (arrived < GUESTS) {
		if (hk_now() > deadline + 10 * HK_S)
			return -ETIME;
		hkt_block(HK_MS);
	}
	return 0;
}

static int invite(void *arg)
{
	hk_time deadline = hk_now() + 50 * HK_MS;

	(void)arg;
	HK_SCOPE(s);
	for (int i = 0; i < GUESTS; i++)
		hk_spawn(&s, arrive, &deadline);
	return hk_join(&s);
}

START_TEST(all_that_are_ready_get_a_worker)
{
	struct hk_options options = HK_OPTIONS_INIT;

	options.workers = GUESTS;
	ck_assert_int_eq(hk_run(&options, invite, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stress/gone");
	TCase *tc = hkt_case(suite, "gone", 120);

	hkt_add_workers(tc, mutexes_freed_by_the_last_user);
	hkt_add_workers(tc, mutexes_freed_beside_a_dump);
	hkt_add_workers(tc, a_mutex_freed_by_its_next_owner);
	hkt_add_workers(tc, a_semaphore_freed_by_who_got_the_permit);
	tcase_add_test(tc, records_that_are_used_again);
	tcase_add_test(tc, a_semaphore_between_two_runtimes);
	tcase_add_test(tc, all_that_are_ready_get_a_worker);
	return hkt_main(suite);
}
