/* SPDX-License-Identifier: MIT */
/*
 * The poller: one epoll for a runtime, a slot for each descriptor number with the tasks that wait
 * for it. A descriptor is armed anew, for one event, whenever a task begins to wait (os/poll.c says
 * why). The slot's lock is held while epoll is told, so that what is armed is what the waiters
 * want.
 */
#include <errno.h>
#include <sys/epoll.h>

#include "core/wake.h"
#include "io/descriptor.h"

enum {
	SLOTS_MAX = 1 << 20,
	EVENTS_MAX = 64,
};

static const uint64_t INTERRUPT = UINT64_MAX;

struct slot {
	struct fd_waiter *first;
	uint32_t lock;
};

struct epoll {
	int fd;
	int interrupt_fd;
	size_t slots_count;
	struct slot slots[];
};

static struct epoll *epoll_of(struct runtime *rt)
{
	return rt->poller_ops.data;
}

/* EPOLLIN and its kin have the values of POLLIN and its kin. */
static uint32_t wanted(const struct slot *slot)
{
	uint32_t events = 0;
	for (const struct fd_waiter *waiter = slot->first; waiter; waiter = waiter->next)
		events |= (uint32_t)waiter->events;
	return events;
}

static void enqueue(struct slot *slot, struct fd_waiter *waiter)
{
	waiter->prev = NULL;
	waiter->next = slot->first;
	if (slot->first)
		slot->first->prev = waiter;
	slot->first = waiter;
	waiter->queued = true;
}

static void dequeue(struct slot *slot, struct fd_waiter *waiter)
{
	if (waiter->prev)
		waiter->prev->next = waiter->next;
	else
		slot->first = waiter->next;
	if (waiter->next)
		waiter->next->prev = waiter->prev;
	waiter->queued = false;
}

int hki_epoll_watch(struct runtime *rt, struct fd_waiter *waiter)
{
	struct epoll *epoll = epoll_of(rt);
	if (waiter->fd < 0)
		return -EBADF;
	if ((size_t)waiter->fd >= epoll->slots_count)
		return -EMFILE;
	struct slot *slot = &epoll->slots[waiter->fd];
	hki_lock(&slot->lock);
	enqueue(slot, waiter);
	int error = hki_os_epoll_arm(epoll->fd, waiter->fd, wanted(slot), (uint64_t)waiter->fd);
	if (error)
		dequeue(slot, waiter);
	hki_unlock(&slot->lock);
	return error;
}

void hki_epoll_forget(struct runtime *rt, struct fd_waiter *waiter)
{
	struct epoll *epoll = epoll_of(rt);
	if (waiter->fd < 0 || (size_t)waiter->fd >= epoll->slots_count)
		return;
	struct slot *slot = &epoll->slots[waiter->fd];
	hki_lock(&slot->lock);
	if (waiter->queued)
		dequeue(slot, waiter);
	hki_unlock(&slot->lock);
}

static void serve_all(struct slot *slot, struct woken *woken)
{
	while (slot->first) {
		struct hk_task *task = slot->first->task;
		dequeue(slot, slot->first);
		hki_wake_claim(woken, task, HK_OUTCOME_DONE);
	}
}

/* Claims the tasks that wait for one of the events; arms the descriptor again for the others. */
static void serve(struct epoll *epoll, const struct os_event *event, struct woken *woken)
{
	struct slot *slot = &epoll->slots[event->data];
	bool broken = event->events & (EPOLLERR | EPOLLHUP);
	hki_lock(&slot->lock);
	struct fd_waiter *next;
	for (struct fd_waiter *waiter = slot->first; waiter; waiter = next) {
		next = waiter->next;
		if (broken || ((uint32_t)waiter->events & event->events)) {
			dequeue(slot, waiter);
			hki_wake_claim(woken, waiter->task, HK_OUTCOME_DONE);
		}
	}
	/* Those that cannot be watched any more (it was closed) try again, and learn why. */
	if (slot->first &&
		hki_os_epoll_arm(epoll->fd, (int)event->data, wanted(slot), event->data) != 0)
		serve_all(slot, woken);
	hki_unlock(&slot->lock);
}

/* Without its own descriptors the runtime would sleep, or spin, for ever. */
static _Noreturn void lost(int fd, int error)
{
	hki_panic("the runtime's descriptor %d cannot be used: %s; close only your own", fd,
		hk_strerror(error));
}

static void wait_events(struct runtime *rt, hk_time until, struct woken *woken)
{
	struct epoll *epoll = epoll_of(rt);
	struct os_event events[EVENTS_MAX];
	int64_t timeout = until;
	if (until == HK_FOREVER) {
		timeout = -1;
	} else if (until > 0) {
		hk_time now = hki_os_now();
		timeout = until > now ? until - now : 0;
	}
	int count = hki_os_epoll_wait_exactly(epoll->fd, events, EVENTS_MAX, timeout);
	if (count < 0)
		lost(epoll->fd, count);
	for (int i = 0; i < count; i++) {
		if (events[i].data != INTERRUPT)
			serve(epoll, &events[i], woken);
		else if (until > 0)
			hki_os_eventfd_drain(epoll->interrupt_fd);
		/* else it is meant for the one that blocks: taken from it, it would sleep on. */
	}
}

/* -1: a thread outside wakes a task that was abandoned in a deadlock. */
static void interrupt(struct runtime *rt)
{
	int fd = epoll_of(rt)->interrupt_fd;
	int error = fd >= 0 ? hki_os_eventfd_post(fd) : 0;
	/* After a deadlock it may have been closed at this very moment. */
	if (error && !ld_rlx(&rt->abandoned))
		lost(fd, error);
}

static size_t size_of(size_t slots_count)
{
	return sizeof(struct epoll) + slots_count * sizeof(struct slot);
}

int hki_epoll_open(struct runtime *rt)
{
	size_t limit = hki_os_fd_limit();
	size_t slots_count = limit < SLOTS_MAX ? limit : SLOTS_MAX;
	struct epoll *epoll = hki_os_map(size_of(slots_count));
	if (!epoll)
		return -ENOMEM;
	epoll->slots_count = slots_count;
	epoll->fd = hki_os_epoll_open();
	epoll->interrupt_fd = epoll->fd < 0 ? -1 : hki_os_eventfd_open();
	int error = epoll->fd < 0 ? epoll->fd :
		epoll->interrupt_fd < 0 ?
				    epoll->interrupt_fd :
				    hki_os_epoll_add(epoll->fd, epoll->interrupt_fd, INTERRUPT);
	rt->poller_ops = (struct poller){ .wait = wait_events,
		.interrupt = interrupt,
		.watch = hki_epoll_watch,
		.forget = hki_epoll_forget,
		.fd = epoll->fd,
		.data = epoll };
	if (error)
		hki_epoll_close(rt);
	return error;
}

void hki_epoll_close(struct runtime *rt)
{
	struct epoll *epoll = epoll_of(rt);
	if (epoll->interrupt_fd >= 0)
		hki_os_close(epoll->interrupt_fd);
	if (epoll->fd >= 0)
		hki_os_close(epoll->fd);
	epoll->interrupt_fd = epoll->fd = -1;
	if (rt->abandoned)
		return;
	hki_os_unmap(epoll, size_of(epoll->slots_count));
	rt->poller_ops.data = NULL;
}
