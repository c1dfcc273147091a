# SPDX-License-Identifier: MIT
"""Tasks take and give back the one permit of a semaphore, on two workers."""
FIGURES = ["semaphore_rate", "semaphore_share"]
CASES = {f"t{tasks}_w2": dict(all=dict(workers=2, tasks=tasks)) for tasks in (8, 64)}
