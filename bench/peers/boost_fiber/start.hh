/* SPDX-License-Identifier: MIT */
/* Fibers on one thread, or on several that steal from each other. */
#ifndef BENCH_BOOST_FIBER_START_HH
#define BENCH_BOOST_FIBER_START_HH

#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/fiber/all.hpp>

#include "bench.h"

namespace fibers = boost::fibers;

/* Calls fn() in the main fiber of a pool of so many threads. */
inline void start(long workers, const std::function<void()> &fn)
{
	if (workers == 1) {
		fn();
		return;
	}
	auto steal = [=] {
		fibers::use_scheduling_algorithm<fibers::algo::work_stealing>(
			static_cast<std::uint32_t>(workers), true);
	};
	fibers::mutex mutex;
	fibers::condition_variable_any over;
	bool done = false;
	std::vector<std::thread> others;

	/* Each thread's scheduler waits until there are as many as it was told. */
	for (long i = 1; i < workers; i++)
		others.emplace_back([&] {
			steal();
			std::unique_lock<fibers::mutex> lock(mutex);
			over.wait(lock, [&] { return done; });
		});
	steal();
	fn();
	{
		std::unique_lock<fibers::mutex> lock(mutex);
		done = true;
	}
	over.notify_all();
	for (auto &other : others)
		other.join();
}

/* One thread can keep the stacks for the next fiber; that pool is not for several. */
inline boost::context::pooled_fixedsize_stack &stacks()
{
	static boost::context::pooled_fixedsize_stack pool(64 * 1024);

	return pool;
}

template <typename Fn> fibers::fiber spawn(long workers, Fn fn)
{
	if (workers == 1)
		return fibers::fiber(fibers::launch::post, std::allocator_arg, stacks(), fn);
	return fibers::fiber(fibers::launch::post, fn);
}

/* A fiber whose result is awaited. */
template <typename Fn> auto async(long workers, Fn fn)
{
	if (workers == 1)
		return fibers::async(fibers::launch::post, std::allocator_arg, stacks(), fn);
	return fibers::async(fibers::launch::post, fn);
}

#endif
