/* SPDX-License-Identifier: MIT */
/* Version, error texts and the names of executions: tables that may not have holes. */
#include "../check_hocket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Goal: the library in use is the one of the headers. Method: compare all four forms. */
START_TEST(version_is_that_of_the_headers)
{
	char expected[32];

	snprintf(expected, sizeof(expected), "%d.%d.%d", HK_VERSION_MAJOR, HK_VERSION_MINOR,
		HK_VERSION_PATCH);
	ck_assert_str_eq(HK_VERSION, expected);
	ck_assert_str_eq(hk_version(), expected);
}
END_TEST

static const int documented[] = { EINVAL, ENOMEM, EAGAIN, EMFILE, EDEADLK, ECANCELED, ETIMEDOUT,
	E2BIG, EBADF, EIO, EPIPE, ECONNRESET, ENOSPC };

/* Goal: each documented error has a text of its own, with either sign. Method: compare pairs. */
START_TEST(each_error_has_a_text)
{
	enum { N = sizeof(documented) / sizeof(documented[0]) };

	for (int i = 0; i < N; i++) {
		ck_assert_ptr_nonnull(hk_strerror(documented[i]));
		ck_assert_uint_gt(strlen(hk_strerror(documented[i])), 0);
		ck_assert_str_eq(hk_strerror(documented[i]), hk_strerror(-documented[i]));
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(hk_strerror(documented[i]), hk_strerror(documented[j]));
	}
}
END_TEST

/* Goal: numbers without meaning get a text too. Method: 0, huge and most negative values. */
START_TEST(an_unknown_error_has_a_text)
{
	static const int odd[] = { 0, 99999, -99999, INT32_MAX, INT32_MIN };

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		ck_assert_ptr_nonnull(hk_strerror(odd[i]));
		ck_assert_uint_gt(strlen(hk_strerror(odd[i])), 0);
	}
}
END_TEST

/* Goal: the names users write in HOCKET_OPTIONS. Method: all four, and values outside. */
START_TEST(executions_have_names)
{
	ck_assert_str_eq(hk_execution_name(HK_COMBINED), "combined");
	ck_assert_str_eq(hk_execution_name(HK_SEQUENTIAL), "sequential");
	ck_assert_str_eq(hk_execution_name(HK_CONCURRENT), "concurrent");
	ck_assert_str_eq(hk_execution_name(HK_PARALLEL), "parallel");
	ck_assert_ptr_null(hk_execution_name((enum hk_execution)4));
	ck_assert_ptr_null(hk_execution_name((enum hk_execution)99));
}
END_TEST

/* Goal: tables for messages have no hole. Method: every value, distinct, and "?" outside. */
START_TEST(causes_outcomes_and_events_have_names)
{
	for (int i = 0; i < HK_CAUSES; i++) {
		ck_assert_str_ne(hk_cause_name((enum hk_cause)i), "?");
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(hk_cause_name((enum hk_cause)i),
				hk_cause_name((enum hk_cause)j));
	}
	for (int i = HK_OUTCOME_NONE; i <= HK_OUTCOME_CANCEL; i++)
		ck_assert_str_ne(hk_outcome_name((enum hk_outcome)i), "?");
	for (int i = HK_TRACE_RUN; i <= HK_TRACE_STOP; i++)
		ck_assert_str_ne(hk_trace_name((enum hk_trace_what)i), "?");
	ck_assert_str_eq(hk_cause_name(HK_CAUSE_SLEEP), "sleep");
	ck_assert_str_eq(hk_cause_name(HK_CAUSE_MUTEX), "mutex");
	ck_assert_str_eq(hk_outcome_name(HK_OUTCOME_TIMEOUT), "timeout");
	ck_assert_str_eq(hk_trace_name(HK_TRACE_SPAWN), "spawn");
	ck_assert_str_eq(hk_cause_name(HK_CAUSES), "?");
	ck_assert_str_eq(hk_outcome_name((enum hk_outcome)99), "?");
	ck_assert_str_eq(hk_trace_name((enum hk_trace_what)0), "?");
	ck_assert_str_eq(hk_trace_name((enum hk_trace_what)99), "?");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("unit/base");
	TCase *tc = hkt_case(suite, "tables", 10);

	tcase_add_test(tc, version_is_that_of_the_headers);
	tcase_add_test(tc, each_error_has_a_text);
	tcase_add_test(tc, an_unknown_error_has_a_text);
	tcase_add_test(tc, executions_have_names);
	tcase_add_test(tc, causes_outcomes_and_events_have_names);
	return hkt_main(suite);
}
