#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: output that did not arrive is an error, never silence; what hocket does not print it does
# not complain about.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"

# to TARGET ARGUMENT...: hocket with its standard output closed (-) or in TARGET.
to() {
	local target=$1
	shift
	ran="hocket $* > $target"
	: >"$work/out"
	if [ "$target" = - ]; then
		"$HOCKET" "$@" >&- 2>"$work/err"
	else
		"$HOCKET" "$@" >"$target" 2>"$work/err"
	fi
	code=$?
}

for command in --version --help doctor "run --help"; do
	# shellcheck disable=SC2086
	to - $command
	exits 74
	says "hocket: standard output could not be written: Bad file descriptor"
	# shellcheck disable=SC2086
	to /dev/full $command
	exits 74
	says "hocket: standard output could not be written: No space left on device"
done

for target in - /dev/full; do
	to "$target" run "$PROGRAM" code 4
	exits 4
	says
done

# A closed descriptor is closed for the program as well, and takes no file of ours.
to - run sh -c 'echo lost 2>/dev/null || exit 9'
exits 9
says
"$HOCKET" run --stats --events events "$PROGRAM" code 0 <&- >&- 2>&-
code=$?
exits 0

# Output is the program's own.
run "$HOCKET" run --stats sh -c 'cat; echo problem >&2; exit 2' <<<"through"
exits 2
out_matches '^through$'
says problem "hocket: sh ended before an hk_run() did: there are no counters"
finish
