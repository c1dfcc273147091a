/* SPDX-License-Identifier: MIT */
#include "core/report.h"
#include "core/runtime.h"

struct dump {
	int fd;
	int result;
};

static void dump_runtime(struct runtime *rt, void *arg)
{
	struct dump *dump = arg;
	if (dump->result < 0)
		return;
	int result = hki_report_tasks(rt, dump->fd, false);
	dump->result = result < 0 ? result : dump->result + result;
}

int hk_dump(int fd)
{
	struct dump dump = { fd, 0 };
	struct carrier *carrier = hki_enter();
	if (carrier) {
		dump_runtime(carrier->rt, &dump);
		hki_leave(carrier);
	} else {
		hki_runtimes_each(dump_runtime, &dump);
	}
	return dump.result;
}
