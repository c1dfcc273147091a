# SPDX-License-Identifier: MIT
"""For unwind.sh, in gdb: looks at the stack at each instruction of the first switches."""
import re

import gdb

SWITCHES = 12
STEPS = 40  # more than a switch has instructions
OF_THE_SWITCH = ("hki_arch_switch", "hki_arch_start")
ENDS = re.compile(r" in (hki_arch_start|clone3?|__clone3?|start_thread) \(|^#0 +hki_arch_start \(")
COMPLAINTS = re.compile(r"Backtrace stopped|corrupt|\?\?|[Ee]rror", re.M)

gdb.execute("set pagination off")
gdb.execute("set breakpoint pending on")
gdb.execute("break hki_arch_switch")
gdb.execute("run")
gdb.execute("set scheduler-locking step")
looked = bad = 0
for _ in range(SWITCHES):
    for _ in range(STEPS):
        name = gdb.newest_frame().name()
        stack = gdb.execute("backtrace", to_string=True).strip()
        looked += 1
        if COMPLAINTS.search(stack) or not ENDS.search(stack.split("\n")[-1]):
            bad += 1
            print(stack)
        if name not in OF_THE_SWITCH:
            break
        gdb.execute("stepi", to_string=True)
    gdb.execute("continue", to_string=True)
print(f"{looked} stacks, {bad} bad")
gdb.execute("kill", to_string=True)
