# SPDX-License-Identifier: MIT
"""One item is received from any of n channels that all have some; and against a plain receive."""
FIGURES = ["select", "select_cost"]
CASES = {f"n{n}": dict(all=dict(channels=n)) for n in (2, 16)}
