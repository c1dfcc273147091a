/* SPDX-License-Identifier: MIT */
/*
 * What the tests use of the Check library, for machines that have none: Debian's is built with
 * glibc and for the machine itself, so it serves neither musl nor a cross build. Meson's option
 * `runner` chooses (doc: HACKING.md). Results are the same TAP; a test may also be left out, with
 * a reason, by a file of lines "SUITE TEST REASON" that HOCKET_TEST_SKIP names: it is then reported
 * as skipped.
 */
#ifndef RUNNER_CHECK_H
#define RUNNER_CHECK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
	const char *name;
	void (*fn)(int _i);
} TTest;
typedef struct runner_case TCase;
typedef struct runner_suite Suite;
typedef struct runner SRunner;
typedef const void *runner_pointer;

enum fork_status { CK_FORK };
enum print_output { CK_SILENT };

Suite *suite_create(const char *name);
void suite_add_tcase(Suite *suite, TCase *tc);
TCase *tcase_create(const char *name);
void tcase_set_timeout(TCase *tc, double limit_s);
void tcase_add_checked_fixture(TCase *tc, void (*before)(void), void (*after)(void));
void tcase_add_loop_test(TCase *tc, const TTest *test, int first, int end);
#define tcase_add_test(tc, test) tcase_add_loop_test(tc, test, 0, 1)

SRunner *srunner_create(Suite *suite);
void srunner_set_fork_status(SRunner *runner, enum fork_status status);
void srunner_set_tap(SRunner *runner, const char *file);
void srunner_run_all(SRunner *runner, enum print_output output);
int srunner_ntests_failed(const SRunner *runner);
void srunner_free(SRunner *runner);

#define START_TEST(name)                                                                           \
	static void name##_fn(int _i);                                                             \
	static const TTest name##_test = { #name, name##_fn };                                     \
	static const TTest *const name = &name##_test;                                             \
	static void name##_fn(int _i __attribute__((unused)))
#define END_TEST

/* Ends the test, from any thread or task of it. */
_Noreturn void runner_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define ck_abort_msg(...) runner_fail(__FILE__, __LINE__, __VA_ARGS__)
#define ck_assert_msg(condition, ...)                                                              \
	do {                                                                                       \
		if (!(condition))                                                                  \
			runner_fail(__FILE__, __LINE__, __VA_ARGS__);                              \
	} while (0)
#define ck_assert(condition) ck_assert_msg(condition, "'%s' is false", #condition)

#define RUNNER_COMPARE(type, form, a, op, b)                                                       \
	do {                                                                                       \
		type left_ = (a), right_ = (b);                                                    \
		ck_assert_msg(left_ op right_, "'%s' is not: left " form ", right " form,          \
			#a " " #op " " #b, left_, right_);                                         \
	} while (0)

#define ck_assert_int_eq(a, b)	 RUNNER_COMPARE(intmax_t, "%jd", a, ==, b)
#define ck_assert_int_ne(a, b)	 RUNNER_COMPARE(intmax_t, "%jd", a, !=, b)
#define ck_assert_int_lt(a, b)	 RUNNER_COMPARE(intmax_t, "%jd", a, <, b)
#define ck_assert_int_le(a, b)	 RUNNER_COMPARE(intmax_t, "%jd", a, <=, b)
#define ck_assert_int_gt(a, b)	 RUNNER_COMPARE(intmax_t, "%jd", a, >, b)
#define ck_assert_int_ge(a, b)	 RUNNER_COMPARE(intmax_t, "%jd", a, >=, b)
#define ck_assert_uint_eq(a, b)	 RUNNER_COMPARE(uintmax_t, "%ju", a, ==, b)
#define ck_assert_uint_ne(a, b)	 RUNNER_COMPARE(uintmax_t, "%ju", a, !=, b)
#define ck_assert_uint_lt(a, b)	 RUNNER_COMPARE(uintmax_t, "%ju", a, <, b)
#define ck_assert_uint_le(a, b)	 RUNNER_COMPARE(uintmax_t, "%ju", a, <=, b)
#define ck_assert_uint_gt(a, b)	 RUNNER_COMPARE(uintmax_t, "%ju", a, >, b)
#define ck_assert_uint_ge(a, b)	 RUNNER_COMPARE(uintmax_t, "%ju", a, >=, b)
#define ck_assert_ptr_eq(a, b)	 RUNNER_COMPARE(runner_pointer, "%p", a, ==, b)
#define ck_assert_ptr_ne(a, b)	 RUNNER_COMPARE(runner_pointer, "%p", a, !=, b)
#define ck_assert_ptr_null(a)	 ck_assert_ptr_eq(a, NULL)
#define ck_assert_ptr_nonnull(a) ck_assert_ptr_ne(a, NULL)

void runner_compare_strings(const char *file, int line, const char *a, const char *b, bool equal);
#define ck_assert_str_eq(a, b) runner_compare_strings(__FILE__, __LINE__, a, b, true)
#define ck_assert_str_ne(a, b) runner_compare_strings(__FILE__, __LINE__, a, b, false)

#define ck_assert_double_eq_tol(a, b, tolerance)                                                   \
	do {                                                                                       \
		double off_ = (double)(a) - (double)(b);                                           \
		ck_assert_msg(-(tolerance) < off_ && off_ < (tolerance),                           \
			"'%s' and '%s' are %g apart", #a, #b, off_);                               \
	} while (0)

#endif
