/* SPDX-License-Identifier: MIT */
/*
 * A task in each state. Once they are there, stand() is called: a breakpoint is put there. With the
 * argument "dump" the process then dumps core; with "mprotect" it runs as before Linux 6.13, where
 * a guard of a stack is a mapping.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <hocket.h>

static struct hk_mutex knife = HK_MUTEX_INIT;
static struct hk_sem oven;
static _Atomic int done;
static int ends[2];

__attribute__((noinline)) static int cut(int pieces)
{
	hk_mutex_lock(&knife); /* cuts here */
	pieces++;
	hk_mutex_unlock(&knife);
	return pieces;
}

/* Waits for a mutex, two functions deep, with a number that is on its stack only. */
static int waits_for_mutex(void *arg)
{
	int result = cut(4711);

	(void)arg;
	return result == 4712 ? 0 : -1;
}

static int waits_for_semaphore(void *arg)
{
	int result = hk_sem_wait(&oven); /* bakes here */

	(void)arg;
	return result;
}

static int naps(void *arg)
{
	int result = hk_sleep(3600 * HK_S);

	(void)arg;
	return result == -ECANCELED ? 0 : result;
}

/* Computes, and is interrupted. */
static int computes(void *arg)
{
	(void)arg;
	while (!done)
		;
	return 0;
}

/* Sleeps in the kernel, where its worker is taken away. */
static int blocks(void *arg)
{
	char byte;
	ssize_t n;

	(void)arg;
	n = read(ends[0], &byte, 1);
	return n == 1 ? 0 : -1;
}

static int never_starts(void *arg)
{
	(void)arg;
	return 0;
}

__attribute__((noinline)) static void stand(const char *core)
{
	if (core != NULL && strcmp(core, "dump") == 0)
		abort();
	done = 1;
}

/* Whether hk_dump() says of some task that it is in this state. */
static bool is_there(const char *state)
{
	static char text[4096];
	int fd = memfd_create("dump", MFD_CLOEXEC);
	ssize_t n = fd < 0 || hk_dump(fd) < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);

	close(fd);
	text[n < 0 ? 0 : n] = 0;
	return strstr(text, state) != NULL;
}

static int all(void *core)
{
	struct hk_task_options sliced = HK_TASK_OPTIONS_INIT;

	HK_SCOPE(others);
	HK_SCOPE(nappers);
	hk_mutex_lock(&knife);
	hk_spawn(&others, waits_for_mutex, NULL);
	hk_spawn(&others, waits_for_semaphore, NULL);
	hk_spawn(&others, blocks, NULL);
	hk_spawn(&nappers, naps, NULL);
	sliced.slice_ns = HK_MS;
	hk_spawn_with(&others, &sliced, computes, NULL);
	while (!is_there("is in a call that blocks") || !is_there("is ready, interrupted"))
		hk_yield();
	hk_spawn(&others, never_starts, NULL);
	stand(core);
	hk_mutex_unlock(&knife);
	hk_sem_post(&oven);
	hk_cancel(&nappers);
	if (write(ends[1], "x", 1) != 1)
		return -1;
	return hk_join(&others);
}

static bool refuse_madvise(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof code / sizeof code[0], code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int main(int argc, char **argv)
{
	struct hk_options options = HK_OPTIONS_INIT;
	int result;

	options.workers = 1;
	options.slice_ns = -1; /* this one is not to be interrupted */
	if (pipe(ends) != 0 || (argc > 1 && strcmp(argv[1], "mprotect") == 0 && !refuse_madvise()))
		return 1;
	result = hk_run(&options, all, argv[1]);
	printf("result %d\n", result);
	return result != 0;
}
