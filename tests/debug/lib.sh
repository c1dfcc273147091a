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

# interrupted STATS: tasks were interrupted, so that the run shows something.
interrupted()
{
	grep -qE '"slices":[1-9]' "$1" || fail "no task was interrupted: $(cat "$1")"
}
