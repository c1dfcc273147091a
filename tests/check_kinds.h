/* SPDX-License-Identifier: MIT */
/* Everything that can be waited for, one of each, alike: for tests of what all waits share. */
#ifndef CHECK_KINDS_H
#define CHECK_KINDS_H

#include "check_hocket.h"

struct hkt_kind {
	const char *what;      /* as in a dump */
	int (*until)(hk_time); /* waits; what was got is given back */
	void (*shut)(void);    /* from now on one has to wait */
	void (*open)(void);    /* by the same task or thread */
	struct hk_waitq *queue;
	const uint32_t *word; /* whose bits `marks` are 0 when it is open and nobody waits */
	uint32_t marks;
	bool owned; /* whoever shut it is said to hold it */
	bool looks; /* who need not wait calls nothing */
	bool meets; /* it opens only to one that waits */
};

enum { HKT_KINDS = 10 };
extern const struct hkt_kind hkt_kinds[HKT_KINDS];

/* How many meet, for the kind that meets; 2 at first. */
void hkt_kinds_meet(uint32_t parties);

#endif
