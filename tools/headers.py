#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that each header compiles alone.

The public ones as strict C11 and as C++17 without a warning, in gcc and clang (a .hpp as C++17
alone); those of src/ as gnu11, in gcc.
"""
import concurrent.futures
import subprocess

import tree

STRICT = ["-pedantic", "-Wall", "-Wextra", "-Werror"]
PUBLIC_STRICT = [*STRICT, "-Wconversion"]
CXX = [[cxx, "-x", "c++", "-std=c++17", *PUBLIC_STRICT] for cxx in ("g++", "clang++")]
PUBLIC = [[cc, "-x", "c", "-std=c11", *PUBLIC_STRICT] for cc in ("gcc", "clang")] + CXX
INNER = [["gcc", "-x", "c", "-std=gnu11", "-D_GNU_SOURCE=", "-Isrc", *STRICT]]


def compile_alone(root, path, command):
    """Returns what the compiler says, or nothing when it is content."""
    name = path.relative_to(path.parts[0])
    # An empty translation unit is not strictly C: hence the declaration.
    unit = f"#include <{name}>\nextern int hk_not_empty;\n"
    done = subprocess.run([*command, "-Iinclude", "-fsyntax-only", "-"], cwd=root, input=unit,
                          capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else ""


def main():
    args = tree.arguments(__doc__).parse_args()
    report = tree.Report("headers")
    jobs = [(path, command)
            for folder, suffix, commands in (
                ("include", ".h", PUBLIC), ("include", ".hpp", CXX), ("src", ".h", INNER))
            for path in tree.sources(args.root, folder, suffixes=(suffix,))
            for command in commands]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for (path, command), said in zip(jobs, pool.map(
                lambda job: compile_alone(args.root, *job), jobs)):
            if said:
                report.problem(path, 1, f"does not compile alone ({' '.join(command)}):\n{said}")
    report.end(f"{len(jobs)} compilations")


if __name__ == "__main__":
    main()
