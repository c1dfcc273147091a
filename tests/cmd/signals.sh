#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: a signal sent to hocket reaches the program once; the program never outlives hocket; no
# temporary file is left.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"
# with job control, background jobs do not ignore SIGINT
set -m

# background MODE NUMBER: starts the program and waits until it waits; sets $pid.
background() {
	ran="hocket run program $*"
	: >"$work/out"
	"$HOCKET" run -- "$PROGRAM" "$@" >"$work/out" 2>"$work/err" &
	pid=$!
	await_file "$work/out"
}

for signal in HUP INT QUIT TERM USR1 USR2; do
	background wait 0
	kill -s "$signal" "$pid"
	wait "$pid" 2>job
	code=$?
	exits $((128 + $(kill -l "$signal")))

	background count "$(kill -l "$signal")"
	kill -s "$signal" "$pid"
	wait "$pid"
	code=$?
	exits 101
	says
done

# Ctrl+C goes from the terminal to both: the program still gets it once. (exec: a shell in between
# would get it too, and dash then says 130 whatever its child says.)
: >"$work/out"
: >"$work/err"
ran="script: Ctrl+C"
: >terminal
(
	await_file terminal
	printf '\003'
	sleep 3
) | script -qec "exec '$HOCKET' run '$PROGRAM' count 2" /dev/null >terminal
code=$?
exits 101

# A killed hocket takes the program with it (its file in TMPDIR is lost, as nothing can run).
background wait 0
program=$(cat "$work/out")
kill -s KILL "$pid"
wait "$pid" 2>job
code=$?
for ((i = 0; i < 100; i++)); do
	kill -0 "$program" 2>job || break
	sleep 0.1
done
[ "$i" -lt 100 ] || fail "the program outlives hocket"
rm -f "$TMPDIR"/hocket-*

# What was ignored stays ignored, in the program as well.
(
	trap '' HUP
	exec "$HOCKET" run -- "$PROGRAM" count "$(kill -l INT)" >"$work/out" 2>"$work/err"
) &
pid=$!
ran="nohup hocket run"
: >"$work/out"
await_file "$work/out"
kill -s HUP "$pid" "$(cat "$work/out")"
kill -s INT "$pid"
wait "$pid"
code=$?
exits 101

# Whoever ignores SIGCHLD hands that on; the exit code is found all the same.
run bash -c "trap '' CHLD; exec '$HOCKET' run '$PROGRAM' code 6"
exits 6
finish
