/* SPDX-License-Identifier: MIT */
/* The C interface in C++17: the macros compile without a warning, and mean what they mean in C. */
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

/* After all others: it has a macro fail(). */
#include "../check_hocket.h"

namespace
{

struct order {
	int number;
	double price;
};

order slots[3];
hk_mutex mutex = HK_MUTEX_INIT;
hk_mutex recursive = HK_MUTEX_RECURSIVE_INIT;
hk_rwlock rwlock = HK_RWLOCK_INIT;
hk_cond cond = HK_COND_INIT;
hk_sem permits = HK_SEM_INIT(2);
hk_event event = HK_EVENT_INIT;
hk_latch latch = HK_LATCH_INIT(2);
hk_barrier barrier = HK_BARRIER_INIT(1);
hk_once once = HK_ONCE_INIT;
hk_chan orders = HK_CHAN_INIT(slots);
hk_chan unbuffered = HK_CHAN_UNBUFFERED(order);

int count(void *arg)
{
	++*static_cast<int *>(arg);
	return 0;
}

/* Goal: initialisers make what they say. Method: use each object once, outside any runtime. */
START_TEST(initialisers)
{
	int calls = 0;
	ck_assert(hk_mutex_trylock(&mutex));
	ck_assert_int_eq(hk_cond_wait_until(&cond, &mutex, 0), -ETIMEDOUT);
	ck_assert(hk_mutex_trylock(&recursive) && hk_mutex_trylock(&recursive));
	ck_assert(hk_rwlock_tryrdlock(&rwlock) && hk_rwlock_tryrdlock(&rwlock));
	ck_assert(hk_sem_trywait(&permits) && hk_sem_trywait(&permits));
	ck_assert(!hk_sem_trywait(&permits));
	ck_assert(!hk_event_is_set(&event));
	hk_latch_count_down(&latch, 1);
	ck_assert(!hk_latch_trywait(&latch));
	ck_assert_int_eq(hk_barrier_wait(&barrier), 1);
	ck_assert_int_eq(hk_once_run(&once, count, &calls), 0);
	ck_assert_int_eq(hk_once_run(&once, count, &calls), 0);
	ck_assert_int_eq(calls, 1);
	const order first = { 1, 9.5 };
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hk_chan_trysend(&orders, &first), 0);
	ck_assert_int_eq(hk_chan_trysend(&orders, &first), -EAGAIN);
	ck_assert_int_eq(hk_chan_trysend(&unbuffered, &first), -EAGAIN);
}
END_TEST

/* Goal: blocks and values of tasks, as in C. Method: one of each. */
int shield_and_set(void *arg)
{
	static hk_local number = HK_LOCAL_INIT(nullptr);
	bool shielded = false;
	HK_SHIELDED {
		shielded = true;
	}
	ck_assert(shielded);
	ck_assert_int_eq(hk_local_set(&number, arg), 0);
	ck_assert_ptr_eq(hk_local_get(&number), arg);
	return 0;
}

START_TEST(shields_and_values)
{
	int value = 0;
	ck_assert_int_eq(hkt_run(_i, shield_and_set, &value), 0);
}
END_TEST

/* Goal: each case macro can be written in C++, with const items. Method: one ready at a time. */
int select_each(void *arg)
{
	const int *ends = static_cast<int *>(arg);
	HK_SCOPE(s);
	const order sent = { 7, 1.25 };
	order got = {};
	bool writes = ends[1] > 0;
	hk_case cases[] = { HK_CASE_SEND(&orders, &sent), HK_CASE_RECV(&orders, &got),
		HK_CASE_SEM(&permits), HK_CASE_EVENT(&event), HK_CASE_JOIN(&s),
		HK_CASE_FD(ends[1], writes ? POLLOUT : POLLIN), HK_CASE_TIME(hk_now()) };
	ck_assert_int_eq(hk_select(&cases[0], 1, HK_FOREVER), 0);
	ck_assert_int_eq(hk_select(&cases[1], 1, HK_FOREVER), 0);
	ck_assert(got.number == sent.number && got.price == sent.price);
	ck_assert_int_eq(hk_select(&cases[2], 2, HK_FOREVER), 0);
	hk_event_set(&event);
	ck_assert_int_eq(hk_select(&cases[3], 1, HK_FOREVER), 0);
	hk_spawn(&s, count, &got.number);
	ck_assert_int_eq(hk_select(&cases[4], 1, HK_FOREVER), 0);
	ck_assert_int_eq(hk_join(&s), 0);
	ck_assert_int_eq(got.number, 8);
	ck_assert_int_eq(hk_select(&cases[5], 1, HK_FOREVER), 0);
	ck_assert_int_eq(hk_select(&cases[6], 1, HK_FOREVER), 0);
	cases[0].kind = HK_CASE_NONE;
	ck_assert_int_eq(hk_select(cases, 1, 0), -ETIMEDOUT);
	return 0;
}

START_TEST(cases)
{
	int ends[2];
	hkt_pipe(ends);
	ck_assert_int_eq(hkt_run(_i, select_each, ends), 0);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

/* Goal: blocks are left as the language leaves them, exceptions included. Method: throw out of
   HK_LOCKED and out of the block of an HK_SCOPE whose task would wait for ever. */
int wait_for_ever(void *)
{
	return hk_sleep(1000 * HK_S);
}

void throw_locked()
{
	HK_LOCKED(&mutex)
		throw std::runtime_error("locked");
}

void throw_in_scope()
{
	HK_SCOPE(s);
	hk_task_options options = HK_TASK_OPTIONS_INIT;
	options.flags = HK_STICKY;
	hk_spawn_with(&s, &options, wait_for_ever, nullptr);
	throw std::runtime_error("in scope");
}

int leave_blocks(void *)
{
	try {
		throw_locked();
		ck_abort_msg("nothing was thrown");
	} catch (const std::runtime_error &error) {
		ck_assert_str_eq(error.what(), "locked");
	}
	ck_assert(hk_mutex_trylock(&mutex));
	hk_mutex_unlock(&mutex);
	try {
		throw_in_scope();
		ck_abort_msg("nothing was thrown");
	} catch (const std::runtime_error &error) {
		ck_assert_str_eq(error.what(), "in scope");
	}
	return 0;
}

/* A task with HK_STICKY, for the exceptions pass calls of the library. */
int leave_blocks_sticky(void *)
{
	HK_SCOPE(s);
	hk_task_options options = HK_TASK_OPTIONS_INIT;
	options.flags = HK_STICKY;
	hk_spawn_with(&s, &options, leave_blocks, nullptr);
	return hk_join(&s);
}

START_TEST(blocks)
{
	ck_assert_int_eq(hkt_run(_i, leave_blocks_sticky, nullptr), 0);
}
END_TEST

} // namespace

int main()
{
	Suite *suite = suite_create("cpp/macros");
	TCase *tc = hkt_case(suite, "macros", 20);

	tcase_add_test(tc, initialisers);
	hkt_add_every(tc, shields_and_values);
	hkt_add_every(tc, cases);
	hkt_add_overlap(tc, blocks);
	return hkt_main(suite);
}
