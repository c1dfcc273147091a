/* SPDX-License-Identifier: MIT */
/* On which CPU a thread goes on, and how soon after it was woken. */
#include "os/os.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int hki_os_cpu_here(void)
{
	return sched_getcpu();
}

void hki_os_cpus_add(struct os_cpus *cpus, int cpu)
{
	const unsigned bits = 8 * sizeof cpus->bits[0];
	if (cpu < 0 || (size_t)cpu >= 8 * sizeof cpus->bits)
		return;
	cpus->bits[(unsigned)cpu / bits] |= 1UL << (unsigned)cpu % bits;
	cpus->known = true;
}

static bool set_cpus(uint32_t thread_id, const struct os_cpus *cpus)
{
	return syscall(SYS_sched_setaffinity, thread_id, sizeof cpus->bits, cpus->bits) == 0;
}

static bool overlap(const struct os_cpus *a, const struct os_cpus *b)
{
	unsigned long both = 0;
	for (size_t i = 0; i < sizeof a->bits / sizeof a->bits[0]; i++)
		both |= a->bits[i] & b->bits[i];
	return both != 0;
}

void hki_os_thread_bring(uint32_t thread_id, int cpu, struct os_cpus *before)
{
	struct os_cpus here = { { 0 }, false };
	hki_os_cpus_add(&here, cpu);
	if (!here.known)
		return;
	if (!before->known &&
		syscall(SYS_sched_getaffinity, thread_id, sizeof before->bits, before->bits) < 0)
		return;
	if (overlap(before, &here))
		before->known |= set_cpus(thread_id, &here);
}

void hki_os_thread_free(uint32_t thread_id, struct os_cpus *before)
{
	if (before->known)
		set_cpus(thread_id, before);
	before->known = false;
}

void hki_os_thread_stay(const struct os_cpus *cpus)
{
	if (cpus->known)
		set_cpus(0, cpus);
}

/* The layout that sched_setattr(2) describes; glibc has it only since 2.41. */
struct attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

void hki_os_thread_hasten(int64_t runtime_ns)
{
	struct attributes attributes = { .size = sizeof attributes };
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	/* Where that is allowed; of this thread alone. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), -20);
	if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0) {
		attributes.runtime = (uint64_t)runtime_ns;
		syscall(SYS_sched_setattr, 0, &attributes, 0);
	}
}
