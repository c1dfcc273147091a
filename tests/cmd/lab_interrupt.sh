#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: an experiment that is interrupted says so and leaves no process and no file.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# with job control, background jobs do not ignore SIGINT
set -m

# Waits until the program of the experiment runs: it writes its events into the folder. That of
# deadlock has only a moment to do so, but there is a file for its report.
await_program() {
	local i
	for ((i = 0; i < 200; i++)); do
		[ -s "$(echo "$TMPDIR"/hocket-lab-*/events)" ] && return
		[ -e "$(echo "$TMPDIR"/hocket-lab-*/report)" ] && return
		sleep 0.05
	done
	fail "the program did not start in 10 s"
}

# No process is left that has our mark in its environment.
mark=LAB_TEST=$work
nothing_runs() {
	local i
	for ((i = 0; i < 100; i++)); do
		grep -lzsF "$mark" /proc/[0-9]*/environ >"$work/running" || return 0
		sleep 0.05
	done
	fail "processes were left: $(cat "$work/running")"
}

# A long kitchen, so that there is always something to interrupt.
head -c 200000 "$HOCKET" >food
for experiment in "kitchen --orders 400 --input food" waiting cores deadlock; do
	for signal in INT TERM HUP; do
		ran="hocket lab $experiment, then SIG$signal"
		: >"$work/out"
		# shellcheck disable=SC2086
		env "$mark" "$HOCKET" lab $experiment >"$work/out" 2>"$work/err" &
		pid=$!
		await_program
		kill -s "$signal" "$pid"
		wait "$pid"
		code=$?
		exits $((128 + $(kill -l "$signal")))
		err_matches '^hocket lab: interrupted \(.*\), nothing is left behind$'
		prints_nothing
		nothing_runs
	done
done

# Ctrl+C at a terminal goes to all of them.
ran="script: hocket lab kitchen, then Ctrl+C"
: >"$work/out"
: >"$work/err"
(
	await_program
	printf '\003'
	sleep 3
) | env "$mark" script -qec "'$HOCKET' lab kitchen --orders 400 --input food" /dev/null >"$work/out"
code=$?
exits 130
out_matches 'hocket lab: interrupted'
nothing_runs
finish
