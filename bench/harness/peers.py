# SPDX-License-Identifier: MIT
"""The peers: what each needs, how its programs are built, which version it is.

The programs of a peer are bench/peers/PEER/PROGRAM.EXT, or src/bin/ there; a peer takes part in a
row when it has the row's program. They are built into DIRECTORY/PEER/PROGRAM.
"""
import os
import pathlib
import shutil
import subprocess

BENCH = pathlib.Path(__file__).resolve().parent.parent
COMMON = BENCH / "common"
CRATES = pathlib.Path("/usr/share/cargo/registry")
BUILD_LIMIT = 600


class Missing(Exception):
    """The peer cannot take part; holds why."""


def call(command, **options):
    """Returns the output of a build step, or raises Missing with its last lines."""
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, text=True,
                              errors="replace", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=BUILD_LIMIT, **options)
    except (OSError, subprocess.TimeoutExpired) as why:
        raise Missing(f"{command[0]}: {why}") from None
    if done.returncode:
        tail = "\n".join(done.stderr.strip().splitlines()[-8:])
        raise Missing(f"'{' '.join(map(str, command))}' failed:\n{tail}")
    return done.stdout


def newest(*folders):
    return max(path.stat().st_mtime for folder in folders for path in folder.rglob("*"))


class Peer:
    """One peer; the subclasses know a tool chain each."""

    extension = None

    def __init__(self, name):
        self.name = name
        self.folder = BENCH / "peers" / name

    def source(self, program):
        return self.folder / f"{program}.{self.extension}"

    def build(self, program, directory):
        """Returns the path of the built program, or raises Missing."""
        self.require()
        target = directory / self.name / program
        if not target.exists() or target.stat().st_mtime < newest(self.folder, COMMON):
            target.parent.mkdir(parents=True, exist_ok=True)
            self.make(program, target, directory)
        return target


class C(Peer):
    """A library of C or C++: the version is what the preprocessor makes of an expression."""

    def __init__(self, name, header, version, flags, extension="c"):
        super().__init__(name)
        self.extension = extension
        self.header = header
        self.expression = version
        self.flags = flags
        if extension == "c":
            self.compiler, self.standard = os.environ.get("CC", "cc").split(), "-std=gnu11"
        else:
            self.compiler, self.standard = os.environ.get("CXX", "c++").split(), "-std=c++17"

    def preprocess(self):
        language = "c" if self.extension == "c" else "c++"
        done = subprocess.run([*self.compiler, "-x", language, self.standard, "-E", "-P", "-"],
                              input=f"#include <{self.header}>\n{self.expression}\n", text=True,
                              capture_output=True)
        if done.returncode:
            raise Missing(f"there is no header <{self.header}>")
        return done.stdout.strip().splitlines()[-1]

    def require(self):
        if not shutil.which(self.compiler[0]):
            raise Missing(f"there is no compiler '{self.compiler[0]}'")
        self.preprocess()

    def version(self):
        return self.preprocess().replace(" ", "").strip('"')

    def make(self, program, target, directory):
        objects = [common_object(name, directory) for name in ("bench", "sender")]
        call([*self.compiler, self.standard, "-O2", "-D_GNU_SOURCE", f"-I{COMMON}", "-o", target,
              self.source(program), *objects, *self.flags])


def common_object(name, directory):
    target = directory / f"{name}.o"
    if not target.exists() or target.stat().st_mtime < newest(COMMON):
        directory.mkdir(parents=True, exist_ok=True)
        call([*os.environ.get("CC", "cc").split(), "-std=gnu11", "-O2", "-D_GNU_SOURCE", "-c", "-o",
              target, COMMON / f"{name}.c"])
    return target


class Go(Peer):
    extension = "go"

    def require(self):
        if not shutil.which("go"):
            raise Missing("there is no program 'go'")

    def version(self):
        return call(["go", "env", "GOVERSION"]).strip().removeprefix("go")

    def make(self, program, target, directory):
        # the program that sends is C in all languages
        objects = [common_object(name, directory) for name in ("bench", "sender", "sender_main")]
        call([*os.environ.get("CC", "cc").split(), "-o", directory / "sender", *objects])
        env = dict(os.environ, GO111MODULE="off", GOCACHE=str(target.parent / "cache"))
        call(["go", "build", "-o", target, "bench.go", f"{program}.go"], cwd=self.folder, env=env)


class Tokio(Peer):
    """Built by the distribution's Cargo where there is one: it goes with the crates."""

    extension = "rs"
    cargo = "/usr/bin/cargo" if os.access("/usr/bin/cargo", os.X_OK) else "cargo"
    rustc = "/usr/bin/rustc" if os.access("/usr/bin/rustc", os.X_OK) else "rustc"

    def source(self, program):
        return self.folder / "src" / "bin" / f"{program}.rs"

    def crate(self):
        found = sorted(CRATES.glob("tokio-1.*"))
        if not found:
            raise Missing(f"there is no crate tokio in {CRATES}")
        return found[-1]

    def require(self):
        for tool in self.cargo, self.rustc:
            if not shutil.which(tool):
                raise Missing(f"there is no program '{tool}'")
        self.crate()

    def version(self):
        rustc = call([self.rustc, "--version"]).split()[1]
        return f"{self.crate().name.removeprefix('tokio-')} (rustc {rustc})"

    def make(self, program, target, directory):
        home, crate = target.parent / "home", target.parent / "crate"
        home.mkdir(exist_ok=True)
        (home / "config.toml").write_text(
            '[source.crates-io]\nreplace-with = "distribution"\n'
            f'[source.distribution]\ndirectory = "{CRATES}"\n')
        shutil.copytree(self.folder, crate, dirs_exist_ok=True)
        env = dict(os.environ, CARGO_HOME=str(home.resolve()), RUSTC=self.rustc)
        call([self.cargo, "build", "--quiet", "--offline", "--release", "--bin", program],
             cwd=crate, env=env)
        shutil.copy(crate / "target" / "release" / program, target)


PEERS = [
    C("pthreads", "features.h", "__GLIBC__.__GLIBC_MINOR__", ["-pthread"]),
    Go("go"),
    Tokio("tokio"),
    C("boost_fiber", "boost/version.hpp", "BOOST_LIB_VERSION",
      ["-lboost_fiber", "-lboost_context", "-pthread"], "cc"),
    C("state_threads", "st.h", "ST_VERSION", ["-lst"]),
    C("libuv", "uv.h", "UV_VERSION_MAJOR.UV_VERSION_MINOR.UV_VERSION_PATCH", ["-luv"]),
    C("tbb", "oneapi/tbb/version.h", "TBB_VERSION_MAJOR.TBB_VERSION_MINOR", ["-ltbb"], "cc"),
    C("gomp", "omp.h", "__GNUC__.__GNUC_MINOR__", ["-fopenmp"]),
]
