/* SPDX-License-Identifier: MIT */
/* What the runtime says of its tasks: in dumps, deadlock reports, panics. */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

#include "base/text.h"
#include "core/runtime.h"

enum { REPORT_LINE = 512 };

/* task 3 "fry" */
void hki_report_name(struct text *text, const struct hk_task *task);
/* task 3 "fry" (spawned at kebab.c:42) */
void hki_report_who(struct text *text, const struct hk_task *task);
/* What it does: "waits for the mutex 0x12, which task 4 "grill" holds". */
void hki_report_state(struct text *text, struct hk_task *task);
/* ", called at kebab+0x12; holds 2 locks": where the program called what the task waits in, and
   what others may wait for. *mapping: none yet, or that of the last call. */
void hki_report_details(struct text *text, struct hk_task *task, struct os_mapping *mapping);
/* Writes a line for each live task; only: the waiting ones. Returns how many, or a negative errno.
 */
int hki_report_tasks(struct runtime *rt, int fd, bool only_waiting);
/* As that, for all of them, below a line about the runtime. */
int hki_report_run(struct runtime *rt, int fd);
/* Writes "hocket: ..." and a newline to stderr in one piece. */
__attribute__((format(printf, 1, 2))) void hki_say(const char *format, ...);

#endif
