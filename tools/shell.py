#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the shell scripts with shellcheck."""
import re
import subprocess

import tree


def is_script(root, path):
    with open(root / path, "rb") as file:
        return re.match(rb"#!.*\b(sh|bash|dash)\s*$", file.readline()) is not None


def main():
    args = tree.arguments(__doc__).parse_args()
    report = tree.Report("shell")
    paths = [path for path in tree.files(args.root) if is_script(args.root, path)]
    for path in paths:
        done = subprocess.run(["shellcheck", "--format=gcc", "--external-sources",
                               "--severity=warning", path],
                              cwd=args.root, capture_output=True, text=True)
        if done.returncode and not done.stdout:
            report.problem(path, 1, done.stderr.strip())
        for line in done.stdout.splitlines():
            _, number, message = re.match(r"(.*?):(\d+):\d+: (.*)", line).groups()
            report.problem(path, number, message)
    report.end(f"{len(paths)} scripts")


if __name__ == "__main__":
    main()
