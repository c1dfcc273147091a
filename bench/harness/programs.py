# SPDX-License-Identifier: MIT
"""Runs a bench program under a time limit and reads its figures."""
import os
import re
import signal
import subprocess

CANNOT = 77
FIGURE = re.compile(r"(\w+) (-?[\d.]+(?:e[+-]?\d+)?) (\S+)")


class Failed(Exception):
    """The program gave no figures; holds why."""


class Cannot(Exception):
    """The program says that its peer cannot do this at all."""


def environment():
    """HOCKET_OPTIONS would change Hocket's programs, and GOMAXPROCS Go's."""
    return {name: value for name, value in os.environ.items()
            if name not in ("HOCKET_OPTIONS", "GOMAXPROCS", "OMP_NUM_THREADS")}


def run(path, parameters, limit):
    """Returns what the program prints: figure -> (value, unit)."""
    command = [str(path), *(f"{name}={value}" for name, value in parameters.items())]
    process = subprocess.Popen(command, env=environment(), text=True, errors="replace",
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True)
    try:
        out, err = process.communicate(timeout=limit)
    except BaseException as why:  # an interrupted harness leaves no program behind, either
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(why, subprocess.TimeoutExpired):
            raise Failed(f"killed: not done after {limit:g} s") from None
        raise
    if process.returncode == CANNOT:
        raise Cannot
    if process.returncode:
        how = (f"signal {-process.returncode}" if process.returncode < 0
               else f"exit code {process.returncode}")
        last = err.strip().splitlines()[-1:] or ["no word on stderr"]
        raise Failed(f"{how}: {last[0]}")
    return parse(out)


def parse(out):
    figures = {}
    for line in out.splitlines():
        match = FIGURE.fullmatch(line)
        if not match:
            raise Failed(f"printed '{line}' where 'name value unit' was expected")
        figures[match.group(1)] = float(match.group(2)), match.group(3)
    return figures
