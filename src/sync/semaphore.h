/* SPDX-License-Identifier: MIT */
/* A semaphore as a case of a select. Inside the runtime. */
#ifndef SYNC_SEMAPHORE_H
#define SYNC_SEMAPHORE_H

#include <hocket/lock.h>

#include "sync/waitq.h"

/* Queues the waiter, whose sleeper is announced; true: there is a permit, so it is not queued. */
bool hki_sem_watch(struct hk_sem *sem, struct waiter *waiter);
void hki_sem_forget(struct hk_sem *sem, struct waiter *waiter);

#endif
