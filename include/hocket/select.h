/* SPDX-License-Identifier: MIT */
/*
 * Waiting for one of several things, and doing it.
 *
 *	struct hk_case cases[] = {
 *		HK_CASE_RECV(&orders, &order),
 *		HK_CASE_EVENT(&closing_time),
 *		HK_CASE_TIME(hk_now() + HK_S),
 *	};
 *	switch (hk_select(cases, 3, HK_FOREVER)) {
 *	case 0: ...
 */
#ifndef HOCKET_SELECT_H
#define HOCKET_SELECT_H

#include <hocket/base.h>
#include <hocket/chan.h>
#include <hocket/meet.h>
#include <hocket/scope.h>
#include <hocket/time.h>

HK_BEGIN_DECLS

enum hk_case_kind {
	HK_CASE_NONE, /* left out: never ready */
	HK_CASE_KIND_RECV,
	HK_CASE_KIND_SEND,
	HK_CASE_KIND_SEM,
	HK_CASE_KIND_EVENT,
	HK_CASE_KIND_FD,
	HK_CASE_KIND_JOIN,
	HK_CASE_KIND_TIME,
};

/* One of the things. Made by the macros below; may be used again for another hk_select(). */
struct hk_case {
	enum hk_case_kind kind;
	int result; /* of the case that was done: 0, or -EPIPE: the channel is closed */
	void *object;
	void *item;
	hk_time time;
	int fd;
	short events;
	/* private */
	uint32_t order;
	uint64_t reserved[14];
};

/* clang-format off */
#define HK_CASE_(kind, object, item, time, fd, events) \
	{ (kind), 0, (object), (item), (time), (fd), (events), 0, \
	  { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } }
/* Receives into *to; ready too when the channel is closed and drained (result -EPIPE). */
#define HK_CASE_RECV(chan, to)	 HK_CASE_(HK_CASE_KIND_RECV, (chan), (to), 0, -1, 0)
/* Sends a copy of *from; ready too when the channel is closed (result -EPIPE). */
#define HK_CASE_SEND(chan, from) \
	HK_CASE_(HK_CASE_KIND_SEND, (chan), HK_CASE_FROM_(from), 0, -1, 0)
/* A pointer to what is only read, without a warning that const is lost; nothing but a pointer. */
#define HK_CASE_FROM_(from)	 ((void *)(uintptr_t)(1 ? (from) : (const void *)0))
/* Takes a permit. */
#define HK_CASE_SEM(sem)	 HK_CASE_(HK_CASE_KIND_SEM, (sem), NULL, 0, -1, 0)
/* The event is set. */
#define HK_CASE_EVENT(event)	 HK_CASE_(HK_CASE_KIND_EVENT, (event), NULL, 0, -1, 0)
/* The descriptor is ready for what is asked of events (POLLIN, POLLOUT of poll.h), or broken. */
#define HK_CASE_FD(fd, events)	 HK_CASE_(HK_CASE_KIND_FD, NULL, NULL, 0, (fd), (short)(events))
/* No task is left in the scope, which is the caller's: hk_join() does not wait. */
#define HK_CASE_JOIN(scope)	 HK_CASE_(HK_CASE_KIND_JOIN, (scope), NULL, 0, -1, 0)
/* The time has come. */
#define HK_CASE_TIME(time)	 HK_CASE_(HK_CASE_KIND_TIME, NULL, NULL, (time), -1, 0)
/* clang-format on */

/*
 * Waits until one of the n cases can be done, no longer than the deadline (a time in the past: only
 * looks), and does that one, and no other. Of several that can be done at once each is as likely to
 * be the one. In O(n).
 * From: task; thread, but without descriptors and scopes; panics elsewhere.
 * Parks: yes, a cancellation point.
 * Returns: the index of the case, whose result says more; -ETIMEDOUT, -ECANCELED, or the negative
 * errno of a descriptor that cannot be waited for (-EBADF ...): nothing was done.
 */
HK_API HK_MUST_USE int hk_select(struct hk_case *cases, unsigned n, hk_time deadline);

HK_END_DECLS

#endif
