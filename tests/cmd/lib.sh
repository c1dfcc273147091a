# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# What the tests of the command share. HOCKET and PROGRAM name the command and tests/cmd/program.
set -u
: "${HOCKET:?}" "${PROGRAM:?}"
export LC_ALL=C
unset HOCKET_OPTIONS NO_COLOR
ulimit -c 0

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/tmp"
export TMPDIR=$work/tmp
cd "$work" || exit 1

failures=0

fail() {
	printf 'FAILED: %s\n  command: %s\n  exit code: %s\n' "$1" "$ran" "$code"
	sed 's/^/  stdout: /' "$work/out"
	sed 's/^/  stderr: /' "$work/err"
	failures=$((failures + 1))
}

# run COMMAND...: its output goes to $work/out and $work/err, its exit code to $code.
run() {
	ran="$*"
	"$@" >"$work/out" 2>"$work/err"
	code=$?
}

# The exit code is exactly this one, and no temporary file was left.
exits() {
	[ "$code" = "$1" ] || fail "exit code $1 expected"
	[ -z "$(ls -A "$TMPDIR")" ] || fail "temporary files were left: $(ls -A "$TMPDIR")"
}

# Standard error is exactly these lines; none without an argument.
says() {
	local expected
	expected=$(printf '%s\n' "$@")
	[ "$(cat "$work/err")" = "$expected" ] || fail "stderr expected: $expected"
}

# Some line of standard error, or of standard output, matches the extended expression.
err_matches() {
	grep -qE -- "$1" "$work/err" || fail "stderr expected to match: $1"
}

out_matches() {
	grep -qE -- "$1" "$work/out" || fail "stdout expected to match: $1"
}

prints_nothing() {
	[ ! -s "$work/out" ] || fail "no stdout expected"
}

# Waits until the file has something in it.
await_file() {
	local i
	for ((i = 0; i < 200; i++)); do
		[ -s "$1" ] && return
		sleep 0.1
	done
	fail "nothing came to $1 in 20 s"
}

finish() {
	[ "$failures" = 0 ] || exit 1
	exit 0
}
