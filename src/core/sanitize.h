/* SPDX-License-Identifier: MIT */
/*
 * Tells AddressSanitizer and ThreadSanitizer about stacks and switches; nothing in other builds.
 * The one place that knows of them.
 */
#ifndef CORE_SANITIZE_H
#define CORE_SANITIZE_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HKI_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define HKI_TSAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define HKI_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define HKI_TSAN 1
#endif

#ifdef HKI_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef HKI_TSAN
#include <sanitizer/tsan_interface.h>
/* ThreadSanitizer runs a thread of its own, but not in every forked child. */
#define HKI_SANITIZER_THREADS 1
#elif !defined(HKI_SANITIZER_THREADS) /* an emulator may have threads as well */
#define HKI_SANITIZER_THREADS 0
#endif

/* A stack as the sanitizers see it: a task's, or a carrier's own. */
struct sanitize {
	const void *bottom;
	size_t size;
	void *fake;  /* ASan's fake stack while it is not running */
	void *fiber; /* TSan's */
};

/* A task's stack comes into use. */
static inline void hki_sanitize_open(struct sanitize *stack, void *bottom, size_t size)
{
	stack->bottom = bottom;
	stack->size = size;
	stack->fake = NULL;
	stack->fiber = NULL;
#ifdef HKI_ASAN
	__asan_unpoison_memory_region(bottom, size);
#endif
#ifdef HKI_TSAN
	stack->fiber = __tsan_create_fiber(0);
#endif
}

/* A task's stack is no longer in use, and not the running one. */
static inline void hki_sanitize_close(struct sanitize *stack)
{
#ifdef HKI_TSAN
	__tsan_destroy_fiber(stack->fiber);
#endif
	stack->fiber = NULL;
}

/* Memory of stacks that are no longer in use may become something else. */
static inline void hki_sanitize_forget(const void *at, size_t size)
{
	(void)at;
	(void)size;
#ifdef HKI_ASAN
	__asan_unpoison_memory_region(at, size);
#endif
}

/* The calling thread's own stack. */
static inline void hki_sanitize_thread(struct sanitize *stack)
{
	stack->bottom = NULL;
	stack->size = 0;
	stack->fake = NULL;
	stack->fiber = NULL;
#ifdef HKI_TSAN
	stack->fiber = __tsan_get_current_fiber();
#endif
}

/* Just before the switch; from == NULL: that stack is left for good. */
static inline void hki_sanitize_leave(struct sanitize *from, struct sanitize *to)
{
	(void)from;
	(void)to;
#ifdef HKI_ASAN
	__sanitizer_start_switch_fiber(from ? &from->fake : NULL, to->bottom, to->size);
#endif
#ifdef HKI_TSAN
	__tsan_switch_to_fiber(to->fiber, 0);
#endif
}

/*
 * Just after the switch, on the stack `self`; native: the carrier's own stack, whose bounds are
 * learned here when a task switched from it.
 */
static inline void hki_sanitize_arrive(struct sanitize *self, struct sanitize *native)
{
	(void)self;
	(void)native;
#ifdef HKI_ASAN
	const void *bottom = NULL;
	size_t size = 0;
	__sanitizer_finish_switch_fiber(self->fake, &bottom, &size);
	if (!native->bottom && self != native) {
		native->bottom = bottom;
		native->size = size;
	}
#endif
}

#endif
