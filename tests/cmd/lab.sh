# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of experiments share; lib.sh comes first.

# ThreadSanitizer keeps a signal back until the program calls something: there a loop that calls
# nothing is never interrupted. (Python: whether loops are.)
interrupts=True
! grep -q __tsan_init "$HOCKET" || interrupts=False

# json NAME [OPTION...]: runs it with --json and checks what all have; the rest of the check comes
# on stdin.
json() {
	run "$HOCKET" lab "$@" --json </dev/null
	exits 0
	says
	cat - >"$work/check.py"
	python3 - "$work/out" "$1" "$work/check.py" "$interrupts" <<'END' || fail "the JSON of $1"
import json, re, sys
lab = json.load(open(sys.argv[1]))
assert lab["experiment"] == sys.argv[2] and lab["claim"] and lab["sentence"]
executions = lab["executions"]
interrupts = sys.argv[4] == "True"
assert len({e["result"] for e in executions}) == 1
for e in executions:
    assert e["workers"] >= 1 and e["wall_ns"] > 0 and e["cpu_ns"] > 0 and 0 <= e["idle"] <= 1
names = [e["name"] for e in executions]
by_name = dict(zip(names, executions))
exec(open(sys.argv[3]).read())
END
}

# people NAME COLUMNS [OPTION...]: a table with these columns, a drawing, a sentence; plain and no
# wider than asked for.
people() {
	local columns=$2
	set -- "$1" "${@:3}"
	COLUMNS=60 run "$HOCKET" lab "$@" </dev/null
	exits 0
	says
	[ "$(wc -L <"$work/out")" -le 60 ] || fail "no line wider than 60 expected"
	! grep -qP '[^\n\x20-\x7e]' "$work/out" || fail "plain ASCII expected"
	! grep -q ' $' "$work/out" || fail "no blanks at the ends of lines expected"
	out_matches "^$1: "
	out_matches "^  $columns"
	out_matches '^  result: [0-9a-f]{8} in all of them$'
	out_matches '\|[A-Za-z0-9#.-]+$'
	HOCKET_OPTIONS=stall=soon run "$HOCKET" lab "$@" </dev/null
	exits 64
	err_matches '^hocket: HOCKET_OPTIONS: .*stall'
	[ "$(wc -l <"$work/err")" = 1 ] || fail "one sentence expected"
}
