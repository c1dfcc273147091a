/* SPDX-License-Identifier: MIT */
/* The oven's process: a Hocket program too, with a task for each kebab. */
#include "kitchen.h"

#include <err.h>
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>
#include <zlib.h>

#include <hocket.h>

struct place {
	int fd; /* to the chef who waits */
	unsigned bake_ms;
};

/* Bakes one kebab. If it is no complete gzip stream, the answer is wrong on purpose. */
static int bake(void *arg)
{
	const struct place *place = arg;
	unsigned char in[8192], out[16384];
	z_stream z = { 0 };
	uint32_t checksum = 0;
	int state = inflateInit2(&z, 15 + 16); /* 16: gzip */
	ssize_t n;

	if (state != Z_OK)
		errx(EX_OSERR, "no memory in the oven");
	while ((n = hk_read(place->fd, in, sizeof(in))) > 0) {
		z.next_in = in;
		z.avail_in = (uInt)n;
		while (state == Z_OK && z.avail_in > 0) {
			z.next_out = out;
			z.avail_out = sizeof(out);
			state = inflate(&z, Z_NO_FLUSH);
			checksum = (uint32_t)crc32_z(checksum, out, sizeof(out) - z.avail_out);
		}
	}
	inflateEnd(&z);
	if (state != Z_STREAM_END)
		checksum = ~checksum;
	if (n == 0 && hk_sleep(place->bake_ms * HK_MS) == 0)
		n = hk_write(place->fd, &checksum, sizeof(checksum));
	close(place->fd);
	return 0; /* also when the chef has left (n < 0): the other kebabs go on */
}

static int open_door(void *arg)
{
	const struct place *door = arg;
	struct pollfd knock = { .fd = door->fd, .events = POLLIN };
	HK_SCOPE(s);

	while (hk_poll(&knock, 1, HK_FOREVER) > 0) {
		struct place place = { accept4(door->fd, NULL, NULL, SOCK_CLOEXEC), door->bake_ms };
		if (place.fd < 0)
			err(EX_OSERR, "the oven has no door");
		if (hk_spawn_copy(&s, bake, &place, sizeof(place)) < 0)
			errx(EX_OSERR, "no memory in the oven");
	}
	return hk_join(&s);
}

int oven_main(int listener, unsigned bake_ms)
{
	struct place door = { listener, bake_ms };

	signal(SIGPIPE, SIG_IGN);
	return hk_run(NULL, open_door, &door) < 0 ? EX_OSERR : EX_OK;
}
