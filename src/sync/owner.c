/* SPDX-License-Identifier: MIT */
#include "sync/owner.h"

#include "core/report.h"

const char *hki_owner_name(const void *owner, char buffer[OWNER_NAME_SIZE])
{
	struct text text = text_in(buffer, OWNER_NAME_SIZE);
	const struct hk_task *task = owner_task((void *)(uintptr_t)owner);
	if (task)
		hki_report_name(&text, task);
	else
		hki_text_add(&text, "a thread outside the runtime");
	return buffer;
}
