#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that every ordered atomic operation names its partner.

All atomics of src/ go through base/atomic.h, where the memory order is part of the name. Each use
of one that is not relaxed has a tag, on its line or in the comment above its statement:

    /* order RQ1 release: publishes the slot; pairs with hki_runq_steal(). */

The tag (capitals, then perhaps a number) stands for one edge: it must be found at a release and
at an acquire side, and each function after "pairs with" must hold that tag. An operation that is
both may pair with itself in another thread: then its tag may stand alone.
"""
import collections
import pathlib
import re

import tree

ATOMIC_H = "src/base/atomic.h"
ORDERED = re.compile(r"\b(\w+_(acq|rel|acqrel|seq)|(fence)_\w+)\s*\(")
RAW = re.compile(r"\b(__atomic_\w+|__sync_\w+|atomic_\w+|_Atomic|stdatomic\.h)\b")
TAG = re.compile(r"\border\s+([A-Z]{2,6}\d*)\s+(acquire|release|acqrel|seq|fence)\s*:(.*)",
                 re.DOTALL)
LOOSE = re.compile(r"/\*\s*order\b")
PARTNERS = re.compile(r"pairs with ((?:\w+\(\)(?:,? (?:and )?|, )?)+)")
SIDES = {"acquire": {"acquire"}, "release": {"release"}}
BOTH = {"acquire", "release"}

Place = collections.namedtuple("Place", "path line function tag kind text")


def comment_above(lines, at):
    """The comment on line `at` (from 0) or directly above the statement that line belongs to."""
    if "/*" in lines[at]:
        return at, lines[at]
    top = at
    while top > 0 and not re.search(r"([;{}:]|\*/|^\s*#.*|^\s*)$", lines[top - 1].rstrip()):
        top -= 1
    last = top - 1
    if last < 0 or not lines[last].rstrip().endswith("*/"):
        return None, ""
    first = last
    while first > 0 and "/*" not in lines[first]:
        first -= 1
    return first, "\n".join(lines[first:last + 1])


def tags_in(comment):
    """The (tag, kind, text) of each order in a comment."""
    flat = re.sub(r"\s*\n\s*\*?\s*", " ", comment)
    for part in re.split(r"(?=\border\s+[A-Z])", flat):
        match = TAG.match(part)
        if match:
            tag, kind, text = match.groups()
            yield tag, kind, text.split("*/")[0].strip().rstrip(".;")


def function_at(ranges, line):
    return next((name for name, first, last in ranges if first <= line <= last), None)


def check_file(root, path, known, places, report):
    text = tree.read(root, path)
    lines, bare = text.split("\n"), tree.code(text).split("\n")
    ranges = list(tree.functions(text))
    used = set()
    for number, line in enumerate(bare):
        for match in RAW.finditer(tree.without_comments(lines[number]) if "#" in line else line):
            report.problem(path, number + 1, f"{match.group(1)}: atomics go through base/atomic.h")
        if line.lstrip().startswith("#define"):
            continue
        for match in ORDERED.finditer(line):
            name, order = match.group(1), match.group(2) or "fence"
            if name not in known:
                report.problem(path, number + 1, f"{name}() is not in base/atomic.h")
            first, comment = comment_above(lines, number)
            found = list(tags_in(comment))
            used.add(first)
            if not found:
                report.problem(path, number + 1, f"{name}() has no order tag")
            elif order in ("acq", "rel") and order not in {kind[:3] for _, kind, _ in found}:
                report.problem(path, number + 1, f"{name}() is tagged {found[0][1]}")
            for tag, kind, what in found:
                place = Place(path, number + 1, function_at(ranges, number + 1), tag, kind, what)
                if place not in places:
                    places.append(place)
    check_stale(path, lines, used, report)


def check_stale(path, lines, used, report):
    for number, line in enumerate(lines):
        if LOOSE.search(line) and number not in used:
            report.problem(path, number + 1, "order tag without an ordered operation below it")


def check_edges(places, report):
    edges = collections.defaultdict(list)
    for place in places:
        edges[place.tag].append(place)
    for tag, ends in sorted(edges.items()):
        sides = set().union(*(SIDES.get(place.kind, BOTH) for place in ends))
        if sides != BOTH or len(ends) < 2 and ends[0].function not in partners(ends[0]):
            report.problem(ends[0].path, ends[0].line, f"order {tag} has only one side")
        for place in ends:
            check_partners(place, {end.function for end in ends}, report)
    return edges


def partners(place):
    """The functions that the tag says it pairs with."""
    match = PARTNERS.search(place.text)
    return re.findall(r"(\w+)\(\)", match.group(1)) if match else []


def check_partners(place, holders, report):
    if not partners(place):
        report.problem(place.path, place.line,
                       f'order {place.tag} does not say "pairs with function()"')
    for name in partners(place):
        if name not in holders:
            report.problem(place.path, place.line,
                           f"order {place.tag} pairs with {name}(), which has no such tag")


def print_table(edges):
    for tag, ends in sorted(edges.items()):
        for place in ends:
            where = f"{place.path}:{place.line}"
            print(f"{tag:8}{place.kind:9}{place.function or '-':28}{where:32}{place.text}")


def ends_of(edge, side):
    """The functions at that side of an edge, as a cell of scdoc's."""
    names = dict.fromkeys(place.function for place in edge
                          if side in SIDES.get(place.kind, BOTH) and place.function)
    return ", ".join(name.replace("_", r"\_") + "()" for name in names)


def what_for(edge):
    """What the comments say that the edge is for, the partners left out."""
    said = (re.split(r"[;,]?\s*pairs with ", place.text)[0] for place in edge)
    return ", ".join(dict.fromkeys(filter(None, said))).replace("_", r"\_").replace("*", r"\*")


def write_page(source, page, edges):
    """Copies a manual page's source, with a table of the edges in place of @ORDERS@."""
    rows = [("[[ *edge*", ":< *what it orders*", ":< *release*", ":< *acquire*")]
    rows += [(f"|  {tag}", f":  {what_for(edge)}", f":  {ends_of(edge, 'release')}",
              f":  {ends_of(edge, 'acquire')}") for tag, edge in sorted(edges.items())]
    table = "\n".join("\n".join(row) for row in rows)
    page.write_text(source.read_text().replace("@ORDERS@", table))


class Silent(tree.Report):
    """`make lint` says what is wrong: a build does not stop for it."""

    def problem(self, path, line, message):
        pass


def write_depfile(path, target, root, sources):
    files = [root / source for source in sources] + [pathlib.Path(__file__).resolve()]
    names = (str(file).replace(" ", r"\ ") for file in files)
    path.write_text(f"{target}: {' '.join(names)}\n")


def main():
    parser = tree.arguments(__doc__)
    parser.add_argument("--table", action="store_true", help="print the edges as well")
    parser.add_argument("--page", type=pathlib.Path, nargs=2, metavar=("FROM", "TO"),
                        help="instead, copy a page with the edges in place of @ORDERS@")
    parser.add_argument("--depfile", type=pathlib.Path,
                        help="with --page: says there what the page was made from, for ninja")
    args = parser.parse_args()
    report = Silent("orders") if args.page else tree.Report("orders")
    known = set(re.findall(r"\b(\w+)\s*\(", tree.read(args.root, ATOMIC_H)))
    places = []
    sources = tree.sources(args.root, "src")
    for path in sources:
        if str(path) != ATOMIC_H:
            check_file(args.root, path, known, places, report)
    edges = check_edges(places, report)
    if args.depfile:
        write_depfile(args.depfile, args.page[1], args.root, sources)
    if args.page:
        write_page(*args.page, edges)
        return
    if args.table:
        print_table(edges)
    report.end(f"{len(edges)} edges, {len(places)} ends")


if __name__ == "__main__":
    main()
