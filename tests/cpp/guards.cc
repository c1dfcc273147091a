/* SPDX-License-Identifier: MIT */
/* hocket.hpp: each class, alone and in the templates of the standard library. */
#include <hocket.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <exception>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <type_traits>

/* After all others: it has a macro fail(). */
#include "../check_hocket.h"

namespace
{

using namespace std::chrono_literals;

static_assert(!std::is_copy_constructible_v<hk::mutex> && !std::is_move_assignable_v<hk::mutex>);
static_assert(!std::is_copy_constructible_v<hk::scope> && !std::is_move_constructible_v<hk::scope>);
static_assert(!std::is_copy_constructible_v<hk::permit>);
static_assert(sizeof(hk::mutex) == sizeof(hk_mutex));
static_assert(sizeof(hk::scope) == sizeof(hk_scope));
static_assert(std::is_trivially_copyable_v<hk::chan<int>>);

hk::mutex mutex;
hk::mutex other;
hk::recursive_mutex recursive;
hk::shared_mutex shared;

/* The first task of a run: a callable, in a scope of its own. */
template<class F> int run(int setup, F &&body)
{
	return hkt_run(
		setup,
		[](void *arg) {
			(*static_cast<std::remove_reference_t<F> *>(arg))();
			return 0;
		},
		&body);
}

/* Whether another task can lock it now. */
template<class Mutex> bool is_free(Mutex &lock)
{
	bool free = false;
	hk::scope s;
	s.spawn([&] {
		free = lock.try_lock();
		if (free)
			lock.unlock();
	});
	ck_assert_int_eq(s.join(), 0);
	return free;
}

/* Goal: the mutexes are what std's templates ask for. Method: each template holds and lets go. */
START_TEST(mutexes)
{
	run(_i, [] {
		{
			std::lock_guard guard(mutex);
			ck_assert(!is_free(mutex));
			std::unique_lock second(mutex, std::defer_lock);
			std::unique_lock late(other);
			late.unlock();
			ck_assert(late.try_lock());
		}
		{
			std::scoped_lock both(mutex, other);
			ck_assert(!is_free(mutex) && !is_free(other));
		}
		{
			std::lock_guard once(recursive);
			std::lock_guard twice(recursive);
			ck_assert(!is_free(recursive));
		}
		ck_assert(is_free(mutex) && is_free(other) && is_free(recursive));
	});
}
END_TEST

/* Goal: time limits in std's clocks end the wait, not before. Method: limits of all kinds for
   what another task holds, then for what is free. */
void limits()
{
	auto start = std::chrono::steady_clock::now();
	std::unique_lock a(mutex, 2ms);
	std::unique_lock b(mutex, std::chrono::steady_clock::now() + 2ms);
	std::unique_lock c(shared, std::chrono::system_clock::now() + 2ms);
	std::shared_lock d(shared, 2ms);
	ck_assert(!a && !b && !c && !d);
	ck_assert(std::chrono::steady_clock::now() - start >= 7ms);
	ck_assert(!std::unique_lock(mutex, -1h));
	ck_assert_int_eq(mutex.lock_until(hk_now()), -ETIMEDOUT);
	ck_assert_int_eq(shared.lock_until(0), -ETIMEDOUT);
	ck_assert_int_eq(shared.lock_shared_until(0), -ETIMEDOUT);
}

START_TEST(time_limits)
{
	run(_i, [] {
		{
			std::scoped_lock held(mutex, shared);
			hk::scope s;
			s.spawn(limits);
			ck_assert_int_eq(s.join(), 0);
		}
		ck_assert(std::unique_lock(mutex, std::chrono::hours::max()));
		ck_assert(std::unique_lock(shared, std::chrono::steady_clock::time_point::max()));
		ck_assert(std::shared_lock(shared, 1h));
		ck_assert(is_free(mutex) && is_free(shared));
	});
}
END_TEST

/* Goal: a shared mutex is shared by readers only. Method: hold it so, and look from a task. */
START_TEST(shared_mutexes)
{
	run(_i, [] {
		{
			std::shared_lock reads(shared);
			ck_assert(!is_free(shared));
			std::shared_lock beside(shared, std::try_to_lock);
			ck_assert(beside.owns_lock());
		}
		{
			std::unique_lock writes(shared);
			ck_assert(!shared.try_lock_shared());
		}
		ck_assert(is_free(shared));
	});
}
END_TEST

/* Goal: the guards of C objects hold while they live. Method: look within and after. */
START_TEST(guards)
{
	static hk_mutex plain = HK_MUTEX_INIT;
	static hk_rwlock rwlock = HK_RWLOCK_INIT;
	static hk_sem one = HK_SEM_INIT(1);
	run(_i, [] {
		{
			hk::lock_guard guard(plain);
			hk::lock_guard derived(mutex);
			ck_assert(!hk_mutex_trylock(&plain) && !is_free(mutex));
		}
		ck_assert(hk_mutex_trylock(&plain));
		hk_mutex_unlock(&plain);
		{
			hk::read_guard first(rwlock);
			hk::read_guard second(rwlock);
			ck_assert(!hk_rwlock_trywrlock(&rwlock));
		}
		{
			hk::write_guard only(rwlock);
			ck_assert(!hk_rwlock_tryrdlock(&rwlock));
		}
		ck_assert(hk_rwlock_trywrlock(&rwlock));
		hk_rwlock_unlock(&rwlock);
		{
			hk::permit permit(one);
			ck_assert(permit && permit.error() == 0);
			hk::permit none(one, hk_now() + HK_MS);
			ck_assert(!none && none.error() == -ETIMEDOUT);
		}
		ck_assert(hk_sem_trywait(&one));
		ck_assert(!hk_sem_trywait(&one));
		hk_sem_post(&one);
	});
}
END_TEST

/* Goal: a scope starts callables and C functions, and tells the first error. Method: each. */
int add(int *sum, int n)
{
	return __atomic_add_fetch(sum, n, __ATOMIC_RELAXED);
}

int add_one(void *arg)
{
	add(static_cast<int *>(arg), 1);
	return 0;
}

START_TEST(scopes)
{
	run(_i, [] {
		int sum = 0;
		hk::scope s(HK_HERE);
		struct large {
			int *sum;
			long filler[100];
			void operator()() const
			{
				add(sum, static_cast<int>(filler[99]));
			}
		} large = { &sum, {} };
		large.filler[99] = 40;
		ck_assert_int_eq(s.spawn(add_one, &sum), 0);
		ck_assert_int_eq(s.spawn([&sum] { add_one(&sum); }, "lambda"), 0);
		ck_assert_int_eq(s.spawn(large), 0);
		hk_spawn(&s, add_one, &sum);
		ck_assert_int_eq(s.join(), 0);
		ck_assert_int_eq(sum, 43);
		s.spawn([] { return -EBADMSG; });
		ck_assert_int_eq(s.join(), -EBADMSG);
		s.cancel();
		ck_assert_int_eq(s.join(), -ECANCELED);
	});
}
END_TEST

/* Goal: a scope's options are those of C. Method: a limit that keeps the spawner waiting, an error
   that cancels nobody, a deadline that cancels, a join with a limit. */
START_TEST(scope_options)
{
	run(_i, [] {
		int inside = 0, most = 0, slept = 0;
		hk::scope s;
		s.limit(2);
		s.collect();
		for (int i = 0; i < 6; i++) {
			s.spawn([&] {
				int here = add(&inside, 1);
				std::unique_lock guard(mutex);
				most = std::max(most, here);
				guard.unlock();
				add(&slept, hk_sleep(HK_MS) == 0);
				add(&inside, -1);
				return -EBADMSG;
			});
		}
		ck_assert_int_eq(s.join(), -EBADMSG);
		ck_assert_int_eq(slept, 6);
		ck_assert_int_le(most, 2);
		hk_event event = HK_EVENT_INIT;
		s.spawn([&event] { return hk_event_wait(&event); });
		ck_assert_int_eq(s.join_until(hk_now() + HK_MS), -ETIMEDOUT);
		hk_event_set(&event);
		ck_assert_int_eq(s.join(), 0);
		s.deadline(hk_now() + HK_MS);
		s.spawn([] { return hk_sleep(1000 * HK_S); });
		ck_assert_int_eq(s.join(), -ETIMEDOUT);
	});
}
END_TEST

/* Goal: what is left in a scope when its block is left is cancelled and joined. Method: a sleeper
   that says how it ended; the block is left by its end, and by an exception. */
START_TEST(scopes_end)
{
	run(_i, [] {
		int ended = 0;
		{
			hk::scope s;
			s.spawn([&ended] { ended = hk_sleep(1000 * HK_S); });
		}
		ck_assert_int_eq(ended, -ECANCELED);
		ended = 0;
		try {
			hk::scope s;
			s.spawn([&ended] { ended = hk_sleep(1000 * HK_S); });
			throw std::runtime_error("leaves");
		} catch (const std::runtime_error &) {
			ck_assert_int_eq(ended, -ECANCELED);
		}
	});
}
END_TEST

/* Goal: a shield keeps cancellation away while it lives. Method: a cancelled task sleeps under one,
   then without. */
START_TEST(shields)
{
	run(_i, [] {
		hk::scope s;
		s.spawn([&s] {
			s.cancel();
			{
				hk::shield shield;
				ck_assert_int_eq(hk_sleep(HK_US), 0);
			}
			ck_assert_int_eq(hk_sleep(HK_US), -ECANCELED);
		});
		ck_assert_int_eq(s.join(), -ECANCELED);
	});
}
END_TEST

/*
 * Goal: an exception stays with its task, wherever that goes on. Method: tasks on several workers
 * that park while an exception leaves a block, and in the catch block, then throw it on; among them
 * tasks without exceptions, which must see none.
 */
enum { THROWERS = 20 };

void nap()
{
	ck_assert_int_eq(hk_sleep(20 * HK_US), 0);
}

void park_in_destructor(int number)
{
	hk::scope s;
	s.spawn([] { (void)hk_sleep(1000 * HK_S); });
	nap();
	throw number;
}

void park_in_catch(int number)
{
	try {
		park_in_destructor(number);
	} catch (int) {
		hk::scope s;
		s.spawn(nap);
		ck_assert_int_eq(s.join(), 0);
		throw;
	}
}

void throw_and_catch(int number)
{
	for (long i = hkt_times(200); i > 0; i--) {
		int caught = -1;
		try {
			park_in_catch(number);
		} catch (int thrown) {
			caught = thrown;
		}
		ck_assert_int_eq(caught, number);
		ck_assert_int_eq(std::uncaught_exceptions(), 0);
		ck_assert(!std::current_exception());
	}
}

void see_none()
{
	for (long i = hkt_times(1000); i > 0; i--) {
		nap();
		ck_assert_int_eq(std::uncaught_exceptions(), 0);
		ck_assert(!std::current_exception());
	}
}

START_TEST(exceptions_stay_with_their_task)
{
	run(_i, [] {
		hk::scope s;
		for (int i = 0; i < THROWERS; i++) {
			s.spawn([i] { throw_and_catch(i); });
			s.spawn(see_none);
		}
		ck_assert_int_eq(s.join(), 0);
	});
}
END_TEST

/* Goal: one that leaves a task ends the program. Method: in a child process. */
int let_one_out(void *)
{
	hk::scope s;
	s.spawn([] { throw std::runtime_error("let out"); });
	return s.join();
}

START_TEST(an_exception_does_not_leave_a_task)
{
	struct hkt_child child;
	hkt_child_run(&child, nullptr, let_one_out);
	hkt_assert_signal(&child, SIGABRT, "let out");
}
END_TEST

/* Goal: reports name scopes and tasks by their place, or as they were told. Method: a task joins
   another's scope, in a child process. */
int join_another(void *)
{
	hk::scope s(HK_HERE);
	s.spawn([&s] { s.join(); }, "thief");
	return s.join();
}

int join_another_unnamed(void *)
{
	hk::scope s;
	s.spawn([&s] { s.join(); });
	return s.join();
}

START_TEST(reports_name_places)
{
	struct hkt_child child;
	hkt_child_run(&child, nullptr, join_another);
	hkt_assert_signal(&child, SIGABRT, "thief.*scope of [^ ]*guards\\.cc:[0-9]+ ");
	hkt_child_run(&child, nullptr, join_another_unnamed);
	hkt_assert_signal(&child, SIGABRT, "\"task\".*scope of [^ ]*guards\\.cc ");
}
END_TEST

/* Goal: items come whole and in order, and each call says what its C function says. */
struct order {
	int number;
	double price;
};

START_TEST(channels)
{
	static order slots[4];
	static hk_chan memory = HK_CHAN_INIT(slots);
	run(_i, [] {
		hk::chan<order> orders(memory);
		order got = {};
		ck_assert_int_eq(orders.try_recv(got), -EAGAIN);
		ck_assert_int_eq(orders.recv_until(got, 0), -ETIMEDOUT);
		for (int i = 0; i < 4; i++)
			ck_assert_int_eq(orders.send({ i, i / 2.0 }), 0);
		ck_assert_int_eq(orders.try_send({ 4, 2 }), -EAGAIN);
		ck_assert_int_eq(orders.send_until({ 4, 2 }, 0), -ETIMEDOUT);
		ck_assert_uint_eq(orders.count(), 4);
		orders.close();
		ck_assert_int_eq(orders.send({ 5, 0 }), -EPIPE);
		for (int i = 0; i < 4; i++) {
			ck_assert_int_eq(orders.recv(got), 0);
			ck_assert(got.number == i && got.price == i / 2.0);
		}
		ck_assert_int_eq(orders.recv(got), -EPIPE);
	});
}
END_TEST

/* Goal: a view of another type does not go unnoticed. Method: in a child process. */
int view_as_another(void *)
{
	static char slots[4];
	static hk_chan memory = HK_CHAN_INIT(slots);
	hk::chan<order> orders(memory);
	orders.close();
	return 0;
}

START_TEST(a_channel_has_one_type)
{
	struct hkt_child child;
	hkt_child_run(&child, nullptr, view_as_another);
	hkt_assert_signal(&child, SIGABRT, "item_size");
}
END_TEST

} // namespace

int main()
{
	Suite *suite = suite_create("cpp/guards");
	TCase *tc = hkt_case(suite, "guards", 60);

	hkt_add_every(tc, mutexes);
	hkt_add_every(tc, time_limits);
	hkt_add_every(tc, shared_mutexes);
	hkt_add_every(tc, guards);
	hkt_add_every(tc, scopes);
	hkt_add_overlap(tc, scope_options);
	hkt_add_overlap(tc, scopes_end);
	hkt_add_every(tc, shields);
	hkt_add_workers(tc, exceptions_stay_with_their_task);
	tcase_add_test(tc, an_exception_does_not_leave_a_task);
	tcase_add_test(tc, reports_name_places);
	hkt_add_every(tc, channels);
	tcase_add_test(tc, a_channel_has_one_type);
	return hkt_main(suite);
}
