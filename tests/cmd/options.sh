#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: HOCKET_OPTIONS is checked, handed on, and overruled by the options of hocket run.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"

# shown ARGUMENT...: the variable that a program would get.
shown() {
	run "$HOCKET" run "$@" -- sh -c 'echo "$HOCKET_OPTIONS"; exit 1'
	exits 1
}
file='stats=.*/tmp/hocket-......$'
shown
out_matches "^$file"
shown --as parallel --workers 3
out_matches "^exec=parallel:workers=3:$file"
shown --events events
out_matches "^events=$work/events:$file"
export HOCKET_OPTIONS=exec=sequential:stack=64k
shown
out_matches "^exec=sequential:stack=64k:$file"
shown --as combined --workers 2
out_matches "^exec=sequential:stack=64k:exec=combined:workers=2:$file"

# The later key wins.
run "$HOCKET" run --stats "$PROGRAM" code 0
exits 0
err_matches "^hocket: run 'main', sequential$"
err_matches 'of 64\.0 KiB$'
run "$HOCKET" run --as combined --workers 2 --stats "$PROGRAM" code 0
exits 0
err_matches "^hocket: run 'main', combined$"
err_matches '^  workers      2'

# A bad option is refused before the program runs.
for bad in exec=fast workers=0 workers=10000 workers=x stack=1 stall=x deadlock=x cook=1 cook; do
	export HOCKET_OPTIONS=$bad
	run "$HOCKET" run "$PROGRAM" wait 0
	exits 64
	prints_nothing
	err_matches "^hocket: .*HOCKET_OPTIONS.*${bad%%=*}"
	[ "$(wc -l <"$work/err")" = 1 ] || fail "one sentence expected"
	run "$HOCKET" doctor
	exits 64
	prints_nothing
	err_matches "^hocket: .*HOCKET_OPTIONS.*${bad%%=*}"
done

# Counters that somebody else asked for are not lost, not even when hocket runs hocket.
export HOCKET_OPTIONS=stats=$work/mine
run "$HOCKET" run "$PROGRAM" runs 2
exits 0
says
[ "$(wc -l <mine)" = 2 ] || fail "two lines in stats=FILE expected"
HOCKET_OPTIONS=stats=$work/no/such run "$HOCKET" run "$PROGRAM" code 0
exits 74
says "hocket run: stats=$work/no/such of HOCKET_OPTIONS cannot be written: No such file or\
 directory"
unset HOCKET_OPTIONS
run "$HOCKET" run --stats "$HOCKET" run "$PROGRAM" code 0
exits 0
err_matches "^hocket: run 'main', combined$"

# A folder for the counters is needed.
TMPDIR=$work/none run "$HOCKET" run "$PROGRAM" wait 0
exits 73
says "hocket run: TMPDIR '$work/none': No such file or directory"
mkdir a:b
TMPDIR=$work/a:b run "$HOCKET" run "$PROGRAM" wait 0
exits 73
says "hocket run: TMPDIR '$work/a:b': must be a shorter path without ':'"
finish
