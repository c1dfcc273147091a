/* SPDX-License-Identifier: MIT */
/*
 * What a kernel or a container may refuse, refused to the tests: HOCKET_TEST_FORBID names it.
 *   membarrier: carriers cannot have barriers made in others, each makes its own
 *   open: no file can be opened, so neither can those in /proc
 */
#include "check_hocket.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_open /* as on aarch64 */
#define SYS_open SYS_openat
#endif

/* From now on the calls `first` and `second` fail, in this process and its children. */
static void refuse(unsigned first, unsigned second, unsigned error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, second, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

void hkt_forbid(const char *what)
{
	if (strcmp(what, "membarrier") == 0) {
		refuse(SYS_membarrier, SYS_membarrier, EPERM);
		ck_assert_int_eq(syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0), -1);
	} else {
		ck_assert_str_eq(what, "open");
		refuse(SYS_open, SYS_openat, EACCES);
		ck_assert_int_eq(open("/proc/self/stat", O_RDONLY | O_CLOEXEC), -1);
	}
}

void hkt_forbid_by_environment(void)
{
	const char *what = getenv("HOCKET_TEST_FORBID");

	if (what != NULL)
		hkt_forbid(what);
}
