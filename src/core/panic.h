/* SPDX-License-Identifier: MIT */
/* The end of a program that uses the library wrongly, or of a library that is wrong. */
#ifndef CORE_PANIC_H
#define CORE_PANIC_H

/* Says on stderr which task did what, then aborts. */
__attribute__((format(printf, 1, 2))) _Noreturn void hki_panic(const char *format, ...);

_Noreturn void hki_assert_failed(const char *condition, const char *where);

#define HKI_STRING_(x) #x
#define HKI_STRING(x)  HKI_STRING_(x)

/* An invariant of the runtime; always checked. */
#define hki_assert(condition)                                                                      \
	((condition) ? (void)0 : hki_assert_failed(#condition, __FILE__ ":" HKI_STRING(__LINE__)))

#endif
