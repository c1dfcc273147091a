#!/bin/bash
# SPDX-License-Identifier: MIT
# Goal: programs run under valgrind as they are: no error, no leak, the right result. Method: tasks
# that are interrupted, and an example, on 1 and 2 workers. --fair-sched, since valgrind runs one
# thread at a time, and would else let one that computes keep the others from running.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

# check EXPECTED OPTIONS PROGRAM
check()
{
	out=$(HOCKET_OPTIONS="$2" valgrind --fair-sched=yes --leak-check=full --error-exitcode=99 \
		--log-file="$tmp/log" "$3") || fail "$3 with $2: exit code $?: $(cat "$tmp/log")"
	[ "$out" = "$1" ] || fail "$3 with $2: '$out', not '$1'"
	grep -q 'ERROR SUMMARY: 0 errors' "$tmp/log" || fail "$3 with $2: $(cat "$tmp/log")"
}

for workers in 1 2; do
	check 'result 0' "workers=$workers:slice=1ms:stats=$tmp/stats" "$HOGS"
	interrupted "$tmp/stats"
done
if [ -n "${HELLO:-}" ]; then
	check $'fries: ready\nmeat: ready\nvegetables: ready' exec=sequential "$HELLO"
fi
