#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks who includes whom.

src/LAYERS says for each folder of src/ which other folders it may include. adopt/, cmd/ and
examples/ see <hocket.h>, <hocket/...> and their own folder, which proves that the public interface
suffices; the public headers see only each other.
"""
import re

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def read_layers(root, report):
    """Returns {folder: set of folders it may include}."""
    layers = {}
    for number, line in enumerate(tree.read(root, "src/LAYERS").splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        folder, colon, allowed = line.partition(":")
        if not colon or not folder.strip():
            report.problem("src/LAYERS", number, "not of the form `folder: may include`")
            continue
        layers[folder.strip()] = set(allowed.split())
        for name in set(allowed.split()) - set(layers):
            report.problem("src/LAYERS", number,
                           f"{folder} may include {name}, which is not listed above it: "
                           "list folders from the bottom up, so that there is no cycle")
    return layers


def check_inner(root, path, layers, report):
    folder = path.parts[1]
    if len(path.parts) < 3 or folder not in layers:
        report.problem(path, 1, "is in no folder that src/LAYERS lists")
        return
    for line, quote, name in includes(root, path):
        if quote == "<":
            continue
        target = name.split("/")[0]
        if "/" not in name or not (root / "src" / name).is_file():
            report.problem(path, line, f'"{name}" is no file under src/: write "folder/file.h"')
        elif target != folder and target not in layers[folder]:
            report.problem(path, line, f"{folder} may not include {target} (src/LAYERS)")


def check_outer(root, path, report):
    """Files that see the public interface alone."""
    top = path.parts[0]
    for line, quote, name in includes(root, path):
        if quote == "<":
            if re.match(r"hocket/", name) and not (root / "include" / name).is_file():
                report.problem(path, line, f"<{name}> is no public header")
            continue
        near = [(root / path.parent / name), (root / top / name)]
        inside = [p for p in near
                  if p.is_file() and (root / top).resolve() in p.resolve().parents]
        if top == "include" or not inside:
            report.problem(path, line, f'"{name}": {top}/ sees only <hocket.h>, <hocket/...> '
                           + ("" if top == "include" else "and its own folder"))


def includes(root, path):
    text = tree.without_comments(tree.read(root, path))
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)


def main():
    args = tree.arguments(__doc__).parse_args()
    report = tree.Report("layers")
    layers = read_layers(args.root, report)
    inner = tree.sources(args.root, "src", suffixes=(".c", ".h", ".S"))
    outer = tree.sources(args.root, "include", "adopt", "cmd", "examples")
    for path in inner:
        check_inner(args.root, path, layers, report)
    for path in outer:
        check_outer(args.root, path, report)
    report.end(f"{len(inner) + len(outer)} files")


if __name__ == "__main__":
    main()
