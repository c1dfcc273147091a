/* SPDX-License-Identifier: MIT */
#include "sync/case.h"

#include <errno.h>

#include "core/join.h"
#include "sync/chan.h"
#include "sync/semaphore.h"

/* What a case keeps while it is watched, in the caller's memory. */
union case_watch {
	struct waiter waiter;
	struct fd_waiter fd;
};
_Static_assert(sizeof(union case_watch) <= sizeof((struct hk_case *)0)->reserved,
	"a case has no room for its watch");

static union case_watch *watch_of(struct hk_case *at)
{
	return (union case_watch *)(void *)at->reserved;
}

void hki_case_check(const struct hk_case *at, const struct carrier *carrier, unsigned index)
{
	bool has_object = true, for_tasks = false;
	switch (at->kind) {
	case HK_CASE_NONE:
	case HK_CASE_KIND_TIME:
		return;
	case HK_CASE_KIND_RECV:
	case HK_CASE_KIND_SEM:
	case HK_CASE_KIND_EVENT:
		has_object = at->object != NULL;
		break;
	case HK_CASE_KIND_SEND:
		has_object = at->object != NULL;
		if (has_object)
			hki_chan_check_item("hk_select", at->object, at->item);
		break;
	case HK_CASE_KIND_FD:
		for_tasks = true;
		break;
	case HK_CASE_KIND_JOIN:
		for_tasks = true;
		has_object = at->object != NULL;
		break;
	default:
		hki_panic("hk_select: case %u is of no kind (%d); make it by the macros of "
			  "hocket/select.h",
			index, (int)at->kind);
	}
	if (!has_object)
		hki_panic("hk_select: what case %u waits for is NULL", index);
	if (for_tasks && !carrier)
		hki_panic("hk_select: case %u, a descriptor or scope, is for tasks only", index);
	if (at->kind == HK_CASE_KIND_JOIN)
		hki_scope_check_owner("hk_select", at->object);
}

static bool try_chan(struct hk_case *at, struct woken *woken)
{
	struct hk_chan *chan = at->object;
	hki_lock(&chan->lock);
	int result = at->kind == HK_CASE_KIND_SEND ? hki_chan_try_send(chan, at->item, woken) :
						     hki_chan_try_recv(chan, at->item, woken);
	hki_unlock(&chan->lock);
	at->result = result;
	return result != -EAGAIN;
}

/* Under the lock: then who set it has finished with it. */
static bool is_set(struct hk_event *event)
{
	hki_lock(&event->waiters.lock);
	bool set = ld_rlx(&event->set);
	hki_unlock(&event->waiters.lock);
	return set;
}

/* An invalid one is not ready: watching it tells why. */
static bool is_ready(const struct hk_case *at)
{
	struct pollfd pollfd = { .fd = at->fd, .events = at->events };
	return hki_os_poll(&pollfd, 1, 0) > 0 && !(pollfd.revents & POLLNVAL);
}

bool hki_case_try(struct hk_case *at, struct woken *woken)
{
	at->result = 0;
	switch (at->kind) {
	case HK_CASE_KIND_RECV:
	case HK_CASE_KIND_SEND:
		return try_chan(at, woken);
	case HK_CASE_KIND_SEM:
		return hk_sem_trywait(at->object);
	case HK_CASE_KIND_EVENT:
		return is_set(at->object);
	case HK_CASE_KIND_FD:
		return is_ready(at);
	case HK_CASE_KIND_JOIN:
		return hki_scope_is_empty(at->object);
	case HK_CASE_KIND_TIME:
		return at->time <= hki_os_now();
	case HK_CASE_NONE:
	default:
		return false;
	}
}

/* Whether a partner has come meanwhile; another case of the same select is none. */
static bool can_go(const struct hk_chan *chan, bool sends, const struct sleeper *self)
{
	if (chan->closed)
		return true;
	if (sends)
		return chan->count < chan->capacity || hki_chan_has_other(&chan->receivers, self);
	return chan->count > 0 || hki_chan_has_other(&chan->senders, self);
}

static int watch_chan(struct hk_case *at, struct waiter *waiter)
{
	struct hk_chan *chan = at->object;
	bool sends = at->kind == HK_CASE_KIND_SEND;
	hki_lock(&chan->lock);
	bool ready = can_go(chan, sends, waiter->sleeper);
	if (!ready)
		hki_waitq_push(sends ? &chan->senders : &chan->receivers, waiter);
	hki_unlock(&chan->lock);
	return ready;
}

static int watch_event(struct hk_event *event, struct waiter *waiter)
{
	hki_lock(&event->waiters.lock);
	bool ready = ld_rlx(&event->set);
	if (!ready)
		hki_waitq_push(&event->waiters, waiter);
	hki_unlock(&event->waiters.lock);
	return ready;
}

int hki_case_watch(struct hk_case *at, struct sleeper *sleeper, unsigned index, unsigned *happened)
{
	union case_watch *watch = watch_of(at);
	if (at->kind == HK_CASE_KIND_FD) {
		struct runtime *rt = ld_rlx(&sleeper->task->rt);
		watch->fd = (struct fd_waiter){ .task = sleeper->task,
			.fd = at->fd,
			.events = at->events };
		int error = rt->poller_ops.watch(rt, &watch->fd);
		/* -EPERM: a regular file of which no event is asked for, else it were ready. */
		return error == -EPERM ? 0 : error;
	}
	watch->waiter = (struct waiter){ .sleeper = sleeper,
		.item = at->item,
		.index = index,
		.happened = happened };
	switch (at->kind) {
	case HK_CASE_KIND_RECV:
	case HK_CASE_KIND_SEND:
		return watch_chan(at, &watch->waiter);
	case HK_CASE_KIND_SEM:
		return hki_sem_watch(at->object, &watch->waiter);
	case HK_CASE_KIND_EVENT:
		return watch_event(at->object, &watch->waiter);
	case HK_CASE_KIND_JOIN:
		return !hki_scope_watch(at->object);
	case HK_CASE_KIND_FD:
	case HK_CASE_KIND_TIME:
	case HK_CASE_NONE:
	default:
		return 0;
	}
}

static void leave(uint32_t *lock, struct hk_waitq *queue, struct waiter *waiter)
{
	hki_lock(lock);
	if (waiter->queued)
		hki_waitq_remove(queue, waiter);
	hki_unlock(lock);
}

void hki_case_forget(struct hk_case *at)
{
	union case_watch *watch = watch_of(at);
	struct hk_chan *chan = at->object;
	struct hk_event *event = at->object;
	switch (at->kind) {
	case HK_CASE_KIND_RECV:
		leave(&chan->lock, &chan->receivers, &watch->waiter);
		break;
	case HK_CASE_KIND_SEND:
		leave(&chan->lock, &chan->senders, &watch->waiter);
		break;
	case HK_CASE_KIND_SEM:
		hki_sem_forget(at->object, &watch->waiter);
		break;
	case HK_CASE_KIND_EVENT:
		leave(&event->waiters.lock, &event->waiters, &watch->waiter);
		break;
	case HK_CASE_KIND_FD: {
		struct runtime *rt = ld_rlx(&watch->fd.task->rt);
		rt->poller_ops.forget(rt, &watch->fd);
		break;
	}
	case HK_CASE_KIND_JOIN:
		hki_scope_forget(at->object);
		break;
	case HK_CASE_KIND_TIME:
	case HK_CASE_NONE:
	default:
		break;
	}
}

void hki_case_finish(struct hk_case *at)
{
	at->result = watch_of(at)->waiter.result;
}
