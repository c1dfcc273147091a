#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: keys are echoed and timed, whoever types; the terminal is always given back.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lab.sh
. "$(dirname "$0")/lab.sh"

json console <<END
assert names == ["sequential", "concurrent", "parallel", "combined"]
assert lab["typist"] == "process"
for e in executions:
    assert e["keys"] == 100
    assert 0 < e["echo_p50_ns"] <= e["echo_p99_ns"] <= e["echo_max_ns"] < e["wall_ns"] * 1.1
# the hogs come first: whoever runs one task at a time hears nobody meanwhile
assert by_name["sequential"]["echo_p50_ns"] > 100e6
concurrent, sequential = by_name["concurrent"], by_name["sequential"]
assert concurrent["echo_p50_ns"] < sequential["echo_p50_ns"] / 2 or not interrupts
END
people console 'execution +workers +wall +CPU +idle +p50 +p99$'

# At a terminal the keys are what is typed there, and they are echoed once, by tasks.
# session KEYS: types KEYS at a terminal under the experiment, then says how it was left.
session() {
	ran="script: hocket lab console, typing $1"
	code=-
	: >"$work/err"
	cat >"$work/session.sh" <<'END'
stty -a | tr ';' '\n' | grep -E 'icanon|susp|quit' >before
"$HOCKET" lab console --json >json 2>errors
code=$?
printf '\ncode %s\n' "$code"
stty -a | tr ';' '\n' | grep -E 'icanon|susp|quit' >after
: >over
END
	rm -f errors json over
	(
		for ((i = 0; i < 200; i++)); do
			grep -qs sequential errors && break
			sleep 0.05
		done
		sleep 0.5
		printf '%b' "$1"
		for ((i = 0; i < 1000; i++)); do
			[ -e over ] && break
			sleep 0.05
		done
	) | script -qec "bash session.sh" /dev/null >"$work/out"
	cmp -s before after || fail "the terminal was not given back: $(cat after)"
}
session 'hey'
out_matches 'hey'
out_matches '^code 0'
python3 - json <<'END' || fail "the JSON of keys typed at a terminal"
import json, sys
lab = json.load(open(sys.argv[1]))
assert lab["typist"] == "person"
assert lab["executions"][0]["keys"] == 3, lab["executions"]
END
session '\003'
out_matches '^code 130'
grep -q 'interrupted' errors || fail "a sentence on the interruption expected"
finish
