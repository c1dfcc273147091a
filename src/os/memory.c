/* SPDX-License-Identifier: MIT */
#include "os/os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/atomic.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef PIDFD_SELF_THREAD_GROUP
#define PIDFD_SELF_THREAD_GROUP (-10001)
#endif

void *hki_os_map(size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	return at == MAP_FAILED ? NULL : at;
}

void hki_os_unmap(void *at, size_t size)
{
	munmap(at, size);
}

/* Linux 6.15 takes all of them in one call, which halves the time. Returns whether it did. */
static bool guard_at_once(char *at, size_t size, size_t stride, size_t count)
{
	static bool refused; /* once is enough */
	struct iovec areas[OS_GUARDS_MAX];
	if (count < 2 || ld_rlx(&refused))
		return false;
	for (size_t i = 0; i < count; i++)
		areas[i] = (struct iovec){ at + i * stride, size };
	long done = syscall(SYS_process_madvise, PIDFD_SELF_THREAD_GROUP, areas, count,
		MADV_GUARD_INSTALL, 0);
	if (done < 0)
		st_rlx(&refused, true);
	return done == (long)(count * size);
}

size_t hki_os_guard_light(void *at, size_t size, size_t stride, size_t count)
{
	if (guard_at_once(at, size, stride, count))
		return count;
	size_t made = 0;
	while (made < count && madvise((char *)at + made * stride, size, MADV_GUARD_INSTALL) == 0)
		made++;
	return made;
}

int hki_os_guard_heavy(void *at, size_t size)
{
	return mprotect(at, size, PROT_NONE) == 0 ? 0 : -errno;
}

bool hki_os_guards_are_light(void)
{
	static uint32_t known; /* 1: no, 2: yes; the same whoever stores it */
	uint32_t light = ld_rlx(&known);
	if (!light) {
		size_t page = hki_os_page_size();
		void *at = hki_os_map(page);
		if (!at)
			return false;
		/* An emulator may take advice and do nothing: is the page still to be had? */
		light = 1 +
			(madvise(at, page, MADV_GUARD_INSTALL) == 0 &&
				madvise(at, page, MADV_POPULATE_READ) != 0);
		hki_os_unmap(at, page);
		st_rlx(&known, light);
	}
	return light == 2;
}

size_t hki_os_mappings_max(void)
{
	char digits[32];
	long long max = 0;
	int fd = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		ssize_t len = read(fd, digits, sizeof digits - 1);
		digits[len > 0 ? len : 0] = '\0';
		max = strtoll(digits, NULL, 10);
		close(fd);
	}
	return max > 0 ? (size_t)max : 65530;
}

void hki_os_no_huge_pages(void *at, size_t size)
{
	madvise(at, size, MADV_NOHUGEPAGE);
}

void hki_os_drop(void *at, size_t size)
{
	madvise(at, size, MADV_DONTNEED);
}

size_t hki_os_page_size(void)
{
	static size_t page; /* the same value whoever stores it */
	size_t size = ld_rlx(&page);
	if (!size) {
		size = (size_t)sysconf(_SC_PAGESIZE);
		st_rlx(&page, size);
	}
	return size;
}

size_t hki_os_resident_tail(void *at, size_t size)
{
	unsigned char in_memory[64];
	size_t page = hki_os_page_size();
	size_t step = sizeof in_memory * page;
	for (size_t done = 0; done < size; done += step) {
		size_t part = size - done < step ? size - done : step;
		if (mincore((char *)at + done, part, in_memory) != 0)
			return 0;
		for (size_t i = 0; i < part / page; i++) {
			if (in_memory[i] & 1)
				return size - done - i * page;
		}
	}
	return 0;
}
