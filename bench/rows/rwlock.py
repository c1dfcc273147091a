# SPDX-License-Identifier: MIT
"""Tasks lock and unlock one readers-writer lock, 9 times in 10 for reading, on two workers."""
FIGURES = ["rwlock_rate", "rwlock_share"]
CASES = {f"t{tasks}_w2": dict(all=dict(workers=2, tasks=tasks)) for tasks in (8, 64)}
