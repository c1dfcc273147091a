/* SPDX-License-Identifier: MIT */
/* The kitchen's side of the oven: light it, bake in it, close it. */
#define _GNU_SOURCE
#include "kitchen.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <hocket.h>

static void become_oven(int listener, unsigned bake_ms, pid_t kitchen)
{
	char door[16], time[16];

	/* Ctrl+C is for the kitchen; when the kitchen ends, in whatever way, so does the oven. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != kitchen)
		_exit(EX_OK);
	unsetenv("HOCKET_OPTIONS");
	snprintf(door, sizeof(door), "%d", dup(listener)); /* a duplicate survives exec */
	snprintf(time, sizeof(time), "%u", bake_ms);
	execl("/proc/self/exe", "kebab", "--bake", time, "--oven", door, NULL);
	err(EX_OSERR, "cannot light the oven");
}

void oven_light(struct oven *oven, unsigned bake_ms)
{
	struct sockaddr *address = (struct sockaddr *)&oven->address;
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t kitchen = getpid();

	oven->address.sun_family = AF_UNIX;
	oven->length = sizeof(oven->address);
	/* Bound to no name, the socket gets a free abstract one, which leaves no file behind. */
	if (listener < 0 || bind(listener, address, sizeof(sa_family_t)) < 0 ||
		getsockname(listener, address, &oven->length) < 0 ||
		listen(listener, OVEN_ROOM) < 0 || (oven->process = fork()) < 0)
		err(EX_OSERR, "cannot light the oven");
	if (oven->process == 0)
		become_oven(listener, bake_ms, kitchen);
	close(listener);
}

void oven_close(const struct oven *oven)
{
	kill(oven->process, SIGKILL);
	waitpid(oven->process, NULL, 0);
}

/* Connects. Apart from oven_bake() because it needs errno, which is of one thread (hocket.h). */
static __attribute__((noinline)) int knock(const struct oven *oven)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0 || connect(fd, (const struct sockaddr *)&oven->address, oven->length) == 0)
		return fd < 0 ? -errno : fd;
	error = errno == ECONNREFUSED ? EPIPE : errno;
	close(fd);
	return -error;
}

int oven_bake(const struct oven *oven, const unsigned char *gzip, size_t size, uint32_t checksum)
{
	int fd = knock(oven);
	uint32_t answer;
	ssize_t n = 0;

	if (fd < 0)
		return fd;
	/* A short write leaves it to the next one to say why. */
	while (size > 0 && (n = hk_write(fd, gzip, size)) > 0) {
		gzip += n;
		size -= (size_t)n;
	}
	if (size == 0) {
		shutdown(fd, SHUT_WR);
		n = hk_read(fd, &answer, sizeof(answer));
	}
	close(fd);
	if (n == sizeof(answer))
		return answer == checksum ? 0 : -EBADMSG;
	return n >= 0 || n == -ECONNRESET ? -EPIPE : (int)n;
}
