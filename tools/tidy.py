#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the limits and habits that HACKING.md lists, line by line."""
import re

import tree

LINE_MAX = 100
TAB = 8
FILE_MAX = 500
FUNCTION_MAX = 70
EXAMPLE_MAX = 80
EXAMPLE_MAX_OF = {"kebab.c": 150}

BANNED = {
    "strcpy": "use snprintf or memcpy with a size", "strcat": "use snprintf",
    "sprintf": "use snprintf", "vsprintf": "use vsnprintf", "gets": "use fgets",
    "rand": "use a generator with its state in sight", "srand": "use a generator with its state",
    "usleep": "use nanosleep or hk_sleep", "atoi": "use strtol and check its end",
    "atol": "use strtol and check its end", "strtok": "use strsep or strcspn",
}
# These folders replace calls of libc, or test that; so they name them.
BANNED_BUT = {"usleep": ("adopt/posix", "tests/posix")}
BANNED_CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
UNOWNED = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\([\w-]+\))")
ERRNO = re.compile(r"\berrno\b")
SPDX = "SPDX-License-Identifier: MIT"
NO_SPDX = re.compile(r"(^|/)(LICENSE|LAYERS|.*\.(md|gz|json|txt|png|svg|expected))$")
LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
DECLARATION = re.compile(r"^HK_API\b", re.MULTILINE)


def is_text(root, path):
    return b"\0" not in (root / path).read_bytes()[:4096]


def check_any(root, path, report):
    """What holds for every text file."""
    lines = tree.read(root, path).split("\n")
    if not NO_SPDX.search(str(path)) and not any(SPDX in line for line in lines[:3]):
        report.problem(path, 1, f"no line `{SPDX}` at the top")
    for number, line in enumerate(lines, 1):
        if path.parts[0] != "tools" and UNOWNED.search(line):
            report.problem(path, number, "unfinished work without an owner: NAME(owner)")
        if path.suffix != ".md" and len(line.expandtabs(TAB)) > LINE_MAX:
            report.problem(path, number, f"{len(line.expandtabs(TAB))} columns, at most {LINE_MAX}")
        if path.suffix != ".md" and line != line.rstrip():
            report.problem(path, number, "white space at the end of the line")


def check_c(root, path, report):
    text = tree.read(root, path)
    bare = tree.code(text)
    count = len(text.splitlines())
    if count > FILE_MAX:
        report.problem(path, 1, f"{count} lines, at most {FILE_MAX}")
    if path.parent.name == "examples":
        most = EXAMPLE_MAX_OF.get(path.name, EXAMPLE_MAX)
        if count > most:
            report.problem(path, 1, f"{count} lines, at most {most} in this example")
    for name, first, last in tree.functions(text):
        if last - first + 1 > FUNCTION_MAX:
            report.problem(path, first,
                           f"{name}() has {last - first + 1} lines, at most {FUNCTION_MAX}")
    outside_os = path.parts[0] == "src" and path.parts[1] != "os"
    for number, line in enumerate(bare.split("\n"), 1):
        for match in BANNED_CALL.finditer(line):
            if str(path.parent) in BANNED_BUT.get(match.group(1), ()):
                continue
            report.problem(path, number, f"{match.group(1)}(): {BANNED[match.group(1)]}")
        if re.match(r"\s*#\s*if\s+0\b", line):
            report.problem(path, number, "#if 0: delete it, git remembers")
        if outside_os and not line.lstrip().startswith("#") and ERRNO.search(line):
            report.problem(path, number, "errno outside src/os/: a task may change its thread")


def check_documented(root, path, report):
    """A public function has a comment directly above, or shares that of the group above it."""
    text = tree.read(root, path)
    lines = text.split("\n")
    for match in DECLARATION.finditer(text):
        number = text.count("\n", 0, match.start())
        above = lines[number - 1].rstrip() if number else ""
        while above and not above.endswith("*/") and number and not above.endswith("}"):
            number -= 1  # a declaration of the same group
            above = lines[number - 1].rstrip() if number else ""
        if not above.endswith("*/"):
            report.problem(path, text.count("\n", 0, match.start()) + 1,
                           "public function without a comment above it")


def check_listed(root, paths, report):
    """Every source is built and on the map."""
    built = "\n".join(tree.read(root, path) for path in paths
                      if path.parts[0] == "src" and path.name == "meson.build")
    map_file = root / "ARCHITECTURE.md"
    drawn = map_file.read_text(encoding="utf-8") if map_file.exists() else ""
    for path in paths:
        if path.parts[0] != "src" or path.suffix not in (".c", ".S"):
            continue
        inner = "/".join(path.parts[1:])
        if not re.search(r"'([\w/]*/)?" + re.escape(path.name) + "'", built):
            report.problem(path, 1, "is not listed in src/meson.build")
        if inner not in drawn and not re.search(r"(?<![\w/])" + re.escape(path.name), drawn):
            report.problem(path, 1, "is not named in ARCHITECTURE.md")


def anchors(text):
    """The anchors that a Markdown file's headings have."""
    found = set()
    for heading in re.findall(r"^#+\s+(.*)$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        found.add(plain.replace(" ", "-"))
    return found


def check_links(root, path, report):
    text = tree.read(root, path)
    shown = re.sub(r"```.*?```", tree.blank, text, flags=re.DOTALL)
    for match in LINK.finditer(shown):
        number = shown.count("\n", 0, match.start()) + 1
        target, _, anchor = match.group(1).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        goal = (root / path).parent / target if target else root / path
        if not goal.exists():
            report.problem(path, number, f"dead link: {match.group(1)}")
        elif anchor and goal.suffix == ".md" and anchor not in anchors(goal.read_text()):
            report.problem(path, number, f"dead link: {match.group(1)} (no such heading)")


def main():
    args = tree.arguments(__doc__).parse_args()
    report = tree.Report("tidy")
    paths = [path for path in tree.files(args.root) if is_text(args.root, path)]
    for path in paths:
        check_any(args.root, path, report)
        if path.suffix == ".md":
            check_links(args.root, path, report)
        if path.parts[0] in tree.C_FOLDERS and path.suffix in (".c", ".h", ".cc", ".hpp"):
            check_c(args.root, path, report)
        if path.parts[0] == "include":
            check_documented(args.root, path, report)
    check_listed(args.root, paths, report)
    report.end(f"{len(paths)} files")


if __name__ == "__main__":
    main()
