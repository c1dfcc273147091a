# SPDX-License-Identifier: MIT
"""A task is spawned and joined, one at a time."""
FIGURES = ["spawn"]
CASES = {f"w{workers}": dict(all=dict(workers=workers)) for workers in (1, 2)}
