# SPDX-License-Identifier: MIT
"""What tests/explore/check explores, and the faults that it must find."""
import collections

# arguments: of the program; sources: in src/
Program = collections.namedtuple("Program", "name sources faults arguments", defaults=[[]])
# changes: (file in src/, what is there once, what stands there instead)
Fault = collections.namedtuple("Fault", "name changes")


def fault(name, path, old, new):
    return Fault(name, [(path, old, new)])


LOCALQ = Program("localq", ["core/localq.c"], [
    fault("a full ring is overwritten", "core/localq.h",
          "ld_acq(&queue->head) == LOCALQ_SIZE)", "ld_acq(&queue->head) == LOCALQ_SIZE + 1)"),
    fault("tail may be seen before the entry", "core/localq.h",
          "st_rel(&queue->tail, tail + 1)", "st_rlx(&queue->tail, tail + 1)"),
    fault("the slot may be seen before the task", "core/localq.h",
          "st_rel(&queue->slot, task)", "st_rlx(&queue->slot, task)"),
    fault("the slot is taken without an exchange", "core/localq.h",
          "ld_rlx(&queue->slot) ? xchg_acq(&queue->slot, NULL) : NULL",
          "__extension__({ struct hk_task *task = ld_rlx(&queue->slot);"
          " st_rlx(&queue->slot, NULL); task; })"),
    fault("the owner moves head without comparing", "core/localq.h",
          "cas_rel(&queue->head, &head, head + 1)", "(xchg_rel(&queue->head, head + 1), true)"),
    fault("a thief moves head without comparing", "core/localq.c",
          "!cas_acqrel(&from->head, &head, head + count)",
          "(xchg_rel(&from->head, head + count), false)"),
    Fault("a thief reads after it has moved head", [
        ("core/localq.c", "\t\tstruct hk_task *first = entry(from, head);\n", ""),
        ("core/localq.c", "return first;", "return entry(from, head);")]),
    fault("the owner spills without comparing", "core/localq.c",
          "!cas_acqrel(&queue->head, &head, head + count)",
          "(xchg_rel(&queue->head, head + count), false)"),
])

WAKE = Program("wake", ["core/park.c", "core/wake.c", "core/cancel.c", "core/timer.c",
                        "base/heap.c", "exec/native.c"], [
    fault("a claim does not compare", "core/wake.c",
          "!cas_acqrel(&task->word, &word, woken)", "(xchg_rel(&task->word, woken), false)"),
    fault("the claimer queues a task that is still on its stack", "core/wake.c",
          "if ((word & TASK_PHASE) == TASK_PARKED)", "if ((word & TASK_PHASE) != TASK_WOKEN)"),
    fault("a task is parked over a claim", "exec/native.c",
          "!cas_acqrel(&task->word, &word, (word & ~(uint32_t)TASK_PHASE) | TASK_PARKED)",
          "(xchg_rel(&task->word, (word & ~(uint32_t)TASK_PHASE) | TASK_PARKED), false)"),
    fault("nobody queues what was claimed before it was parked", "exec/native.c",
          "\t\t\thki_ready_push(carrier, task, true);\n\t\t\treturn;", "\t\t\treturn;"),
    fault("a wait begins though it was cancelled meanwhile", "core/park.c",
          "do {\n\t\tif ((word & TASK_CANCEL) && !wait->deaf) {", "do {\n\t\tif (false) {"),
    fault("a cancellation looks before it leaves its mark", "core/cancel.c",
          "\tuint32_t word = ld_rlx(&task->word), next;\n"
          "\tdo {\n"
          "\t\tnext = word | (word & TASK_SHIELD ? TASK_CANCEL_LATER : TASK_CANCEL);\n"
          "\t\t/* order CN1 acqrel: the mark before the look; pairs with hki_park_begin() */\n"
          "\t} while (!cas_acqrel(&task->word, &word, next));\n"
          "\tif (next & TASK_CANCEL)\n"
          "\t\thki_wake_claim(woken, task, HK_OUTCOME_CANCEL);\n",
          "\tuint32_t word = ld_rlx(&task->word), next;\n"
          "\thki_wake_claim(woken, task, HK_OUTCOME_CANCEL);\n"
          "\tdo {\n"
          "\t\tnext = word | (word & TASK_SHIELD ? TASK_CANCEL_LATER : TASK_CANCEL);\n"
          "\t\t/* order CN1 acqrel: the mark before the look; pairs with hki_park_begin() */\n"
          "\t} while (!cas_acqrel(&task->word, &word, next));\n"),
    fault("a deaf wait is cancelled", "core/wake.c",
          " || (outcome == HK_OUTCOME_CANCEL && (word & TASK_DEAF))", ""),
    fault("a timer is left when the wait ends", "core/park.c",
          "\t\thki_timer_disarm(task);", "\t\t(void)0;"),
])

CARRIER = Program("carrier", ["core/carrier.c", "core/watch.c"], [
    fault("no barrier before the lookout reads in", "core/watch.c",
          "hki_carrier_barrier();", "(void)0;"),
    fault("no fence before the carrier reads own", "core/carrier.h",
          "\t\t\tfence_seq();", "\t\t\t(void)0;"),
    fault("the lookout takes without comparing", "core/watch.c",
          "return cas_acqrel(&holder->own, &own, next) && !keeps;",
          "xchg_rel(&holder->own, next);\n\treturn !keeps;"),
    fault("the carrier keeps without comparing", "core/carrier.c",
          "cas_acqrel(&self->own, &own, own & ~(uintptr_t)OWN_ASKED)",
          "(xchg_rel(&self->own, own & ~(uintptr_t)OWN_ASKED), true)"),
    fault("in may be seen before what was done", "core/carrier.h",
          "st_rel(&self->in, 0);", "st_rlx(&self->in, 0);"),
])

IDLE = Program("idle", ["exec/ready.c", "exec/native.c", "exec/search.c", "core/idle.c",
                        "core/runq.c", "core/localq.c"], [
    fault("no barrier before the queues are read", "core/idle.c",
          "hki_carrier_barrier();", "(void)0;"),
    fault("no fence before the pusher reads who is idle", "exec/ready.c",
          "fence_seq();\n\tcompiler_barrier();", "(void)0;\n\tcompiler_barrier();"),
    fault("no look before the sleep", "core/idle.c",
          "return hki_exec_ready_locally(rt);", "return false;"),
    fault("who was taken is not woken", "core/idle.c",
          "hki_os_futex_wake(&worker->asleep, 1);\n\tif (ld_rlx(&rt->poller)",
          "if (ld_rlx(&rt->poller)"),
    fault("the poller is not interrupted", "core/idle.c",
          "if (ld_rlx(&rt->poller) == worker)", "if (false)"),
    fault("who has searched does not look for more", "exec/native.c",
          "\t\thki_ready_share(rt);", "\t\t(void)0;"),
])

LOCKWORD = Program("lockword", ["sync/lockword.c", "sync/waitq.c", "sync/sleeper.c"], [
    fault("it is given up without a look at who waits", "sync/lockword.h",
          "if (!(word & LOCKWORD_WAITERS))", "if (true)"),
    fault("it may be seen free before what it protects", "sync/lockword.h",
          "cas_rel(at, &word, word - lockword_unit(shared))",
          "cas_rlx(at, &word, word - lockword_unit(shared))"),
    fault("it is marked without comparing", "sync/lockword.c",
          "if (cas_acq(at, &word, next))",
          "if (take ? cas_acq(at, &word, next) : (xchg_acq(at, next), true))"),
    fault("WOKEN is left by who has tried", "sync/lockword.c",
          "if (retries)\n\t\t\tnext", "if (false)\n\t\t\tnext"),
    fault("a woken reader minds the writers behind it", "sync/lockword.c",
          "retries ? (uint32_t)LOCKWORD_WRITER_WAITS : 0u", "false ? 1u : 0u"),
    fault("HANDOFF is left by the last that waited", "sync/lockword.c",
          "gone |= LOCKWORD_HANDOFF;", "gone |= 0;"),
    fault("HANDOFF of one that left keeps readers out", "sync/lockword.c",
          "passed = LOCKWORD_WRITER_WAITS | LOCKWORD_HANDOFF;",
          "passed = LOCKWORD_WRITER_WAITS;"),
    fault("nobody wakes the readers behind one that left", "sync/lockword.c",
          "if (result || shared)", "if (false)"),
    fault("it is freed without the queue's lock", "sync/lockword.c",
          "\t\t\trelease(at, queue, shared, units, hands ? 0u : LOCKWORD_WOKEN);",
          "\t\t\t(hki_unlock(&queue->lock), release(at, queue, shared, units,"
          " hands ? 0u : LOCKWORD_WOKEN), hki_lock(&queue->lock));"),
    fault("a claim does not compare", "sync/sleeper.c",
          "if (!decide(sleeper, SLEEPER_CLAIMED))",
          "if (xchg_rel(&sleeper->word, SLEEPER_CLAIMED) == SLEEPER_CLAIMED)"),
    fault("who has left stays in the queue", "sync/waitq.h",
          "if (__builtin_expect(waiter->queued, 0))", "if (false)"),
])

CHAN = Program("chan", ["sync/chan.c", "sync/select.c", "sync/case.c", "sync/waitq.c",
                        "sync/sleeper.c"], [
    fault("an item goes into the ring though somebody waits for it", "sync/chan.c",
          "if (chan->receivers.first && hand_over",
          "if (chan->receivers.first && chan->count == chan->capacity && hand_over"),
    fault("who waits to send is not let in when there is room", "sync/chan.c",
          "if (chan->senders.first && take_over", "if (!any && chan->senders.first && take_over"),
    fault("senders are not told that it was closed", "sync/chan.c",
          "refuse(&chan->senders, &woken);", "(void)0;"),
    fault("who gave up stays in the queue", "sync/waitq.h",
          "if (__builtin_expect(waiter->queued, 0))", "if (false)"),
    fault("a claim does not compare", "sync/sleeper.c",
          "if (!decide(sleeper, SLEEPER_CLAIMED))",
          "if (xchg_rel(&sleeper->word, SLEEPER_CLAIMED) == SLEEPER_CLAIMED)"),
    fault("who gives up does not compare", "sync/sleeper.c",
          "left <= 0 && decide(sleeper, SLEEPER_LEFT)", "left <= 0"),
    fault("a select does not look when it queues", "sync/case.c",
          "can_go(chan, sends, waiter->sleeper);", "false;"),
    fault("a select that was claimed leaves without the lock", "sync/case.c",
          "\thki_lock(lock);\n\tif (waiter->queued)",
          "\tif (!waiter->queued)\n\t\treturn;\n\thki_lock(lock);\n\tif (waiter->queued)"),
    Fault("a select queues in the order of the array", [
        ("sync/select.c", "unsigned index = select->cases[watched].order;",
         "unsigned index = watched;"),
        ("sync/select.c", "hki_case_forget(&select->cases[select->cases[i].order]);",
         "hki_case_forget(&select->cases[i]);")]),
    fault("a select stays queued at its last case", "sync/select.c",
          "i < watched; i++)", "i + 1 < watched; i++)"),
])

JOIN = Program("join", ["core/join.c", "core/park.c", "core/wake.c", "core/cancel.c",
                        "core/timer.c", "base/heap.c", "exec/native.c"], [
    fault("who was the last queues the owner and goes on with it, too", "core/join.c",
          "\t\twoken.first = woken.last = NULL;\n", ""),
    fault("who was the last looks without the lock", "core/join.c",
          "\thki_lock(&owner->family_lock);\n\tbool last =", "\tbool last ="),
    fault("the owner says that it waits when it has let the lock go", "core/join.c",
          "\t\tscope_set(scope, SCOPE_JOINING);\n\t\thki_unlock(&self->family_lock);\n",
          "\t\thki_unlock(&self->family_lock);\n\t\tscope_set(scope, SCOPE_JOINING);\n"),
    fault("the last one does not look whether the owner waits", "core/join.c",
          "if (scope_is(scope, SCOPE_JOINING))\n\t\t\thki_wake_claim",
          "if (false)\n\t\t\thki_wake_claim"),
    fault("the scope is looked at when the owner may have gone on", "core/join.c",
          "\thki_unlock(&owner->family_lock);\n\thki_join_free(carrier, task);",
          "\thki_unlock(&owner->family_lock);\n\tscope_clear(scope, SCOPE_JOINING);\n"
          "\thki_join_free(carrier, task);"),
])

PROGRAMS = [
    Program("litmus", [], []),
    Program("litmus", [], [], ["--all"]),
    LOCALQ,
    WAKE,
    CARRIER,
    IDLE,
    LOCKWORD,
    CHAN,
    JOIN,
]
