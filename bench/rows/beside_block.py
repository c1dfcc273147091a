# SPDX-License-Identifier: MIT
"""Latency of 100 quick tasks beside one that is in a blocking call for 50 ms at a time."""
PROGRAM = "beside"
FIGURES = ["beside_block_p50", "beside_block_p99", "beside_block_max"]
CASES = {f"w{workers}": dict(all=dict(workers=workers, block=1)) for workers in (1, 2)}
