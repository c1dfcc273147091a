/* SPDX-License-Identifier: MIT */
/*
 * What a kitchen has: a waiter for the customers, a pantry where orders come from, an oven, and
 * a counter where they go. Calls return 0 or a negative errno. Those marked (task) may wait, and
 * then only their task does.
 */
#ifndef KITCHEN_H
#define KITCHEN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <hocket.h>

/* A process of its own, behind a Unix socket. */
struct oven {
	pid_t process;
	struct sockaddr_un address;
	socklen_t length; /* of the address */
};

enum { PARTS = 3, OVEN_ROOM = 128 }; /* of an order; for orders at a time */

struct kitchen {
	struct oven oven;
	struct hk_sem room; /* in the oven, taken while an order is on the way */
	struct order *orders;
	size_t count;
	unsigned chefs, bake_ms;
	const char *output; /* NULL: nothing is written */
	int folder;	    /* output, open */
};

enum order_at { AT_PANTRY, AT_OVEN, AT_COUNTER };

struct order {
	struct kitchen *kitchen;
	const char *path;
	size_t number;	     /* 1, 2 ... */
	size_t size, served; /* of the file, of the .gz */
	uint32_t checksum;   /* crc32 of the file */
	enum order_at at;    /* where it is now, or was when it failed */
	int error;
};

/* Understands the command line, or ends the program with a sentence and a code of sysexits.h. */
void waiter_take_orders(struct kitchen *kitchen, int argc, char **argv);

/* Prints what was cooked, or the first thing that went wrong. Returns the exit code. */
int waiter_bill(const struct kitchen *kitchen, int result);

/*
 * Lists the regular files at or under the given paths (the last one is NULL), folders in
 * alphabetical order. A path that cannot be read ends the program.
 */
char **pantry_list(char *const *paths, size_t *count);

/* Reads a file into memory, which the caller frees. (task) */
int pantry_fetch(const char *path, unsigned char **raw, size_t *size);

/* Starts the oven, which is this program again: `kebab --bake MS --oven FD`, in oven_main(). */
void oven_light(struct oven *oven, unsigned bake_ms);
int oven_main(int listener, unsigned bake_ms);
void oven_close(const struct oven *oven);

/*
 * Sends a gzip stream to the oven, which decompresses it, bakes for a while and answers with the
 * crc32 of what came out. -EPIPE: the oven died. -EBADMSG: the answer is another one. (task)
 */
int oven_bake(const struct oven *oven, const unsigned char *gzip, size_t size, uint32_t checksum);

/* Puts "<number>-<name>.gz" into a folder, whole or not at all, replacing an older one. (task) */
int counter_serve(int folder, const struct order *order, const unsigned char *gzip);

#endif
