# SPDX-License-Identifier: MIT
"""100,000 tasks that wait are cancelled at once, and joined; of one."""
FIGURES = ["cancel"]
CASES = {f"w{workers}": dict(all=dict(workers=workers)) for workers in (1, 2)}
