# SPDX-License-Identifier: MIT
"""Figures out of samples, and the three forms in which they are printed."""
import json
import os
import pathlib
import statistics


def number(value):
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


class Sample:
    """What one system came to: a value a round."""

    def __init__(self, values):
        self.median = statistics.median(values)
        self.low = min(values)
        self.high = max(values)

    def text(self):
        return f"{number(self.median)} ({number(self.low)} ... {number(self.high)})"

    def record(self):
        return {"median": self.median, "min": self.low, "max": self.high}


class Figure:
    """A figure of Hocket beside those of its peers. More is better of a rate, and of a share."""

    def __init__(self, name, unit, values, peers):
        self.name = name
        self.unit = unit
        self.hocket = Sample(values)
        self.peers = {peer: Sample(values) for peer, values in peers.items()}
        self.more = unit.endswith("/s") or unit == "share"
        self.ranked = sorted(self.peers, key=lambda peer: self.peers[peer].median,
                             reverse=self.more)

    def ratio(self):
        """Below 1 Hocket is ahead of the best peer; None without a peer, or against nothing."""
        if not self.ranked:
            return None
        ours, theirs = self.hocket.median, self.peers[self.ranked[0]].median
        if self.more:
            ours, theirs = theirs, ours
        return ours / theirs if theirs else None

    def line(self):
        ratio = self.ratio()
        best = self.ranked[0] if self.ranked else None
        return " ".join([
            self.name, number(self.hocket.median), self.unit, best or "-",
            number(self.peers[best].median) if best else "-",
            "-" if ratio is None else f"{ratio:.3f}"])

    def record(self):
        best = self.ranked[0] if self.ranked else None
        return {"name": self.name, "unit": self.unit, "hocket": self.hocket.record(),
                "peer": best, "ratio": self.ratio(),
                "peers": {name: peer.record() for name, peer in self.peers.items()}}


def table(figures):
    """The figures as lines of columns: Hocket, the best peer, the ratio, the other peers."""
    rows = [("figure", "hocket (min ... max)", "unit", "best peer (min ... max)", "ratio",
             "other peers")]
    for figure in figures:
        ratio = figure.ratio()
        best = figure.ranked[0] if figure.ranked else None
        rows.append((
            figure.name, figure.hocket.text(), figure.unit,
            f"{best} {figure.peers[best].text()}" if best else "-",
            "-" if ratio is None else f"{ratio:.3f}",
            ", ".join(f"{peer} {number(figure.peers[peer].median)}"
                      for peer in figure.ranked[1:])))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[5]]).rstrip()
            for row in rows]


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return os.uname().machine


def about(build):
    """Hocket's version and what compiled it, as bench/meson.build has noted."""
    try:
        return (build / "bench" / "about").read_text().splitlines()[-1]
    except (OSError, IndexError):
        return "unknown"


def machine(build):
    """Where the figures come from: name -> text."""
    system = os.uname()
    return {
        "machine": f"{processor()}, {len(os.sched_getaffinity(0))} CPUs",
        "kernel": f"{system.sysname} {system.release}",
        "hocket": about(build),
    }


class Others:
    """How much of the machine other programs use while we measure: the reason to distrust."""

    def __init__(self):
        self.begin = self.read()

    @staticmethod
    def read():
        """(CPU time that the machine was busy, ours, time that it could have been), in s."""
        first = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0]
        user, nice, system, idle, wait, irq, softirq, steal = map(int, first.split()[1:9])
        busy = user + nice + system + irq + softirq + steal
        tick = os.sysconf("SC_CLK_TCK")
        used = os.times()
        ours = used.user + used.system + used.children_user + used.children_system
        return busy / tick, ours, (busy + idle + wait) / tick

    def text(self):
        busy, ours, all_ = (now - then for now, then in zip(self.read(), self.begin))
        share = max(busy - ours, 0) / all_ if all_ else 0
        return f"{100 * share:.0f} % of the machine's CPU time meanwhile"


def as_json(facts, versions, rounds, figures):
    return json.dumps({**facts, "peers": versions, "rounds": rounds,
                       "figures": [figure.record() for figure in figures]}, indent=2)
