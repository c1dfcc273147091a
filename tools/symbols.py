#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what the built libraries show and need.

The functions that include/hocket declares, those that hocket.map lists and those that the shared
library exports are the same. Every global name of the static library begins with hk_ or hki_. No
object asks for an executable stack. The shared library is bound at start (-z now), is named
libhocket.so.0, and needs nothing but libc.

libhocket-posix exports what adopt/posix/posix.map lists, each without a version, so that it stands
in for any version of libc's; it needs libhocket and libc.
"""
import pathlib
import re
import subprocess

import tree

DECLARED = re.compile(r"\bHK_API\b[^;(]*?\b(hk_\w+)\s*\(")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def declared(root):
    names = set()
    for path in tree.sources(root, "include", suffixes=(".h",)):
        text = tree.code(tree.read(root, path))
        text = re.sub(r"^\s*#.*(\\\n.*)*$", "", text, flags=re.MULTILINE)
        names |= set(DECLARED.findall(text))
    return names


def mapped(root, path="hocket.map"):
    text = tree.without_comments(tree.read(root, path))
    shown = re.search(r"global:(.*?)local:", text, re.DOTALL)
    return set(re.findall(r"([^\s;]+)\s*;", shown.group(1))) if shown else set()


def exported(library):
    lines = output("nm", "-D", "--defined-only", library).splitlines()
    return {line.split()[2].split("@")[0] for line in lines if line.split()[1] != "A"}


def compare(report, left, left_name, right, right_name, path="hocket.map"):
    for name in sorted(left - right):
        report.problem(path, 1, f"{name} is in {left_name} but not in {right_name}")
    for name in sorted(right - left):
        report.problem(path, 1, f"{name} is in {right_name} but not in {left_name}")


# Weak, one in a program, from systemtap's header: where the static probes are.
PROBES = "_.stapsdt.base"


def check_archive(archive, report):
    for line in output("nm", "-g", "--defined-only", archive).splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[2] != PROBES and not re.match(r"hki?_", parts[2]):
            report.problem(archive.name, 1, f"global name {parts[2]} has no prefix hk_ or hki_")
    # `readelf -S` announces each member by a line "File: archive(member)".
    for member in re.split(r"^File: ", output("readelf", "-SW", archive), flags=re.MULTILINE)[1:]:
        name = member.split("\n")[0]
        note = re.search(r"\.note\.GNU-stack\s+PROGBITS(.*)$", member, re.MULTILINE)
        if not note:
            report.problem(name, 1, "has no .note.GNU-stack: its stack would be executable")
        elif "X" in note.group(1):
            report.problem(name, 1, "asks for an executable stack")


def check_shared(library, report, name="libhocket.so.0", needs=""):
    dynamic = output("readelf", "-dW", library)
    if not re.search(r"\(FLAGS.*\b(BIND_NOW|NOW)\b", dynamic):
        report.problem(library.name, 1, "is not linked with -z now")
    if not re.search(r"\(SONAME\).*\[" + re.escape(name) + r"\]", dynamic):
        report.problem(library.name, 1, f"is not named {name} (SONAME)")
    for needed in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        if needed != needs and not re.match(r"(libc|ld-linux.*|libc\.musl.*)\.so", needed):
            report.problem(library.name, 1, f"needs {needed}: {needs or 'libc'} alone is allowed")
    if re.search(r"GNU_STACK.*RWE", output("readelf", "-lW", library)):
        report.problem(library.name, 1, "has an executable stack")


def check_posix(root, library, report):
    """Returns how many functions it replaces."""
    shown = exported(library)
    map_file = "adopt/posix/posix.map"
    compare(report, mapped(root, map_file), map_file, shown, library.name, map_file)
    for name in re.findall(r" (\w+)@@?\w+$", output("nm", "-D", "--defined-only", library),
                           re.MULTILINE):
        report.problem(library.name, 1, f"{name} has a version: it replaces no other")
    check_shared(library, report, "libhocket-posix.so.0", "libhocket.so.0")
    return len(shown)


def main():
    parser = tree.arguments(__doc__)
    parser.add_argument("--libraries", type=pathlib.Path,
                        help="where libhocket.so and libhocket.a are (default: build/src)")
    args = parser.parse_args()
    folder = args.libraries or args.root / "build" / "src"
    library, archive = folder / "libhocket.so", folder / "libhocket.a"
    if not library.exists() or not archive.exists():
        parser.error(f"{library} or {archive.name} is missing: run make first")
    report = tree.Report("symbols")
    headers, listed, shown = declared(args.root), mapped(args.root), exported(library)
    compare(report, headers, "include/", listed, "hocket.map")
    compare(report, listed, "hocket.map", shown, library.name)
    check_archive(archive, report)
    check_shared(library, report)
    found = f"{len(shown)} exported functions"
    if (args.root / "adopt" / "posix").is_dir():
        posix = folder.parent / "adopt" / "posix" / "libhocket-posix.so"
        found += f", {check_posix(args.root, posix, report)} of libc replaced"
    report.end(found)


if __name__ == "__main__":
    main()
