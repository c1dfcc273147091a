# SPDX-License-Identifier: MIT
"""A task gives its worker to another that is ready."""
FIGURES = ["yield"]
CASES = {f"w{workers}": dict(all=dict(workers=workers)) for workers in (1, 2)}
