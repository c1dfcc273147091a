# SPDX-License-Identifier: MIT
"""Latency of 100 quick tasks beside one that computes for 50 ms at a time."""
PROGRAM = "beside"
FIGURES = ["beside_spin_p50", "beside_spin_p99", "beside_spin_max"]
CASES = {f"w{workers}": dict(all=dict(workers=workers, block=0)) for workers in (1, 2)}
