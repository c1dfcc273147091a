#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: hocket lab kitchen measures one binary four times, its results are equal, and it looks as
# the place where it is shown allows.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"

kebab=$(realpath "$(dirname "$HOCKET")/../examples/kebab")
mkdir food
head -c 300000 "$HOCKET" >food/one
head -c 200000 "$HOCKET" >food/two
quick=(lab kitchen --input food --orders 4)

run "$HOCKET" "${quick[@]}" --json
exits 0
says
python3 - "$work/out" "$kebab" "$(sha256sum <"$kebab")" <<'END' || fail "the JSON"
import json, sys
lab = json.load(open(sys.argv[1]))
assert lab["experiment"] == "kitchen" and lab["cpus"] >= 1
assert lab["program"] == sys.argv[2]
assert lab["sha256"] == sys.argv[3].split()[0]
executions = lab["executions"]
assert [e["name"] for e in executions] == ["sequential", "concurrent", "parallel", "combined"]
assert [e["workers"] for e in executions] == [1, 1, 3, 3]
assert len({e["result"] for e in executions}) == 1
for e in executions:
    assert e["wall_ns"] > 0 and e["cpu_ns"] > 0 and 0 <= e["idle"] <= 1
one = executions[0]["wall_ns"]
for saved, e in zip(("switching", "three_chefs", "three_chefs_switching"), executions[1:]):
    assert abs(lab["saved"][saved] - (1 - e["wall_ns"] / one)) < 1e-6
    percent = round(abs(lab["saved"][saved]) * 100)
    assert percent == 0 or f" {percent} %" in lab["sentence"]
END

# no_wider_than COLUMNS, plain, no_longer_than LINES: of standard output, without colours
no_wider_than() {
	python3 - "$work/out" "$1" <<'END' || fail "no line wider than $1 expected"
import re, sys
text = open(sys.argv[1], encoding="utf-8", newline="").read().replace("\r", "")
lines = [re.sub("\033\\[[0-9;]*m", "", line) for line in text.split("\n")]
sys.exit(max(map(len, lines)) > int(sys.argv[2]))
END
}
plain() {
	! grep -qP '[^\t\n\r\x20-\x7e]' "$work/out" || fail "plain ASCII expected"
}
no_longer_than() {
	[ "$(wc -l <"$work/out")" -le "$1" ] || fail "no more than $1 lines expected"
}

for columns in 60 80 120; do
	COLUMNS=$columns run "$HOCKET" "${quick[@]}"
	exits 0
	says
	plain
	no_wider_than "$columns"
	no_longer_than 40
	[ "$(grep -c "$(sha256sum <"$kebab" | cut -c1-32)" "$work/out")" = 1 ] ||
		fail "the SHA-256 once expected"
	[ "$(grep -cE '^ +[a-z]* +[1-3]\|[A-Da-d#.]' "$work/out")" = 8 ] ||
		fail "a lane for each chef expected"
	out_matches 'one chef'
done

# at_terminal VARIABLE=VALUE...: what a terminal with no known size gets on stdout
at_terminal() {
	ran="script: env $* hocket ${quick[*]}"
	env TERM=xterm "$@" script -qec "'$HOCKET' ${quick[*]} 2>err" /dev/null \
		</dev/null >"$work/out"
	code=$?
}

at_terminal COLUMNS=70 LC_ALL=C.UTF-8
exits 0
no_wider_than 70
out_matches $'\033\\[0;32m'
LC_ALL=C.UTF-8 out_matches '█'

at_terminal COLUMNS=70 LC_ALL=C
exits 0
out_matches $'\033\\[0;32m'
out_matches '[AB]'
! grep -q '█' "$work/out" || fail "no blocks expected where the locale has none"

for variable in NO_COLOR=1 TERM=dumb; do
	at_terminal COLUMNS=100 LC_ALL=C.UTF-8 "$variable"
	exits 0
	plain
	no_wider_than 100
done

# What cannot be cooked.
run "$HOCKET" lab kitchen --input food --input "$work/no such file"
exits 66
says "hocket lab kitchen: --input '$work/no such file': No such file or directory"
mkdir empty
run "$HOCKET" lab kitchen --input empty
[ "$code" != 0 ] || fail "an error expected"
err_matches '^kebab: nothing to cook'
exits "$code"

# Without kebab, sha256sum or a folder to write to.
mkdir alone
cp "$HOCKET" alone/hocket
libraries=$(ldd "$HOCKET" | sed -n 's/.*=> \(.*\)\/libhocket.*/\1/p')
LD_LIBRARY_PATH=$libraries run alone/hocket lab kitchen
exits 69
err_matches '^hocket lab kitchen: the program kebab is not in .*: build the examples'
PATH=$work/alone run "$HOCKET" "${quick[@]}"
exits 69
says "hocket: sha256sum: no such program in PATH"
TMPDIR=$work/nowhere run "$HOCKET" "${quick[@]}"
code=$code exits 73
err_matches "^hocket lab: no folder .*'$work/nowhere' \(No such file or directory\)"

# A kebab that fails speaks for itself; results that differ are an error.
mkdir -p fake/cmd fake/examples
cp "$HOCKET" fake/cmd/hocket
printf '#!/bin/sh\necho "kebab: the meat is off" >&2\nexit 65\n' >fake/examples/kebab
chmod +x fake/examples/kebab
LD_LIBRARY_PATH=$libraries run fake/cmd/hocket lab kitchen
exits 65
says "kebab: the meat is off"
prints_nothing
cat >fake/examples/kebab <<END
#!/bin/sh
'$kebab' "\$@" | sed 's/checksum .*/checksum '\$\$/
END
LD_LIBRARY_PATH=$libraries run fake/cmd/hocket "${quick[@]}"
exits 70
says "hocket lab kitchen: the results of the executions differ"
printf '#!/bin/sh\necho nothing to see: 0\n' >fake/examples/kebab
LD_LIBRARY_PATH=$libraries run fake/cmd/hocket "${quick[@]}"
exits 70
says "hocket lab: the program of this experiment ran no tasks"
finish
