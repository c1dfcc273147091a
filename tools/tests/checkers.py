#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the checkers: each has to accept a sound tree and to find each fault put into it."""
import pathlib
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(__file__).resolve().parent.parent
SPDX = "/* SPDX-License-Identifier: MIT */\n"

HEADER = SPDX + """#ifndef HOCKET_H
#define HOCKET_H

#define HK_API __attribute__((visibility("default")))

/* Says yes. */
HK_API int hk_yes(void);

#endif
"""

ATOMIC = SPDX + """#ifndef BASE_ATOMIC_H
#define BASE_ATOMIC_H

#define ld_acq(p)    __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define st_rel(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

#endif
"""

YES = SPDX + """#include "base/atomic.h"

#include <hocket.h>

static int word;

static void put(void)
{
	/* order YES1 release: the word; pairs with hk_yes() */
	st_rel(&word, 1);
}

int hk_yes(void)
{
	put();
	/* order YES1 acquire: pairs with put() */
	return ld_acq(&word);
}
"""

SOUND = {
    "ARCHITECTURE.md": "# Map\n\nThe core: [yes.c](src/core/yes.c), [here](#map).\n",
    ".clang-format": (TOOLS.parent / ".clang-format").read_text(),
    "hocket.map": SPDX + "HOCKET_0.1 {\nglobal:\n\thk_yes;\nlocal:\n\t*;\n};\n",
    "include/hocket.h": HEADER,
    "src/LAYERS": "base:\ncore: base\n",
    "src/meson.build": "# SPDX-License-Identifier: MIT\nsources = files('core/yes.c')\n",
    "src/base/atomic.h": ATOMIC,
    "src/core/yes.c": YES,
    "cmd/hocket.c": SPDX + "#include <hocket.h>\n\nint main(void)\n{\n\treturn hk_yes();\n}\n",
    "tools/say": "#!/bin/sh\n# SPDX-License-Identifier: MIT\necho \"$1\"\n",
}


def replaced(path, old, new):
    assert old in SOUND[path], (path, old)
    return {path: SOUND[path].replace(old, new)}


def added(path, text):
    return {path: SOUND.get(path, SPDX) + text}


def long_function(name, count):
    return f"\nvoid {name}(void)\n{{\n" + "\thk_yes();\n" * (count - 3) + "}\n"


# A fence that pairs with itself in another thread is sound; one that pairs with nobody is not.
LONE_FENCE = {
    "src/base/atomic.h": ATOMIC + "static inline void fence_seq(void)\n{\n}\n",
    "src/core/a.c": SPDX + """#include "base/atomic.h"

static void look(void)
{
	/* order ME1 seq: pairs with look() of another */
	fence_seq();
}
""",
}

# A second library, which replaces a function of libc.
POSIX = {
    "adopt/posix/posix.map": SPDX + "{\nglobal:\n\tsleep;\nlocal:\n\t*;\n};\n",
    "adopt/posix/posix.c": SPDX + "#include <hocket.h>\n\nHK_API unsigned sleep(unsigned s)\n{\n"
                           "\treturn s + hk_yes();\n}\n",
}

# For each checker: the faults, as (files that differ from the sound tree, what must be said).
FAULTS = {
    "layers": [
        (added("src/base/a.h", '#include "core/yes.h"\n') | {"src/core/yes.h": SPDX},
         "base may not include core"),
        (added("src/core/a.h", '#include "gone.h"\n'), "is no file under src/"),
        ({"src/odd/a.c": SPDX}, "in no folder that src/LAYERS lists"),
        ({"src/LAYERS": "base: core\ncore: base\n"}, "there is no cycle"),
        (added("cmd/a.c", '#include "../src/base/atomic.h"\n'), "cmd/ sees only"),
        (added("examples/a.c", '#include "base/atomic.h"\n'), "examples/ sees only"),
        (added("adopt/posix/a.c", '#include "core/yes.h"\n'), "adopt/ sees only"),
        (added("examples/a.c", "#include <hocket/gone.h>\n"), "is no public header"),
        (added("include/hocket.h", '#include "base/atomic.h"\n'), "include/ sees only"),
    ],
    "orders": [
        (replaced("src/core/yes.c", "/* order YES1 acquire: pairs with put() */", ""),
         "ld_acq() has no order tag"),
        (replaced("src/core/yes.c", "YES1 acquire", "YES2 acquire"), "YES1 has only one side"),
        (replaced("src/core/yes.c", "YES1 acquire", "YES1 release"), "ld_acq() is tagged release"),
        (replaced("src/core/yes.c", "with put()", "with get()"), "pairs with get(), which has no"),
        (replaced("src/core/yes.c", ": pairs with put()", ": see above"), "does not say"),
        (replaced("src/core/yes.c", "return ld_acq(&word);", "return word;"),
         "without an ordered operation"),
        (replaced("src/core/yes.c", "ld_acq(", "xchg_acq("), "xchg_acq() is not in base/atomic.h"),
        (replaced("src/core/yes.c", "\tput();", "\t__atomic_store_n(&word, 1, 0);"),
         "atomics go through base/atomic.h"),
        (LONE_FENCE | {"src/core/a.c": LONE_FENCE["src/core/a.c"].replace("look() of", "see() of")},
         "ME1 has only one side"),
        (added("src/core/a.c", "#include <stdatomic.h>\n"), "atomics go through base/atomic.h"),
    ],
    "tidy": [
        ({"cmd/a.c": "int a;\n"}, "no line `SPDX"),
        (added("cmd/a.c", "\t" * 12 + "int ab;\n"), "103 columns, at most 100"),
        (added("cmd/a.c", "int a; \n"), "white space at the end"),
        (added("cmd/a.c", "int a;\n" * 500), "501 lines, at most 500"),
        (added("examples/a.c", "int a;\n" * 80), "81 lines, at most 80"),
        (added("examples/kebab.c", "int a;\n" * 150), "151 lines, at most 150"),
        (added("cmd/a.c", long_function("far", 71)), "far() has 71 lines, at most 70"),
        (added("cmd/a.c", "/* TO" "DO: more */\n"), "unfinished work"),
        (added("cmd/a.c", "#if 0\n#endif\n"), "#if 0"),
        (added("cmd/a.c", "int a = atoi(s);\n"), "atoi()"),
        (added("src/core/yes.c", "int a(void)\n{\n\treturn -errno;\n}\n"), "errno outside src/os/"),
        ({"src/core/no.c": SPDX}, "is not listed in src/meson.build"),
        ({"src/core/no.c": SPDX}, "is not named in ARCHITECTURE.md"),
        ({"README.md": "See [this](doc/gone.md).\n"}, "dead link: doc/gone.md"),
        ({"README.md": "See [this](ARCHITECTURE.md#gone).\n"}, "no such heading"),
        (replaced("include/hocket.h", "/* Says yes. */", ""), "without a comment above"),
    ],
    "headers": [
        (added("include/hocket.h", "size_t hk_size(void);\n"), "does not compile alone (gcc"),
        (added("include/hocket.h", "static int class;\n"), "does not compile alone (g++"),
        (added("include/hocket.h", "static inline char hk_low(int i)\n{\n\treturn i;\n}\n"),
         "-Wconversion"),
        (added("include/yes.hpp", "std::size_t size();\n"), "does not compile alone (g++"),
        (added("src/core/a.h", "size_t hki_size(void);\n"), "does not compile alone (gcc"),
    ],
    "symbols": [
        (replaced("hocket.map", "\thk_yes;\n", "\thk_yes;\n\thk_no;\n"),
         "hk_no is in hocket.map but not in include/"),
        (added("include/hocket.h", "/* No. */\nHK_API int hk_no(void);\n"),
         "hk_no is in include/ but not in hocket.map"),
        (added("src/core/yes.c", "void stray(void)\n{\n}\n"), "global name stray has no prefix"),
        (added("src/core/yes.c", '__asm__(".section .note.GNU-stack,\\"x\\"");\n'),
         "executable stack"),
        ({"link": "-Wl,-z,lazy"}, "is not linked with -z now"),
        ({"link": "-Wl,-soname,libother.so"}, "is not named libhocket.so.0"),
        ({"link": "-Wl,--no-as-needed -lm"}, "libc alone is allowed"),
        ({"link": "-Wl,--version-script=link.map", "link.map": "{ local: *; };\n"},
         "hk_yes is in hocket.map but not in libhocket.so"),
        (POSIX | {"adopt/posix/posix.map": POSIX["adopt/posix/posix.map"].replace(
            "sleep;", "sleep;\n\tpause;")},
         "pause is in adopt/posix/posix.map but not in libhocket-posix.so"),
        (POSIX | {"adopt/posix/posix.map": "POSIX_1 " + POSIX["adopt/posix/posix.map"]},
         "sleep has a version: it replaces no other"),
    ],
    "layout": [
        (replaced("src/core/yes.c", "\tput();", "    put();"), "is laid out differently"),
        (added("include/yes.hpp", "  int yes();\n"), "is laid out differently"),
    ],
    "shell": [(replaced("tools/say", '"$1"', "$(ls *.c | grep $x)"), "SC2")],
}


def compile_libraries(root, link):
    """What src/meson.build does, in small: build/src/libhocket.so and .a."""
    folder = root / "build" / "src"
    folder.mkdir(parents=True)
    code = "-x c -std=gnu11 -fPIC -w -fvisibility=hidden -Iinclude -Isrc src/core/yes.c"
    map_file = [] if "version-script" in link else ["-Wl,--version-script=hocket.map"]
    subprocess.run(["gcc", *code.split(), "-c", "-o", folder / "yes.o"], cwd=root, check=True)
    subprocess.run(["ar", "rcs", folder / "libhocket.a", folder / "yes.o"], check=True)
    subprocess.run(["gcc", "-shared", "-o", folder / "libhocket.so", folder / "yes.o", *map_file,
                    "-Wl,-z,now", "-Wl,-soname,libhocket.so.0", *link.split()],
                   cwd=root, check=True, stderr=subprocess.DEVNULL)


def compile_posix(root):
    """What adopt/posix/meson.build does, in small: build/adopt/posix/libhocket-posix.so."""
    folder = root / "build" / "adopt" / "posix"
    folder.mkdir(parents=True)
    code = "-std=gnu11 -fPIC -w -fvisibility=hidden -Iinclude adopt/posix/posix.c"
    subprocess.run(["gcc", "-shared", "-o", folder / "libhocket-posix.so", *code.split(),
                    "-Wl,--version-script=adopt/posix/posix.map", "-Wl,-z,now",
                    "-Wl,-soname,libhocket-posix.so.0"], cwd=root, check=True)


def run(checker, changes):
    """Runs a checker on the sound tree with these changes; returns (exit code, output)."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in (SOUND | changes).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        if checker == "symbols":
            compile_libraries(root, changes.get("link", ""))
            if "adopt/posix/posix.c" in changes:
                compile_posix(root)
        done = subprocess.run([sys.executable, "-B", TOOLS / f"{checker}.py", "--root", root],
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


def main():
    wrong = 0
    count = 0
    for checker, faults in FAULTS.items():
        sound = {"orders": LONE_FENCE, "symbols": POSIX}.get(checker, {})
        for changes, expected in [(sound, ": ok"), *faults]:
            count += 1
            code, said = run(checker, changes)
            if code != (0 if changes is sound else 1) or expected not in said:
                wrong += 1
                print(f"{checker}: exit code {code}, did not say `{expected}` but:\n{said}")
    print(f"checkers: {f'{wrong} wrong' if wrong else 'ok'} ({count} trees)")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
