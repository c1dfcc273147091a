/* SPDX-License-Identifier: MIT */
/*
 * What must not be NULL: each call panics with its name, in a task and outside of one.
 */
#include "../check_hocket.h"

#include <signal.h>
#include <stdio.h>

/* Hidden from the compiler, which would warn. */
static void *null(void)
{
	void *pointer = NULL;

	__asm__("" : "+r"(pointer));
	return pointer;
}

static void read_into_null(void)
{
	ck_assert_int_eq(hk_read(0, null(), 8), 0);
}

static void write_from_null(void)
{
	ck_assert_int_eq(hk_write(1, null(), 8), 0);
}

static void poll_null(void)
{
	ck_assert_int_eq(hk_poll(null(), 3, HK_FOREVER), 0);
}

static void block_in_null(void)
{
	(void)(hk_blocking)((int (*)(void *))(uintptr_t)null(), NULL);
}

static struct hk_mutex held;
static struct hk_cond cond;
static struct hk_once once;

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static void mutex_lock_null(void)
{
	hk_mutex_lock(null());
}

static void mutex_trylock_null(void)
{
	ck_assert(hk_mutex_trylock(null()) == 0);
}

static void mutex_lock_until_null(void)
{
	ck_assert(hk_mutex_lock_until(null(), 0) == 0);
}

static void mutex_unlock_null(void)
{
	hk_mutex_unlock(null());
}

static void rwlock_rdlock_null(void)
{
	hk_rwlock_rdlock(null());
}

static void rwlock_wrlock_null(void)
{
	hk_rwlock_wrlock(null());
}

static void rwlock_tryrdlock_null(void)
{
	ck_assert(hk_rwlock_tryrdlock(null()) == 0);
}

static void rwlock_trywrlock_null(void)
{
	ck_assert(hk_rwlock_trywrlock(null()) == 0);
}

static void rwlock_rdlock_until_null(void)
{
	ck_assert(hk_rwlock_rdlock_until(null(), 0) == 0);
}

static void rwlock_wrlock_until_null(void)
{
	ck_assert(hk_rwlock_wrlock_until(null(), 0) == 0);
}

static void rwlock_unlock_null(void)
{
	hk_rwlock_unlock(null());
}

static void cond_wait_null(void)
{
	ck_assert(hk_cond_wait(null(), &held) == 0);
}

static void cond_wait_until_null(void)
{
	ck_assert(hk_cond_wait_until(null(), &held, 0) == 0);
}

static void cond_signal_null(void)
{
	hk_cond_signal(null());
}

static void cond_broadcast_null(void)
{
	hk_cond_broadcast(null());
}

static void sem_wait_null(void)
{
	ck_assert(hk_sem_wait(null()) == 0);
}

static void sem_trywait_null(void)
{
	ck_assert(hk_sem_trywait(null()) == 0);
}

static void sem_wait_until_null(void)
{
	ck_assert(hk_sem_wait_until(null(), 0) == 0);
}

static void sem_post_null(void)
{
	hk_sem_post(null());
}

static void event_set_null(void)
{
	hk_event_set(null());
}

static void event_reset_null(void)
{
	hk_event_reset(null());
}

static void event_is_set_null(void)
{
	ck_assert(hk_event_is_set(null()) == 0);
}

static void event_wait_null(void)
{
	ck_assert(hk_event_wait(null()) == 0);
}

static void event_wait_until_null(void)
{
	ck_assert(hk_event_wait_until(null(), 0) == 0);
}

static void latch_count_down_null(void)
{
	hk_latch_count_down(null(), 1);
}

static void latch_trywait_null(void)
{
	ck_assert(hk_latch_trywait(null()) == 0);
}

static void latch_wait_null(void)
{
	ck_assert(hk_latch_wait(null()) == 0);
}

static void latch_wait_until_null(void)
{
	ck_assert(hk_latch_wait_until(null(), 0) == 0);
}

static void barrier_wait_null(void)
{
	ck_assert(hk_barrier_wait(null()) == 0);
}

static void barrier_wait_until_null(void)
{
	ck_assert(hk_barrier_wait_until(null(), 0) == 0);
}

static void once_run_null(void)
{
	ck_assert(hk_once_run(null(), nothing, NULL) == 0);
}

static void once_is_done_null(void)
{
	ck_assert(hk_once_is_done(null()) == 0);
}

static void cond_wait_without_mutex(void)
{
	ck_assert(hk_cond_wait(&cond, null()) == 0);
}

static void cond_wait_until_without_mutex(void)
{
	ck_assert(hk_cond_wait_until(&cond, null(), 0) == 0);
}

static void once_run_no_function(void)
{
	ck_assert(hk_once_run(&once, (int (*)(void *))(uintptr_t)null(), NULL) == 0);
}

static const struct {
	void (*make)(void);
	const char *said;
} errors[] = {
	{ read_into_null, "hk_read: the buffer is NULL but has 8 bytes" },
	{ write_from_null, "hk_write: the buffer is NULL but has 8 bytes" },
	{ poll_null, "hk_poll: the array is NULL but has 3 entries" },
	{ block_in_null, "hk_blocking: the function is NULL" },
	{ mutex_lock_null, "hk_mutex_lock: the mutex is NULL" },
	{ mutex_trylock_null, "hk_mutex_trylock: the mutex is NULL" },
	{ mutex_lock_until_null, "hk_mutex_lock_until: the mutex is NULL" },
	{ mutex_unlock_null, "hk_mutex_unlock: the mutex is NULL" },
	{ rwlock_rdlock_null, "hk_rwlock_rdlock: the readers-writer lock is NULL" },
	{ rwlock_wrlock_null, "hk_rwlock_wrlock: the readers-writer lock is NULL" },
	{ rwlock_tryrdlock_null, "hk_rwlock_tryrdlock: the readers-writer lock is NULL" },
	{ rwlock_trywrlock_null, "hk_rwlock_trywrlock: the readers-writer lock is NULL" },
	{ rwlock_rdlock_until_null, "hk_rwlock_rdlock_until: the readers-writer lock is NULL" },
	{ rwlock_wrlock_until_null, "hk_rwlock_wrlock_until: the readers-writer lock is NULL" },
	{ rwlock_unlock_null, "hk_rwlock_unlock: the readers-writer lock is NULL" },
	{ cond_wait_null, "hk_cond_wait: the condition variable is NULL" },
	{ cond_wait_until_null, "hk_cond_wait_until: the condition variable is NULL" },
	{ cond_signal_null, "hk_cond_signal: the condition variable is NULL" },
	{ cond_broadcast_null, "hk_cond_broadcast: the condition variable is NULL" },
	{ sem_wait_null, "hk_sem_wait: the semaphore is NULL" },
	{ sem_trywait_null, "hk_sem_trywait: the semaphore is NULL" },
	{ sem_wait_until_null, "hk_sem_wait_until: the semaphore is NULL" },
	{ sem_post_null, "hk_sem_post: the semaphore is NULL" },
	{ event_set_null, "hk_event_set: the event is NULL" },
	{ event_reset_null, "hk_event_reset: the event is NULL" },
	{ event_is_set_null, "hk_event_is_set: the event is NULL" },
	{ event_wait_null, "hk_event_wait: the event is NULL" },
	{ event_wait_until_null, "hk_event_wait_until: the event is NULL" },
	{ latch_count_down_null, "hk_latch_count_down: the latch is NULL" },
	{ latch_trywait_null, "hk_latch_trywait: the latch is NULL" },
	{ latch_wait_null, "hk_latch_wait: the latch is NULL" },
	{ latch_wait_until_null, "hk_latch_wait_until: the latch is NULL" },
	{ barrier_wait_null, "hk_barrier_wait: the barrier is NULL" },
	{ barrier_wait_until_null, "hk_barrier_wait_until: the barrier is NULL" },
	{ once_run_null, "hk_once_run: the once is NULL" },
	{ once_is_done_null, "hk_once_is_done: the once is NULL" },
	{ cond_wait_without_mutex, "hk_cond_wait: the mutex is NULL" },
	{ cond_wait_until_without_mutex, "hk_cond_wait_until: the mutex is NULL" },
	{ once_run_no_function, "hk_once_run: the function is NULL" },
};
enum { ERRORS = sizeof(errors) / sizeof(errors[0]) };

static int which;

static int err(void *arg)
{
	(void)arg;
	errors[which].make();
	return 0;
}

START_TEST(null_panics)
{
	struct hkt_child child;
	char pattern[128];

	which = _i;
	snprintf(pattern, sizeof(pattern), "^hocket: panic: [^\n]*%s\n", errors[_i].said);
	hkt_child_run(&child, NULL, err);
	hkt_assert_signal(&child, SIGABRT, pattern);
	snprintf(pattern, sizeof(pattern), "^hocket: panic: %s\n", errors[_i].said);
	hkt_child(&child, err, NULL);
	hkt_assert_signal(&child, SIGABRT, pattern);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("misuse/null");
	TCase *tc = hkt_case(suite, "calls", 20);

	tcase_add_loop_test(tc, null_panics, 0, ERRORS);
	return hkt_main(suite);
}
