# SPDX-License-Identifier: MIT
"""Two tasks wait for each other with semaphores; one way."""
FIGURES = ["pingpong"]
CASES = {f"w{workers}": dict(all=dict(workers=workers)) for workers in (1, 2)}
