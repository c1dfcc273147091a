#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the layout of the C code against .clang-format; --fix lays it out anew."""
import subprocess

import tree

# Each version lays out some lines in its own way: this one is in Debian 12, Ubuntu 22.04 and 24.04.
FORMATTER = "clang-format-14"


def main():
    parser = tree.arguments(__doc__)
    parser.add_argument("--fix", action="store_true", help="change the files")
    args = parser.parse_args()
    report = tree.Report("layout")
    paths = tree.sources(args.root, *tree.C_FOLDERS, suffixes=(".c", ".h", ".cc", ".hpp"))
    action = ["-i"] if args.fix else ["--dry-run", "-Werror", "--ferror-limit=1"]
    for path in paths:
        done = subprocess.run([FORMATTER, "-style=file", *action, path], cwd=args.root,
                              capture_output=True, text=True)
        if done.returncode:
            line = (done.stderr.split(":") + ["1"])[1]
            report.problem(path, line, "is laid out differently: run make format")
    report.end(f"{len(paths)} files")


if __name__ == "__main__":
    main()
