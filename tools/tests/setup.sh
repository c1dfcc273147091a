#!/bin/sh
# SPDX-License-Identifier: MIT
# tools/setup finds what is there, and where it cannot install what is not, it lists that and ends
# with 1. The programs of this machine are given to it as links, some of them left out.
set -u
cd "$(dirname "$0")/../.." || exit 1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
unset CC

fail() {
	echo "FAIL: $*" >&2
	cat "$place/said" >&2
	exit 1
}

# without PROGRAM...: what $place/bin holds.
without() {
	rm -rf "${place:?}/bin"
	mkdir "$place/bin"
	echo "$PATH" | tr : '\n' | while read -r folder; do
		find -L "$folder" -maxdepth 1 -type f -perm -u+x -exec ln -st "$place/bin" {} + \
			2>/dev/null # a name that is there already
	done
	for program; do
		rm -f "$place/bin/$program"
	done
}

# setup CODE GOAL [NAME=VALUE...]
setup() {
	expected=$1 goal=$2 code=0
	shift 2
	env PATH="$place/bin" "$@" tools/setup "$goal" >"$place/said" 2>&1 || code=$?
	[ "$code" = "$expected" ] || fail "setup $goal $*: exit code $code, not $expected"
}

says() {
	grep -qx "$1" "$place/said" || fail "setup $goal does not say: $1"
}

without apt-get
setup 0 run
[ -s "$place/said" ] && fail "nothing is missing, and it says"
setup 0 run CC="gcc -pipe"
setup 64 lunch
says "setup: unknown goal 'lunch'; use: tools/setup run, test, lint, coverage or bench"
setup 1 run CC=no-such-compiler
says '  gcc  *the C compiler'

without apt-get meson ninja
for goal in run test lint bench; do
	setup 1 $goal
	says "Missing for make $goal:"
	says '  meson  *the build system'
	says '  ninja-build  *runs the steps that Meson writes'
	says 'setup: there is no apt-get here; install these .*'
	grep -q '^  make ' "$place/said" && fail "make is not missing"
done

without apt-get go
setup 1 bench
says '  golang-go  *peer Go'
exit 0
