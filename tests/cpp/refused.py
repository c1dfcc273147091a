#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What hocket.hpp refuses to compile, and in which words.

usage: refused.py INCLUDE CXX...
"""
import subprocess
import sys

UNIT = """#include <string>
#include <hocket.hpp>
int unit(hk::scope &s, std::string &text, hk_chan &c);
int unit(hk::scope &s, std::string &text, hk_chan &c)
{
	(void)s, (void)text, (void)c;
	%s
	return 0;
}
"""
# A statement that compiles; one that does not; what the compiler then says.
CASES = [
    ("s.spawn([&text] { text.clear(); });", "s.spawn([text] { (void)text; });", "copied as memory"),
    ("s.spawn([] { return 1; });", "s.spawn([] { return 1L; });", "a task returns int"),
    ("hk::chan<int> numbers(c);", "hk::chan<std::string> texts(c);", "copies its items as memory"),
    ("hk::mutex one, other; (void)one, (void)other;",
     "hk::mutex one, other(one); (void)one, (void)other;", "delete"),
    ("(void)hk::chan<char>(c).send('a');", "hk::chan<char>(c).send('a');", "unused|nodiscard"),
]


def compile_unit(statement):
    """What the compiler says; nothing when it is content."""
    include, *cxx = sys.argv[1:]
    command = [*cxx, "-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{include}", "-x", "c++",
               "-fsyntax-only", "-"]
    done = subprocess.run(command, input=UNIT % statement, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def main():
    wrong = 0
    for sound, refused, words in CASES:
        said = compile_unit(sound)
        if said:
            wrong += 1
            print(f"does not compile: {sound}\n{said}", file=sys.stderr)
        said = compile_unit(refused)
        if not any(word in said for word in words.split("|")):
            wrong += 1
            print(f"not refused with '{words}': {refused}\n{said}", file=sys.stderr)
    print(f"{len(CASES)} cases, {wrong} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
