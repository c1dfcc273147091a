# SPDX-License-Identifier: MIT
"""How late a task is that waits for a byte on a socket, sent each ms, beside 4 hogs a worker."""
PROGRAM = "lateness"
FIGURES = ["lateness_socket_p50", "lateness_socket_p99", "lateness_socket_max"]
CASES = {
    f"w{workers}_s{slice_ms}": dict(all=dict(workers=workers, socket=1),
                                    hocket=dict(slice_us=slice_ms * 1000))
    for workers in (1, 2) for slice_ms in (1, 10)
}
