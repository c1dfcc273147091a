# SPDX-License-Identifier: MIT
# For the tests with valgrind and gdb, which source it.
# shellcheck shell=bash disable=SC2034

set -uo pipefail
export LC_ALL=C

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail()
{
	echo "FAIL: $*" >&2
	exit 1
}

# interrupted STATS: tasks lost their workers while they computed, so that the run shows something. A
# thread that waits for valgrind to let it run sleeps in the kernel: then its worker is taken.
interrupted()
{
	grep -qE '"(slices|retakes)":[1-9]' "$1" || fail "no task was interrupted: $(cat "$1")"
}
