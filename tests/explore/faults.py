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
                        "base/heap.c", "exec/native.c"], [])

PROGRAMS = [
    Program("litmus", [], []),
    LOCALQ,
    WAKE,
]
