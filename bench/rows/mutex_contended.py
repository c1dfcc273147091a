# SPDX-License-Identifier: MIT
"""Tasks lock and unlock one mutex, on two workers."""
FIGURES = ["mutex_rate", "mutex_share"]
CASES = {f"t{tasks}_w2": dict(all=dict(workers=2, tasks=tasks)) for tasks in (8, 64)}
