# SPDX-License-Identifier: MIT
"""How late a task is that sleeps 1 ms, beside 4 hogs a worker."""
FIGURES = ["lateness_p50", "lateness_p99", "lateness_max"]
CASES = {
    f"w{workers}_s{slice_ms}": dict(all=dict(workers=workers),
                                    hocket=dict(slice_us=slice_ms * 1000))
    for workers in (1, 2) for slice_ms in (1, 10)
}
