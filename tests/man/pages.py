#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the manual pages of section 3 against the headers.

The declarations of each SYNOPSIS are compiled after <hocket.h>: they have to be the same. Each
EXAMPLE is compiled as strict C11, and run: it has to end with 0. NAME lists the functions of the
SYNOPSIS, and a page that refers to this one has been built for each name.

usage: pages.py SOURCE BUILD, of which the second has src/libhocket.so and man/
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

STRICT = "-std=c11 -D_DEFAULT_SOURCE -pedantic -Wall -Wextra -Wconversion -Werror".split()
CC = os.environ.get("CC", "cc").split()
source, build = (pathlib.Path(name).resolve() for name in sys.argv[1:3])
wrong = 0


def check(page, good, said):
    global wrong
    wrong += not good
    if not good:
        print(f"{page.name}: {said}", file=sys.stderr)


def part(text, heading):
    """The text below a heading, up to the next."""
    return text.partition(f"\n# {heading}\n")[2].partition("\n# ")[0]


def compile_c(page, what, code, *more):
    """Whether it compiles; says what the compiler says if not."""
    done = subprocess.run([*CC, *STRICT, f"-I{source}/include", "-x", "c", "-", *more],
                          input=code, capture_output=True, text=True)
    check(page, done.returncode == 0, f"the {what} does not compile:\n{done.stderr}")
    return done.returncode == 0


def check_page(page, folder):
    text = page.read_text()
    blocks = {name: re.findall(r"^```\n(.*?)^```$", part(text, name), re.S | re.M)
              for name in ("SYNOPSIS", "EXAMPLE")}
    functions = re.findall(r"^\w[\w ]*?\b\*?(hk_\w+)\(", blocks["SYNOPSIS"][0], re.M)
    undef = "".join(f"#undef {name}\n" for name in functions)
    compile_c(page, "synopsis", blocks["SYNOPSIS"][0].replace("\n", "\n" + undef, 1),
              "-fsyntax-only")
    check(page, len(blocks["EXAMPLE"]) == 1, "there is not one example")
    program = folder / "example"
    if compile_c(page, "example", blocks["EXAMPLE"][0], "-o", program, f"-L{build}/src",
                 "-lhocket", f"-Wl,-rpath,{build}/src"):
        code = subprocess.run([program], timeout=60).returncode
        check(page, code == 0, f"the example ended with {code}")
    own, *names = re.split(r",\s+", re.split(r"\s-\s", part(text, "NAME").strip())[0])
    missing = set(functions) - {own, *names}
    check(page, not missing, f"NAME does not list {missing}")
    refers = {path.stem for path in build.joinpath("man").glob("*.3")
              if path.read_text() == f".so man3/{own}.3\n"}
    check(page, refers == set(names), f"not both listed and built: {refers ^ set(names)}")


def main():
    os.environ.pop("HOCKET_OPTIONS", None)
    pages = sorted(source.joinpath("man").glob("*.3.scd"))
    with tempfile.TemporaryDirectory() as folder:
        for page in pages:
            check_page(page, pathlib.Path(folder))
    print(f"{len(pages)} pages, {wrong} wrong")
    sys.exit(1 if wrong or not pages else 0)


if __name__ == "__main__":
    main()
