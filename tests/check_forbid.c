/* SPDX-License-Identifier: MIT */
/*
 * What a kernel or a container may refuse, refused to the tests: HOCKET_TEST_FORBID names it.
 *   membarrier: carriers cannot have barriers made in others, each makes its own
 *   guards: MADV_GUARD_INSTALL, as before Linux 6.13
 *   open: no file can be opened, so neither can those in /proc
 *   proc: as that, nor looked at: /proc is not there
 *   interrupt: rt_tgsigqueueinfo(2), tgkill(2)
 *   timers: timer_create(2), timerfd_create(2)
 *   io_uring: io_uring_setup(2)
 */
#include "check_hocket.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

/* The low half of a system call's argument, on little-endian machines. */
#define ARGUMENT(n) offsetof(struct seccomp_data, args[n])

static void filter(struct sock_filter *code, size_t size)
{
	struct sock_fprog program = { (unsigned short)(size / sizeof(code[0])), code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

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

	filter(code, sizeof(code));
}

static void refuse_guards(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(2)),
		BPF_STMT(BPF_JMP | BPF_JA, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_madvise, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(3)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_GUARD_INSTALL, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
	};

	filter(code, sizeof(code));
}

static const struct {
	const char *what;
	unsigned first, second, error;
} calls[] = {
	{ "membarrier", SYS_membarrier, SYS_membarrier, EPERM },
	{ "interrupt", SYS_rt_tgsigqueueinfo, SYS_tgkill, EPERM },
	{ "timers", SYS_timer_create, SYS_timerfd_create, EPERM },
	{ "io_uring", SYS_io_uring_setup, SYS_io_uring_setup, ENOSYS },
	{ "proc", SYS_openat, SYS_newfstatat, ENOENT },
	{ "open", SYS_open, SYS_openat, EACCES },
};

void hkt_forbid(const char *what)
{
	size_t i = 0;

	if (strcmp(what, "guards") == 0) {
		refuse_guards();
		ck_assert_int_eq(madvise(NULL, 0, MADV_GUARD_INSTALL), -1);
		ck_assert_int_eq(errno, EINVAL);
		return;
	}
	while (i < sizeof(calls) / sizeof(calls[0]) && strcmp(calls[i].what, what) != 0)
		i++;
	ck_assert_msg(i < sizeof(calls) / sizeof(calls[0]), "cannot forbid '%s'", what);
	refuse(calls[i].first, calls[i].second, calls[i].error);
	ck_assert_int_eq(syscall(calls[i].first, -1, 0, 0, 0), -1);
	ck_assert_int_eq(errno, (int)calls[i].error);
}

void hkt_forbid_by_environment(void)
{
	const char *what = getenv("HOCKET_TEST_FORBID");

	if (what != NULL)
		hkt_forbid(what);
}
