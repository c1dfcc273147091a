# SPDX-License-Identifier: MIT
# For the tests of the examples, which source it. $EXAMPLES: where the programs are.
# shellcheck shell=bash disable=SC2034,SC2015

set -uo pipefail
unset HOCKET_OPTIONS
export LC_ALL=C

kebab=$EXAMPLES/kebab
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

all="sequential/1 concurrent/1 parallel/1 parallel/2 parallel/8 combined/1 combined/2 combined/8"
four="sequential/1 concurrent/1 parallel/2 combined/2"

fail()
{
	echo "FAIL: $*" >&2
	exit 1
}

# as EXECUTION/WORKERS PROGRAM ARGUMENT...
as()
{
	HOCKET_OPTIONS="exec=${1%/*}:workers=${1#*/}" timeout -k 5 60 "${@:2}"
}

# equal EXPECTED ACTUAL WHAT
equal()
{
	[ "$1" = "$2" ] || fail "$3: expected (-) and got (+)"$'\n'"$(
		diff -U0 <(printf '%s\n' "$1") <(printf '%s\n' "$2"))"
}

# refuses CODE REGEX COMMAND...: it ends with the code and one line on stderr that matches.
refuses()
{
	local code=$1 regex=$2 got=0
	shift 2

	timeout -k 5 60 "$@" 2>"$tmp/stderr" || got=$?
	[ "$got" = "$code" ] || fail "$*: exit code $got, not $code: $(cat "$tmp/stderr")"
	[ "$(wc -l <"$tmp/stderr")" = 1 ] && grep -qxE -- "$regex" "$tmp/stderr" ||
		fail "$*: stderr is not one line '$regex' but: $(cat "$tmp/stderr")"
}
