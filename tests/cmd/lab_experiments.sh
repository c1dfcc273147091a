#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: each experiment that runs this command's own programs measures what it claims to.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# json NAME: runs it with --json and checks what all have; the rest of the check comes on stdin.
json() {
	run "$HOCKET" lab "$1" --json
	exits 0
	says
	cat - >"$work/check.py"
	python3 - "$work/out" "$1" "$work/check.py" <<'END' || fail "the JSON of $1"
import json, sys
lab = json.load(open(sys.argv[1]))
assert lab["experiment"] == sys.argv[2] and lab["claim"] and lab["sentence"]
executions = lab["executions"]
assert len({e["result"] for e in executions}) == 1
for e in executions:
    assert e["workers"] >= 1 and e["wall_ns"] > 0 and e["cpu_ns"] > 0 and 0 <= e["idle"] <= 1
names = [e["name"] for e in executions]
by_name = dict(zip(names, executions))
exec(open(sys.argv[3]).read())
END
}

four='assert names == ["sequential", "concurrent", "parallel", "combined"]'

json waiting <<END
$four
sequential, concurrent = by_name["sequential"], by_name["concurrent"]
assert sequential["idle"] > 0.1, sequential
assert concurrent["idle"] < sequential["idle"] / 2, concurrent
END

json lock <<END
$four
assert all(e["holds"] == 4 for e in executions)
assert by_name["sequential"]["waits"] == 0
for name in "concurrent", "combined":
    assert by_name[name]["waits"] >= 2
    assert 0 < by_name[name]["third_ran_ns"] <= by_name[name]["waited_ns"]
END

json semaphore <<END
$four
assert (lab["ovens"], lab["cooks"]) == (3, 10)
assert by_name["sequential"]["ovens_in_use_most"] == 1
assert by_name["sequential"]["waits"] == 0
assert by_name["concurrent"]["ovens_in_use_most"] == 3
assert by_name["concurrent"]["overtook"] == 0
assert all(e["ovens_in_use_most"] <= 3 for e in executions)
assert all(sorted(e["order"]) == list(range(1, 11)) for e in executions)
END

json cores <<END
workers = [e["workers"] for e in executions]
assert workers[0] == 1 and workers == sorted(set(workers)) and workers[-1] == 2 * lab["cpus"]
assert lab["cpus"] in workers
for e in executions:
    assert abs(e["speedup"] - executions[0]["wall_ns"] / e["wall_ns"]) < 1e-6
    assert abs(e["efficiency"] - e["speedup"] / e["workers"]) < 1e-6
assert "amdahl" in lab and "usl" in lab
END

# For people: a table, lanes, a sentence; plain and no wider than asked for.
for name in waiting lock semaphore cores; do
	COLUMNS=60 run "$HOCKET" lab "$name"
	exits 0
	says
	[ "$(wc -L <"$work/out")" -le 60 ] || fail "no line wider than 60 expected"
	! grep -qP '[^\n\x20-\x7e]' "$work/out" || fail "plain ASCII expected"
	out_matches "^$name: "
	out_matches '^  execution +workers +wall +CPU +idle'
	out_matches '^  result: [0-9a-f]{8} in all of them$'
	out_matches '\|[A-Z0-9#.-]+$'
	HOCKET_OPTIONS=stall=soon run "$HOCKET" lab "$name"
	exits 64
	err_matches '^hocket: HOCKET_OPTIONS: .*stall'
	[ "$(wc -l <"$work/err")" = 1 ] || fail "one sentence expected"
done
finish
