#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: bench/run measures what it was asked for, prints it in the form that bench/README.md gives,
# computes medians and ratios rightly, and says what is missing, wrong or too slow.
set -u
: "${BENCH:?}" "${BUILD:?}"
export LC_ALL=C
unset HOCKET_OPTIONS
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
python=$(python3 -c 'import sys; print(sys.executable)') || exit 1
failures=0

fail() {
	printf 'FAILED: %s\n  command: %s\n  exit code: %s\n' "$1" "$ran" "$code"
	sed 's/^/  stdout: /' "$work/out"
	sed 's/^/  stderr: /' "$work/err"
	failures=$((failures + 1))
}

# run CODE ARGUMENT...: bench/run with them has to end with this code.
run() {
	local expected=$1
	shift
	ran="bench/run $*"
	"$python" "$BENCH" "$@" >"$work/out" 2>"$work/err"
	code=$?
	[ $code = "$expected" ] || fail "exit code $expected expected"
}

err_has() {
	grep -qF -- "$1" "$work/err" || fail "stderr expected to have: $1"
}

out_is() {
	[ "$(cat "$work/out")" = "$1" ] || fail "stdout expected: $1"
}

out_matches() {
	grep -qE -- "$1" "$work/out" || fail "stdout expected to match: $1"
}

# fake NAME: a build with one program of Hocket's, whose body is on standard input.
fake() {
	mkdir -p "$work/build/bench"
	{
		echo '#!/bin/sh'
		cat
	} >"$work/build/bench/hocket-$1"
	chmod +x "$work/build/bench/hocket-$1"
}

# What cannot be understood runs nothing.
run 64 --only nosuch
err_has "bench: no row or figure is named 'nosuch'; the rows are: "
out_is ""
run 64 --only mutex --peers nobody
err_has "bench: no peer is named 'nobody'; they are: pthreads, "
out_is ""
run 64 --only mutex --rounds 0
err_has "bench: --rounds 0: must be 1 or more"
run 64 --only mutex --limit 0
run 64 --cook
out_is ""

# The names of the figures: a row, a figure in all cases, one figure.
run 0 --list
for name in lateness_p50_w1_s1 lateness_p99_w2_s10 lateness_socket_p99_w1_s10 slice_cost_w2_s1 \
	beside_spin_p99_w1 beside_block_p99_w2 yield_w1 spawn_w2 pingpong_w1 mutex channel_1x1_w1 \
	channel_4x4_w2 handoff_w2 select_n2 select_cost_n16 mutex_rate_t8_w2 mutex_share_t64_w2 \
	semaphore_rate_t64_w2 rwlock_share_t8_w2 cancel_w1 future_w2 future_cost_w1; do
	out_matches "^$name\$"
done
run 0 --list --only lateness_p99,yield_w2
out_is "lateness_p99_w1_s1
lateness_p99_w1_s10
lateness_p99_w2_s1
lateness_p99_w2_s10
yield_w2"

# A real figure, beside a peer, and without one: that is said, and no failure.
value='[0-9.]+'
run 0 --build "$BUILD" --only mutex --rounds 1 --peers pthreads
out_matches "^mutex $value ns pthreads $value $value\$"
[ "$(wc -l <"$work/out")" = 1 ] || fail "one line expected"
err_has "other peers"
mkdir "$work/empty"
PATH=$work/empty run 0 --build "$BUILD" --only mutex --rounds 1 --peers go
err_has "bench: peer go is missing: there is no program 'go'"
out_matches "^mutex $value ns - - -\$"

# Median, smallest and largest of the rounds, and the ratio to the same without slices: computed
# from programs whose figures are known.
fake slice_cost <<END
for argument; do
	case \$argument in
	slice_us=-1) echo "slice_cost 20 ms"; echo "slice_cost_wall 10 ms"; exit ;;
	esac
done
echo x >>"$work/rounds"
case \$(wc -l <"$work/rounds") in
1) echo "slice_cost 90 ms" ;;
2) echo "slice_cost 21 ms" ;;
3) echo "slice_cost 25 ms" ;;
esac
echo "slice_cost_wall 10 ms"
END
run 0 --build "$work/build" --only slice_cost_w1_s10 --rounds 3 --peers go
out_is "slice_cost_w1_s10 25 ms no_slices 20 1.250"
err_has "25 (21 ... 90)"
rm "$work/rounds"
run 0 --build "$work/build" --only slice_cost_w1_s10 --rounds 3 --peers go --json
python3 - "$work/out" <<'END' || fail "JSON with median 25, min 21, max 90 and ratio 1.25 expected"
import json
import sys
done = json.load(open(sys.argv[1]))
figure, = done["figures"]
assert figure["name"] == "slice_cost_w1_s10" and figure["unit"] == "ms"
assert figure["hocket"] == {"median": 25, "min": 21, "max": 90}
assert figure["peer"] == "no_slices" and figure["ratio"] == 1.25
assert done["rounds"] == 3 and done["machine"] and done["kernel"]
END

# More is better of a rate and of a share: the ratio is the other way round.
fake mutex_contended <<END
echo "mutex_rate 20 M/s"
echo "mutex_share 0.5 share"
END
"$python" - "$BENCH" "$work/build" >"$work/out" 2>"$work/err" <<'END' || fail "ratios 1.5 and 1.8"
import pathlib
import sys
sys.dont_write_bytecode = True
bench, build = map(pathlib.Path, sys.argv[1:])
sys.path.insert(0, str(bench.parent / "harness"))
import programs
import report
figures = programs.run(build / "bench" / "hocket-mutex_contended", {}, 20)
peers = {"mutex_rate": {"go": [30], "tokio": [10]}, "mutex_share": {"go": [0.1], "tokio": [0.9]}}
best = {"mutex_rate": ("go", 1.5), "mutex_share": ("tokio", 1.8)}
for name, (value, unit) in figures.items():
    figure = report.Figure(name, unit, [value], peers[name])
    assert (figure.ranked[0], figure.ratio()) == best[name], figure.line()
END

# A program that hangs is killed, one that fails or talks nonsense is named; none has a figure.
fake mutex <<END
sleep 1000 &
echo \$! >"$work/pid"
wait
END
run 1 --build "$work/build" --only mutex --peers go --limit 0.5
err_has "bench: hocket hocket-mutex: killed: not done after 0.5 s"
err_has "bench: mutex: Hocket has no figure"
out_is ""
lives() {
	kill -0 "$(cat "$work/pid")" 2>/dev/null &&
		! grep -q '^State:.*Z' "/proc/$(cat "$work/pid")/status" 2>/dev/null
}
# The signal has been sent; a busy machine takes a moment to carry it out.
for ((tenths = 0; tenths < 100; tenths++)); do
	lives || break
	sleep 0.1
done
if lives; then
	fail "a process of the killed program is left"
fi
fake mutex <<<'echo "no luck" >&2; exit 3'
run 1 --build "$work/build" --only mutex --peers go
err_has "bench: hocket hocket-mutex: exit code 3: no luck"
fake mutex <<<'echo "mutex fast"'
run 1 --build "$work/build" --only mutex --peers go
err_has "bench: hocket hocket-mutex: printed 'mutex fast' where 'name value unit' was expected"
rm "$work/build/bench/hocket-mutex"
run 1 --build "$work/build" --only mutex --peers go
err_has "is not built: ninja -C $work/build bench-programs"

# Each program, briefly, checks its own work and prints what its row says.
brief() {
	local figures=$1 program=hocket-$2
	shift 2
	ran="$program $*" code=0
	"$BUILD/bench/$program" "$@" >"$work/out" 2>"$work/err" || code=$?
	[ $code = 0 ] || fail "exit code 0 expected"
	[ "$(cut -d' ' -f1,3 "$work/out" | tr '\n' ' ')" = "$figures " ] || fail "$figures expected"
}
for workers in 1 2; do
	brief "channel ns" channel workers=$workers pairs=1
	brief "channel ns" channel workers=$workers pairs=4
	brief "handoff ns" handoff workers=$workers
	brief "cancel us" cancel workers=$workers tasks=1000
	brief "future ns future_cost x" future workers=$workers
done
for channels in 2 16; do
	brief "select ns select_cost x" select channels=$channels
done
for tasks in 8 64; do
	brief "mutex_rate M/s mutex_share share" mutex_contended tasks=$tasks ms=50
	brief "semaphore_rate M/s semaphore_share share" semaphore tasks=$tasks ms=50
	brief "rwlock_rate M/s rwlock_share share" rwlock tasks=$tasks ms=50
done

# The programs themselves refuse what they do not know.
ran=hocket-yield code=0
"$BUILD/bench/hocket-yield" cooks=1 >"$work/out" 2>"$work/err" || code=$?
[ $code = 64 ] || fail "exit code 64 expected"
err_has "'cooks=1': must be NAME=NUMBER with a name of: workers"
[ $failures = 0 ]
