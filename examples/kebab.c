/* SPDX-License-Identifier: MIT */
/*
 * The kitchen. Each customer's order is a file: fries, meat and vegetables are its three parts,
 * compressed by a task each (work for a core). Then it goes to the oven, another process (a
 * wait), and is served as a .gz. That is the design. Whether one chef cooks order after order, or
 * switches while something bakes, or three chefs cook, is the execution (HOCKET_OPTIONS).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <hocket.h>

#include "kitchen/kitchen.h"

enum { HEAD = 10, TAIL = 8 }; /* a .gz has bytes before and after its parts */

struct part {
	unsigned char *raw, *cut;
	uInt raw_size, cut_size;
	int flush; /* how the deflate stream goes on after it */
	uLong checksum;
};

/* Task: compresses one part, as a piece of a deflate stream. */
static int cut(void *arg)
{
	struct part *part = arg;
	z_stream z = {
		.next_in = part->raw,
		.avail_in = part->raw_size,
		.next_out = part->cut,
		.avail_out = part->cut_size,
	};

	if (hk_task_cancelled())
		return -ECANCELED;
	if (deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	deflate(&z, part->flush);
	deflateEnd(&z);
	part->cut_size -= z.avail_out;
	part->checksum = crc32(0, part->raw, part->raw_size);
	return 0;
}

static int cut_all(struct part *parts)
{
	static const char *const names[PARTS] = { "fries", "meat", "vegetables" };
	HK_SCOPE(s);

	for (int i = 0; i < PARTS; i++) {
		struct hk_task_options options = { .size = sizeof(options), .name = names[i] };
		hk_spawn_with(&s, &options, cut, &parts[i]);
	}
	return hk_join(&s); /* tells of a failed spawn, too */
}

/* Makes a .gz (RFC 1952) of a file: header, the three pieces, checksum and size. */
static int prepare(struct order *order, unsigned char *raw, unsigned char **gzip)
{
	static const unsigned char head[HEAD] = { 0x1f, 0x8b, Z_DEFLATED, [9] = 3 };
	uInt third = (uInt)(order->size / PARTS), room = (uInt)compressBound(third + PARTS) + 16;
	struct part parts[PARTS];
	unsigned char *end;
	uLong checksum = 0;
	int err;

	*gzip = malloc(HEAD + PARTS * (size_t)room + TAIL);
	if (!*gzip)
		return -ENOMEM;
	end = *gzip + HEAD;
	for (size_t i = 0; i < PARTS; i++)
		parts[i] = (struct part){ raw + i * third, *gzip + HEAD + i * room, third, room,
			Z_SYNC_FLUSH, 0 };
	parts[PARTS - 1].raw_size += (uInt)(order->size % PARTS);
	parts[PARTS - 1].flush = Z_FINISH;
	err = cut_all(parts);
	if (err < 0)
		return err;
	memcpy(*gzip, head, HEAD);
	for (int i = 0; i < PARTS; i++) {
		memmove(end, parts[i].cut, parts[i].cut_size);
		end += parts[i].cut_size;
		checksum = crc32_combine(checksum, parts[i].checksum, parts[i].raw_size);
	}
	for (int i = 0; i < TAIL; i++)
		*end++ = (unsigned char)((i < 4 ? checksum : order->size) >> 8 * (i % 4));
	order->checksum = (uint32_t)checksum;
	order->served = (size_t)(end - *gzip);
	return 0;
}

/* Task: one order, from the pantry to the counter. */
static int cook(void *arg)
{
	struct order *order = arg;
	struct kitchen *kitchen = order->kitchen;
	unsigned char *raw = NULL, *gzip = NULL;
	int err = pantry_fetch(order->path, &raw, &order->size);

	if (err == 0)
		err = prepare(order, raw, &gzip);
	if (err == 0) {
		order->at = AT_OVEN;
		err = oven_bake(&kitchen->oven, gzip, order->served, order->checksum);
	}
	if (err == 0 && kitchen->output) {
		order->at = AT_COUNTER;
		err = counter_serve(kitchen->folder, order, gzip);
	}
	free(gzip);
	free(raw);
	order->error = err;
	hk_sem_post(&kitchen->room);
	return err;
}

/* The first task: lets in as many orders at a time as the oven has room for. */
static int open_kitchen(void *arg)
{
	struct kitchen *kitchen = arg;
	HK_SCOPE(s);

	for (size_t i = 0; i < kitchen->count; i++) {
		int err = hk_sem_wait(&kitchen->room);
		if (err == 0)
			err = hk_spawn(&s, cook, &kitchen->orders[i]);
		if (err < 0) {
			kitchen->orders[i].error = err;
			break;
		}
	}
	return hk_join(&s); /* one that failed has cancelled the others */
}

int main(int argc, char **argv)
{
	struct kitchen kitchen = { .room = HK_SEM_INIT(OVEN_ROOM) };
	struct hk_options options = HK_OPTIONS_INIT;
	int result;

	waiter_take_orders(&kitchen, argc, argv);
	options.workers = kitchen.chefs;
	oven_light(&kitchen.oven, kitchen.bake_ms);
	result = hk_run(&options, open_kitchen, &kitchen);
	oven_close(&kitchen.oven);
	return waiter_bill(&kitchen, result);
}
