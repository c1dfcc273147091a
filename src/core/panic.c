/* SPDX-License-Identifier: MIT */
#include "core/panic.h"

#include "core/report.h"

static void say(const char *what)
{
	char who[REPORT_LINE / 2];
	struct text text = text_in(who, sizeof who);
	const struct carrier *self = hki_carrier_self();
	const struct hk_task *task = self ? ld_rlx(&self->current) : NULL;
	if (task)
		hki_report_who(&text, task);
	hki_say("panic: %s%s%s", who, task ? ": " : "", what);
}

void hki_panic(const char *format, ...)
{
	char what[REPORT_LINE / 2];
	struct text text = text_in(what, sizeof what);
	va_list list;
	va_start(list, format);
	hki_text_add_list(&text, format, list);
	va_end(list);
	say(what);
	hki_os_abort();
}

void hki_assert_failed(const char *condition, const char *where)
{
	hki_panic("the runtime is broken, please report this: %s, at %s", condition, where);
}
