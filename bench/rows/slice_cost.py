# SPDX-License-Identifier: MIT
"""What slices cost 8 computing tasks a worker: CPU of the process, and the wall's time."""
FIGURES = ["slice_cost", "slice_cost_wall"]
CASES = {
    f"w{workers}_s{slice_ms}": dict(all=dict(workers=workers),
                                    hocket=dict(slice_us=slice_ms * 1000),
                                    versus=dict(no_slices=dict(slice_us=-1)))
    for workers in (1, 2) for slice_ms in (1, 10)
}
