# SPDX-License-Identifier: MIT
"""The rows: a file each in bench/rows/, and which of their figures were asked for.

A row file has
    a docstring  one sentence: what is measured
    FIGURES      the names that its programs print, one a line
    CASES        suffix -> dict of
        all      parameters for every program
        hocket   more of them for Hocket's
        versus   name -> parameters: Hocket's program with others of its own, run as a peer
    PROGRAM      the name of the program in bench/hocket/ and bench/peers/*/; default: the file's
    LIMIT        seconds that one program may take; default 20
"""
import importlib.util
import pathlib

LIMIT = 20


class Unknown(Exception):
    """A name that is no row, figure or case; holds the sentence."""


class Case:
    """One set of parameters of a row; its figures are called NAME_SUFFIX."""

    def __init__(self, suffix, parameters):
        self.suffix = suffix
        self.all = parameters.get("all", {})
        self.hocket = {**self.all, **parameters.get("hocket", {})}
        self.versus = {name: {**self.all, **more}
                       for name, more in parameters.get("versus", {}).items()}

    def full(self, figure):
        return f"{figure}_{self.suffix}" if self.suffix else figure


class Row:
    """A file of bench/rows/; `wanted` are the full names of the figures to be printed."""

    def __init__(self, path):
        spec = importlib.util.spec_from_file_location("row_" + path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.name = path.stem
        self.what = module.__doc__.strip()
        self.program = getattr(module, "PROGRAM", path.stem)
        self.limit = getattr(module, "LIMIT", LIMIT)
        self.figures = module.FIGURES
        self.cases = [Case(suffix, case) for suffix, case in module.CASES.items()]
        self.wanted = set()

    def names(self, case):
        """Figure as printed by a program -> its full name, of those that are wanted."""
        return {figure: case.full(figure) for figure in self.figures
                if case.full(figure) in self.wanted}

    def choose(self, name):
        """Adds what the name stands for: the row, a figure in all cases, or one figure."""
        chosen = {case.full(figure) for case in self.cases for figure in self.figures
                  if name in (self.name, figure, case.full(figure))}
        self.wanted |= chosen
        return bool(chosen)


def load(folder, only):
    """The rows that have something wanted; all of them when `only` is empty."""
    rows = [Row(path) for path in sorted(pathlib.Path(folder).glob("*.py"))]
    for name in only or [row.name for row in rows]:
        if not any([row.choose(name) for row in rows]):
            known = ", ".join(row.name for row in rows)
            raise Unknown(f"no row or figure is named '{name}'; the rows are: {known}")
    for row in rows:
        row.cases = [case for case in row.cases if row.names(case)]
    return [row for row in rows if row.wanted]
