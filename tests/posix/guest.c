/* SPDX-License-Identifier: MIT */
/* A Hocket program that knows nothing of libhocket-posix: its tasks call libc. */
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <hocket.h>

static int ends[2];

static int nap(void *arg)
{
	const struct timespec span = { 0, 5000000 };

	(void)arg;
	return nanosleep(&span, NULL);
}

static int taste(void *arg)
{
	char byte;

	(void)arg;
	return read(ends[0], &byte, 1) == 1 ? 0 : -1;
}

static int serve(void *arg)
{
	(void)arg;
	return poll(NULL, 0, 5) == 0 && write(ends[1], "x", 1) == 1 ? 0 : -1;
}

static int kitchen(void *arg)
{
	(void)arg;
	HK_SCOPE(s);
	hk_spawn(&s, nap, NULL);
	hk_spawn(&s, nap, NULL);
	hk_spawn(&s, serve, NULL);
	hk_spawn(&s, taste, NULL);
	return hk_join(&s);
}

int main(void)
{
	return pipe(ends) != 0 || nap(NULL) != 0 || hk_run(NULL, kitchen, NULL) != 0;
}
