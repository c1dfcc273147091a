#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: --stats says what the program did; counters that are damaged are said to be. The naps last
# far longer than it takes a busy machine to start the program's threads.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"

run "$HOCKET" run --as concurrent --stats "$PROGRAM" naps 300
exits 0
prints_nothing
err_matches "^hocket: run 'main', concurrent$"
err_matches '^  workers      1, on [0-9]+ CPUs?$'
err_matches '^  wall time    [0-9.]+ (ms|s)$'
err_matches '^  CPU time     [0-9.]+ (us|ms|s) \([0-9.]+ CPUs busy on average\)$'
err_matches '^  result       0$'
err_matches '^  tasks        4$'
err_matches '^  switches     [1-9][0-9]*$'
err_matches '^  wakes        [1-9][0-9]* \([0-9]+ by timeout, 0 by cancellation\)$'
err_matches '^  parks        [1-9][0-9]* \(.*join 1.*sleep 3\)$'
err_matches '^  slices       [0-9]+ \(turns ended for others\)$'
err_matches '^  overruns     [0-9]+ \([0-9]+ late, [0-9]+ for want of a kernel thread\)$'
err_matches '^  retakes      [0-9]+ \(workers taken from calls that block\)$'
err_matches '^  idle         (100|[5-9][0-9])\.[0-9] %$'
err_matches '^    worker 0   [0-9.]+ % \(4 tasks started, [0-9]+ switches\)$'
err_matches '^  stack        [1-9][0-9.]* KiB used at most, of 256\.0 KiB$'

# Three naps of 300 ms: one after the other, or at the same time.
wall() {
	sed -nE 's/^  wall time    ([0-9.]+) (ms|s)$/\1 \2/p' "$work/err" |
		awk '{ printf "%d", $2 == "s" ? $1 * 1000 : $1 }'
}
together=$(wall)
run "$HOCKET" run --as sequential --stats "$PROGRAM" naps 300
exits 0
err_matches "^hocket: run 'main', sequential$"
[ "$(wall)" -ge 900 ] || fail "at least 900 ms expected"
[ "${together:-9999}" -lt "$(wall)" ] || fail "concurrent took $together ms, sequential not more"

# More workers than CPUs are made, and said.
cpus=$(nproc)
run "$HOCKET" run --as parallel --workers $((cpus + 1)) --stats "$PROGRAM" code 0
exits 0
err_matches "^  workers      $((cpus + 1)), on $cpus CPUs?: more workers than CPUs"
[ "$(grep -c '^    worker ' "$work/err")" = $((cpus + 1)) ] ||
	fail "a line for each worker expected"
run "$HOCKET" run --as parallel --workers 1 --stats "$PROGRAM" code 0
exits 0
! grep -q 'more workers' "$work/err" || fail "one worker is not too many"

# A failed run, and several runs.
run "$HOCKET" run --stats "$PROGRAM" result -5
exits 0
err_matches '^  result       -5 \(.+\)$'
run "$HOCKET" run --stats "$PROGRAM" runs 3
exits 0
[ "$(grep -c "^hocket: run 'even'" "$work/err")" = 2 ] || fail "two even runs expected"
[ "$(grep -c "^hocket: run 'odd'" "$work/err")" = 1 ] || fail "one odd run expected"

# damaged SENTENCE TEXT: counters as a program that writes them itself could leave them.
cat >writer <<'END'
#!/bin/sh
printf '%b' "$TEXT" >"${HOCKET_OPTIONS##*stats=}"
exit "${1:-0}"
END
chmod +x writer
damaged() {
	TEXT=$2 run "$HOCKET" run --stats ./writer
	exits 74
	err_matches "^hocket: $TMPDIR/hocket-......, line 1: not the counters of a run: $1$"
	[ "$(wc -l <"$work/err")" = 1 ] || fail "one sentence expected"
}
damaged "it is not a JSON object" 'nonsense\n'
damaged "it is not a JSON object" '[1]\n'
damaged "it is not a JSON object" '{"name":"main"} {}\n'
damaged "it is not a JSON object" '\n'
damaged "it is cut short" '{"name":"main"'
damaged "no text name" '{"name":1}\n'
damaged "no number workers" '{"name":"main","execution":"combined"}\n'
damaged "out of range: workers" '{"name":"main","execution":"combined","workers":-1}\n'
TEXT=nonsense run "$HOCKET" run ./writer 5
exits 5
finish
