/* SPDX-License-Identifier: MIT */
/*
 * Hocket for C++17, a thin layer over the C interface, which remains usable beside it:
 *
 *	hk::mutex, hk::recursive_mutex, hk::shared_mutex   for std::lock_guard, std::unique_lock,
 *		std::scoped_lock, std::shared_lock; each also is the C object that it is made of
 *	hk::lock_guard, hk::read_guard, hk::write_guard, hk::permit   guards for C objects
 *	hk::scope     a scope whose tasks are callables or C functions
 *	hk::shield    no cancellation while it lives
 *	hk::chan<T>   a typed view of a channel
 *
 *	static hk::mutex mutex;
 *
 *	hk::scope s;
 *	for (const order &order : orders)
 *		s.spawn([&order, &done] {
 *			int error = bake(order);
 *			std::lock_guard guard(mutex);
 *			done += error == 0;
 *			return error;
 *		});
 *	return s.join();
 *
 * Nothing here allocates memory or throws. What each call does is said where its C function is
 * declared.
 *
 * Exceptions. One that leaves a task's function ends the program, as in a std::thread. The C++
 * library counts the exceptions of a thread, but a task may go on in another: so while one is under
 * way (in a destructor) and in a catch block, only call what is declared here, which takes care of
 * that; C functions of this library only in a task with HK_STICKY.
 */
#ifndef HOCKET_HPP
#define HOCKET_HPP

#include <cassert>
#include <chrono>
#include <cstddef>
#include <type_traits>

#ifdef __cpp_exceptions
#include <cxxabi.h>
#endif

#include <hocket.h>

namespace hk
{

namespace detail
{

struct fixed {
	constexpr fixed() noexcept = default;
	fixed(const fixed &) = delete;
	fixed &operator=(const fixed &) = delete;
};

#ifdef __cpp_exceptions
/* What a thread knows of its exceptions (Itanium C++ ABI, exception handling, 2.2.2). */
struct exceptions {
	void *caught;
	unsigned uncaught;
};

/* Not inlined, and not to be foreseen: after a call it may be another thread's. */
__attribute__((noinline)) inline exceptions *exceptions_here() noexcept
{
	static thread_local exceptions *here = nullptr; /* quicker in a program than the call */
	__asm__ volatile("" ::: "memory");
	if (!here)
		here = reinterpret_cast<exceptions *>(abi::__cxa_get_globals());
	return here;
}

/* Takes the task's exceptions along, if it has any, from here to where it is at the end. */
class along : fixed
{
	exceptions mine;

public:
	along() noexcept
	{
		exceptions *here = exceptions_here();
		mine = *here;
		if (mine.caught || mine.uncaught)
			*here = exceptions{ nullptr, 0 };
	}
	~along()
	{
		if (mine.caught || mine.uncaught)
			*exceptions_here() = mine;
	}
};
#else
struct along {
};
#endif

/* When a duration is over. */
template<class Rep, class Period>
hk_time after(const std::chrono::duration<Rep, Period> &duration) noexcept
{
	using exact = std::chrono::nanoseconds;
	using rough = std::chrono::duration<double, std::nano>;
	hk_time now = hk_now();
	if (rough(duration).count() >= static_cast<double>(HK_FOREVER - now))
		return HK_FOREVER;
	return now + std::chrono::ceil<exact>(duration).count();
}

} // namespace detail

/* A Mutex and TimedMutex, as the standard calls it. Those with a time limit are cancellation
   points, and also return false when the task was cancelled; lock_until() tells which it was. */
class mutex : public hk_mutex, detail::fixed
{
protected:
	explicit constexpr mutex(const hk_mutex &init) noexcept : hk_mutex(init)
	{
	}

public:
	constexpr mutex() noexcept : hk_mutex HK_MUTEX_INIT
	{
	}
	void lock() noexcept
	{
		[[maybe_unused]] detail::along along;
		hk_mutex_lock(this);
	}
	[[nodiscard]] bool try_lock() noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_mutex_trylock(this);
	}
	[[nodiscard]] int lock_until(hk_time deadline) noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_mutex_lock_until(this, deadline);
	}
	template<class Rep, class Period>
	[[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period> &duration) noexcept
	{
		return lock_until(detail::after(duration)) == 0;
	}
	template<class Clock, class Duration>
	[[nodiscard]] bool try_lock_until(
		const std::chrono::time_point<Clock, Duration> &deadline) noexcept
	{
		return try_lock_for(deadline - Clock::now());
	}
	void unlock() noexcept
	{
		[[maybe_unused]] detail::along along;
		hk_mutex_unlock(this);
	}
};

/* Its owner may lock it again. */
class recursive_mutex : public mutex
{
public:
	constexpr recursive_mutex() noexcept : mutex(hk_mutex HK_MUTEX_RECURSIVE_INIT)
	{
	}
};

/* A SharedMutex and SharedTimedMutex. */
class shared_mutex : public hk_rwlock, detail::fixed
{
public:
	constexpr shared_mutex() noexcept : hk_rwlock HK_RWLOCK_INIT
	{
	}
	void lock() noexcept
	{
		[[maybe_unused]] detail::along along;
		hk_rwlock_wrlock(this);
	}
	void lock_shared() noexcept
	{
		[[maybe_unused]] detail::along along;
		hk_rwlock_rdlock(this);
	}
	[[nodiscard]] bool try_lock() noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_rwlock_trywrlock(this);
	}
	[[nodiscard]] bool try_lock_shared() noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_rwlock_tryrdlock(this);
	}
	[[nodiscard]] int lock_until(hk_time deadline) noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_rwlock_wrlock_until(this, deadline);
	}
	[[nodiscard]] int lock_shared_until(hk_time deadline) noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_rwlock_rdlock_until(this, deadline);
	}
	template<class Rep, class Period>
	[[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period> &duration) noexcept
	{
		return lock_until(detail::after(duration)) == 0;
	}
	template<class Rep, class Period>
	[[nodiscard]] bool try_lock_shared_for(
		const std::chrono::duration<Rep, Period> &duration) noexcept
	{
		return lock_shared_until(detail::after(duration)) == 0;
	}
	template<class Clock, class Duration>
	[[nodiscard]] bool try_lock_until(
		const std::chrono::time_point<Clock, Duration> &deadline) noexcept
	{
		return try_lock_for(deadline - Clock::now());
	}
	template<class Clock, class Duration>
	[[nodiscard]] bool try_lock_shared_until(
		const std::chrono::time_point<Clock, Duration> &deadline) noexcept
	{
		return try_lock_shared_for(deadline - Clock::now());
	}
	void unlock() noexcept
	{
		[[maybe_unused]] detail::along along;
		hk_rwlock_unlock(this);
	}
	void unlock_shared() noexcept
	{
		unlock();
	}
};

/* Holds a mutex while it lives. */
class [[nodiscard]] lock_guard : detail::fixed
{
	hk_mutex *held;

public:
	explicit lock_guard(hk_mutex &mutex) noexcept : held(&mutex)
	{
		[[maybe_unused]] detail::along along;
		hk_mutex_lock(held);
	}
	~lock_guard()
	{
		[[maybe_unused]] detail::along along;
		hk_mutex_unlock(held);
	}
};

/* Holds a readers-writer lock for reading while it lives. */
class [[nodiscard]] read_guard : detail::fixed
{
	hk_rwlock *held;

public:
	explicit read_guard(hk_rwlock &rwlock) noexcept : held(&rwlock)
	{
		[[maybe_unused]] detail::along along;
		hk_rwlock_rdlock(held);
	}
	~read_guard()
	{
		[[maybe_unused]] detail::along along;
		hk_rwlock_unlock(held);
	}
};

/* Holds a readers-writer lock for writing while it lives. */
class [[nodiscard]] write_guard : detail::fixed
{
	hk_rwlock *held;

public:
	explicit write_guard(hk_rwlock &rwlock) noexcept : held(&rwlock)
	{
		[[maybe_unused]] detail::along along;
		hk_rwlock_wrlock(held);
	}
	~write_guard()
	{
		[[maybe_unused]] detail::along along;
		hk_rwlock_unlock(held);
	}
};

/* Waits for a permit of a semaphore and holds it while it lives; none (false) when the wait was
   cancelled or timed out: error() is -ECANCELED or -ETIMEDOUT then. */
class [[nodiscard]] permit : detail::fixed
{
	hk_sem *from;
	int result;

public:
	explicit permit(hk_sem &sem, hk_time deadline = HK_FOREVER) noexcept : from(&sem)
	{
		[[maybe_unused]] detail::along along;
		result = hk_sem_wait_until(from, deadline);
	}
	~permit()
	{
		[[maybe_unused]] detail::along along;
		if (result == 0)
			hk_sem_post(from);
	}
	explicit operator bool() const noexcept
	{
		return result == 0;
	}
	[[nodiscard]] int error() const noexcept
	{
		return result;
	}
};

/*
 * A scope that ends with its block: tasks that are left then, because of an exception for example,
 * are cancelled and joined. As in C, join() tells what they returned. Reports name the scope and
 * its tasks by the file where they began; hk::scope s(HK_HERE) by its line, too.
 */
class scope : public hk_scope, detail::fixed
{
	template<class F> static int call(void *copy) noexcept
	{
		F &function = *static_cast<F *>(copy);
		if constexpr (std::is_void_v<std::invoke_result_t<F &>>) {
			function();
			return 0;
		} else {
			return function();
		}
	}

public:
	explicit scope(const char *place = __builtin_FILE()) noexcept : hk_scope HK_SCOPE_INIT
	{
		where = place;
	}
	~scope()
	{
		[[maybe_unused]] detail::along along;
		hk_scope_end(this);
	}

	/* As hk_spawn(). */
	int spawn(int (*function)(void *), void *arg, const char *name = "task",
		const char *place = __builtin_FILE()) noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_spawn_at(this, nullptr, function, arg, 0, name, place);
	}

	/*
	 * Starts a callable without arguments, which returns int or nothing (0). The task has a
	 * copy of it on its stack, made as memory is copied: so what a lambda captures is captured
	 * by reference, and outlives the scope, or is as simple as a number or a pointer.
	 */
	template<class F, class = std::enable_if_t<std::is_invocable_v<F &>>>
	int spawn(F function, const char *name = "task",
		const char *place = __builtin_FILE()) noexcept
	{
		using result = std::invoke_result_t<F &>;
		static_assert(std::is_void_v<result> || std::is_same_v<result, int>,
			"a task returns int (0, or a negative errno) or nothing");
		static_assert(std::is_trivially_copyable_v<F> && alignof(F) <= 16,
			"a task's callable is copied as memory: capture by reference or pointer");
		[[maybe_unused]] detail::along along;
		return hk_spawn_at(this, nullptr, call<F>, &function, sizeof(function), name,
			place);
	}

	int join() noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_join(this);
	}
	[[nodiscard]] int join_until(hk_time deadline) noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_join_until(this, deadline);
	}
	void cancel() noexcept
	{
		[[maybe_unused]] detail::along along;
		hk_cancel(this);
	}

	/* As hk_scope_limit(), hk_scope_collect(), hk_scope_deadline(). */
	void limit(uint32_t n) noexcept
	{
		[[maybe_unused]] detail::along along;
		hk_scope_limit(this, n);
	}
	void collect() noexcept
	{
		[[maybe_unused]] detail::along along;
		hk_scope_collect(this);
	}
	void deadline(hk_time time) noexcept
	{
		[[maybe_unused]] detail::along along;
		hk_scope_deadline(this, time);
	}
};

/* Shields the calling task from cancellation while it lives, as HK_SHIELDED does. */
class [[nodiscard]] shield : detail::fixed
{
public:
	shield() noexcept
	{
		[[maybe_unused]] detail::along along;
		hk_shield_begin();
	}
	~shield()
	{
		[[maybe_unused]] detail::along along;
		hk_shield_end();
	}
};

/* A view of a channel whose items are a T; it may be copied, and does not keep the channel. */
template<class T> class chan
{
	static_assert(std::is_trivially_copyable_v<T>, "a channel copies its items as memory");
	hk_chan *to;

public:
	explicit chan(hk_chan &channel) noexcept : to(&channel)
	{
		assert(channel.item_size == sizeof(T));
	}
	[[nodiscard]] int send(const T &item) const noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_chan_send(to, &item);
	}
	[[nodiscard]] int send_until(const T &item, hk_time deadline) const noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_chan_send_until(to, &item, deadline);
	}
	[[nodiscard]] int try_send(const T &item) const noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_chan_trysend(to, &item);
	}
	[[nodiscard]] int recv(T &item) const noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_chan_recv(to, &item);
	}
	[[nodiscard]] int recv_until(T &item, hk_time deadline) const noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_chan_recv_until(to, &item, deadline);
	}
	[[nodiscard]] int try_recv(T &item) const noexcept
	{
		[[maybe_unused]] detail::along along;
		return hk_chan_tryrecv(to, &item);
	}
	void close() const noexcept
	{
		[[maybe_unused]] detail::along along;
		hk_chan_close(to);
	}
	[[nodiscard]] uint32_t count() const noexcept
	{
		return hk_chan_count(to);
	}
};

} // namespace hk

#endif
