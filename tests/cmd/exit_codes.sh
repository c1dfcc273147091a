#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: hocket run ends as its program ended; a program that cannot be run, or is not a Hocket
# program, has codes of its own.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"

for number in 0 1 3 64 79 255; do
	run "$HOCKET" run -- "$PROGRAM" code "$number"
	exits "$number"
	says
	prints_nothing
done

killed() {
	run "$HOCKET" run "$PROGRAM" raise "$1"
	exits $((128 + $1))
	says "hocket: $PROGRAM was killed by signal $1 ($2)"
}
killed 9 Killed
killed 15 Terminated
killed 10 'User defined signal 1'

run "$HOCKET" run "$PROGRAM" deadlock 0
exits 79
err_matches deadlock
HOCKET_OPTIONS=deadlock=return run "$HOCKET" run "$PROGRAM" deadlock 8
exits 8
err_matches deadlock
run "$HOCKET" run "$PROGRAM" panic 0
exits 134
err_matches '^hocket: panic: '
err_matches "^hocket: $PROGRAM was killed by signal 6 \(Aborted\)$"

# Found in PATH as well, and by a name without a folder only there.
ln -s "$PROGRAM" "$work/found"
PATH=$work:$PATH run "$HOCKET" run found code 5
exits 5
run "$HOCKET" run found code 5
exits 127
says "hocket: found: no such program in PATH"
run "$HOCKET" run ./missing
exits 127
says "hocket: ./missing: no such program, or its interpreter is missing"

printf '#!/nowhere/interpreter\n' >interpreted
chmod +x interpreted
run "$HOCKET" run ./interpreted
exits 127
says "hocket: ./interpreted: no such program, or its interpreter is missing"
run "$HOCKET" run "$work"
exits 126
says "hocket: $work: cannot be run: Permission denied"
touch plain
run "$HOCKET" run ./plain
exits 126
says "hocket: ./plain: cannot be run: Permission denied"
run "$HOCKET" run ./plain/below
exits 126
says "hocket: ./plain/below: cannot be run: Not a directory"

# No descriptor is left for the pipe to the child.
run bash -c "ulimit -n 4; exec '$HOCKET' run true"
exits 71
says "hocket: true: cannot be run: Too many open files"

not_hocket() {
	exits 65
	says "hocket: $1 is not a Hocket program: it never called hk_run() to its end, so there was\
 no execution to choose"
}
run "$HOCKET" run true
not_hocket true
run "$HOCKET" run --as parallel --workers 2 --stats true
not_hocket true
run "$HOCKET" run "$PROGRAM" leave 0
not_hocket "$PROGRAM"

# Its own failure counts more.
run "$HOCKET" run false
exits 1
says
run "$HOCKET" run --stats false
exits 1
says "hocket: false ended before an hk_run() did: there are no counters"
run "$HOCKET" run "$PROGRAM" leave 7
exits 7
says
finish
