/* SPDX-License-Identifier: MIT */
#include "os/os.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/atomic.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
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

int hki_os_guard(void *at, size_t size)
{
	if (madvise(at, size, MADV_GUARD_INSTALL) == 0)
		return 0;
	return mprotect(at, size, PROT_NONE) == 0 ? 0 : -errno;
}

bool hki_os_guards_light(void)
{
	size_t page = hki_os_page_size();
	void *at = hki_os_map(page);
	if (!at)
		return false;
	bool light = madvise(at, page, MADV_GUARD_INSTALL) == 0;
	hki_os_unmap(at, page);
	return light;
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
