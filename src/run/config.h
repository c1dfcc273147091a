/* SPDX-License-Identifier: MIT */
/* The options of a run: the program's, then HOCKET_OPTIONS, then defaults. */
#ifndef RUN_CONFIG_H
#define RUN_CONFIG_H

#include <stdbool.h>

#include <hocket/run.h>

enum { CONFIG_TEXT_SIZE = 4096 };

/* Resolved options, and the memory of the texts in them. */
struct config {
	struct hk_options options;
	bool interleave;
	char text[CONFIG_TEXT_SIZE];
};

/* Returns 0, or -EINVAL after saying on stderr what is wrong. */
int hki_config_resolve(struct config *config, const struct hk_options *options);

#endif
