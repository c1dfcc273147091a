#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: hocket lab lists its experiments, and says what is wrong with its arguments.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

experiments="kitchen freeze waiting console slices switching illusion crowd cores lock semaphore
threads corrupt order deadlock"

run "$HOCKET" lab
exits 0
says
for name in $experiments; do
	out_matches "^$name +[a-z]"
done

run "$HOCKET" lab --json
exits 0
# shellcheck disable=SC2086 # a list of names
python3 - "$work/out" $experiments <<'END' || fail "the list as JSON"
import json, sys
items = json.load(open(sys.argv[1]))
assert [item["name"] for item in items] == sys.argv[2:]
assert all(item["claim"] for item in items)
END

run "$HOCKET" lab --help
exits 0
for option in --json --input --orders --tasks --hog-ms --runs --help; do
	out_matches "^ +$option"
done
for name in $experiments; do
	run "$HOCKET" lab "$name" --help
	exits 0
	out_matches "^Usage: hocket lab $name"
	says
done

# refused SENTENCE ARGUMENT...
refused() {
	local sentence=$1
	shift
	run "$HOCKET" lab "$@"
	exits 64
	says "$sentence"
	prints_nothing
}

refused "hocket lab: unknown experiment 'cellar': hocket lab lists them" cellar
refused "hocket lab: unknown experiment '': hocket lab lists them" ""
refused "hocket lab: 'lock' is too much: name one experiment" kitchen lock
refused "hocket lab: option '--burn': unknown or ambiguous: see hocket lab --help" kitchen --burn
refused "hocket lab: option '-x': unknown: see hocket lab --help" kitchen -x
refused "hocket lab: option '--input': it needs a value: see hocket lab --help" kitchen --input
for number in 0 -1 many 3x "" 1000001 99999999999999999999; do
	refused "hocket lab: --orders '$number': must be 1 ... 1000000" kitchen --orders "$number"
done
refused "hocket lab: --tasks '1000001': must be 1 ... 1000000" crowd --tasks 1000001
refused "hocket lab: --hog-ms '0': must be 1 ... 60000" freeze --hog-ms 0
for number in 0 100001 few; do
	refused "hocket lab: --runs '$number': must be 1 ... 100000" corrupt --runs "$number"
done
refused "hocket lab: --runs is for the experiments corrupt and order only" deadlock --runs 3
refused "hocket lab: --runs is for the experiments corrupt and order only" --runs 3
refused "hocket lab: --orders is for the experiment kitchen only" lock --orders 3
refused "hocket lab: --tasks is for the experiment crowd only" freeze --tasks 3
refused "hocket lab: --hog-ms is for the experiment freeze only" crowd --hog-ms 3
refused "hocket lab: --hog-ms is for the experiment freeze only" --hog-ms 3
refused "hocket lab: --input is for the experiment kitchen only" waiting --input /dev/null
refused "hocket lab: --input is for the experiment kitchen only" --input /dev/null

# What the command says to itself is checked as well.
refused "hocket lab: unknown experiment '': hocket lab lists them" --child
refused "hocket lab: --child is not for kitchen" --child kitchen 1
for number in "" 0 x -1 4294967295; do
	refused "hocket lab: --child lock takes 1 number, none of them 0" --child lock "$number"
done
refused "hocket lab: --child freeze takes 3 numbers, none of them 0" --child freeze 1 1
refused "hocket lab: --child corrupt takes 2 numbers, none of them 0" --child corrupt 1 0
refused "hocket lab: --child order takes 3 numbers, none of them 0" --child order 1 1
refused "hocket lab: --child deadlock takes 2 numbers, none of them 0" --child deadlock
refused "hocket lab: --child deadlock 4: there are ways 1 ... 3" --child deadlock 4 1
refused "hocket lab: --child cores takes 2 numbers, none of them 0" --child cores 1
finish
