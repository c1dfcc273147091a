# SPDX-License-Identifier: MIT
"""A scope with one child, whose result is awaited; and against a spawn and join in one scope."""
FIGURES = ["future", "future_cost"]
CASES = {f"w{workers}": dict(all=dict(workers=workers)) for workers in (1, 2)}
