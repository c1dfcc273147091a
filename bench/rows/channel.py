# SPDX-License-Identifier: MIT
"""Items go through a channel with room for 128, from senders to as many receivers."""
FIGURES = ["channel"]
CASES = {
    f"{pairs}x{pairs}_w{workers}": dict(all=dict(workers=workers, pairs=pairs))
    for pairs in (1, 4) for workers in (1, 2)
}
