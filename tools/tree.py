# SPDX-License-Identifier: MIT
"""What the checkers share: the files of the tree, code without comments, functions, reports."""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys

C_FOLDERS = ("include", "src", "cmd", "adopt", "examples", "tests", "bench")
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def files(root):
    """Paths relative to root: what git tracks or would; without git, what no build has made."""
    if (root / ".git").exists() and shutil.which("git"):
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "-co", "--exclude-standard"],
                                check=True, capture_output=True, text=True)
        paths = [pathlib.Path(name) for name in listed.stdout.split("\0") if name]
    else:
        paths = [path.relative_to(root) for path in root.rglob("*")]
        paths = [path for path in paths
                 if not re.match(r"build|\.git$", path.parts[0])
                 and "__pycache__" not in path.parts]
    return sorted(path for path in set(paths) if (root / path).is_file())


def sources(root, *folders, suffixes=(".c", ".h")):
    """The C files in these top folders."""
    return [path for path in files(root)
            if path.parts[0] in folders and path.suffix in suffixes]


def read(root, path):
    return (root / path).read_text(encoding="utf-8", errors="replace")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def code(text):
    """The text with comments, strings and characters blanked; lines and columns stay."""
    return TOKEN.sub(blank, text)


def without_comments(text):
    return TOKEN.sub(lambda m: blank(m) if m.group().startswith("/") else m.group(), text)


def functions(text):
    """Yields (name, first line, last line) of each function; the braces stand in column 1."""
    lines = code(text).split("\n")
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            first, name = head(lines, start)
            if name:
                yield name, first, number
            start = None


def head(lines, brace):
    """The first line and the name of the function whose opening brace is on that line."""
    first = brace
    while first > 1 and re.match(r"(?![}#])\s*\S(?!.*;\s*$)", lines[first - 2]):
        first -= 1
    text = " ".join(lines[first - 1:brace - 1])
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", text)
    found = re.search(r"(\w+)\s*\(", text)
    if found and found.group(1).isupper():  # START_TEST(name)
        found = re.search(r"\(\s*(\w+)", text) or found
    return first, found.group(1) if found else None


class Report:
    """The problems of one checker: printed as path:line: message, then a line that sums up."""

    def __init__(self, what):
        self.what = what
        self.count = 0

    def problem(self, path, line, message):
        self.count += 1
        print(f"{path}:{line}: {message}")

    def end(self, looked_at):
        if self.count:
            plural = "s" if self.count > 1 else ""
            print(f"{self.what}: {self.count} problem{plural} in {looked_at}")
        else:
            print(f"{self.what}: ok ({looked_at})")
        sys.exit(1 if self.count else 0)


def arguments(doc):
    parser = argparse.ArgumentParser(description=doc,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent,
                        help="the tree to check (default: the one this checker is in)")
    return parser
