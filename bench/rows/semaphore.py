# SPDX-License-Identifier: MIT
"""Tasks take and give back the one permit of a semaphore, on two workers."""
FIGURES = ["semaphore_rate", "semaphore_share"]
# Long enough for the many that a scheduler's slices are no part of the share.
CASES = {
    f"t{tasks}_w2": dict(all=dict(workers=2, tasks=tasks, ms=ms))
    for tasks, ms in ((8, 1000), (64, 3000))
}
