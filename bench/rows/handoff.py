# SPDX-License-Identifier: MIT
"""An item goes through an unbuffered channel, from one task to another; one way."""
FIGURES = ["handoff"]
CASES = {f"w{workers}": dict(all=dict(workers=workers)) for workers in (1, 2)}
