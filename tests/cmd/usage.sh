#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: whatever cannot be understood is refused before anything runs, in one sentence, with 64.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"

# refused SENTENCE ARGUMENT...
refused() {
	local sentence=$1
	shift
	run "$HOCKET" "$@"
	exits 64
	says "$sentence"
	prints_nothing
}

refused "hocket: no command was given: see hocket --help"
refused "hocket: unknown command 'cook': see hocket --help" cook
refused "hocket: unknown command 'cook': see hocket --help" help cook
refused "hocket help: 'run' is too much: name one command" help doctor run
refused "hocket: option '--cook': unknown or ambiguous: see hocket --help" --cook
refused "hocket: option '-c': unknown: see hocket --help" -c
refused "hocket: option '--help=x': it takes no value: see hocket --help" --help=x

refused "hocket run: no program was given: see hocket run --help" run
refused "hocket run: no program was given: see hocket run --help" run --stats --
refused "hocket run: option '--as': it needs a value: see hocket run --help" run --as
refused "hocket run: option '--slow': unknown or ambiguous: see hocket run --help" \
	run --slow "$PROGRAM" code 0
refused "hocket run: option '--stats=1': it takes no value: see hocket run --help" \
	run --stats=1 "$PROGRAM" code 0
refused "hocket run: --as 'fast': must be sequential, concurrent, parallel or combined" \
	run --as fast "$PROGRAM" code 0
refused "hocket run: --as '': must be sequential, concurrent, parallel or combined" \
	run --as '' "$PROGRAM" code 0
for workers in 0 -1 1025 10000 99999999999999999999 2x x '' ' ' 1.5; do
	refused "hocket run: --workers '$workers': must be 1 ... 1024" \
		run --workers "$workers" "$PROGRAM" code 0
done

refused "hocket doctor: 'me' is too much: it takes no arguments" doctor me
refused "hocket doctor: option '--json': unknown or ambiguous: see hocket doctor --help" \
	doctor --json

# What is asked for goes to stdout.
for command in --help -h help "run --help" "run -h" "help run" "doctor --help" "help doctor"; do
	# shellcheck disable=SC2086
	run "$HOCKET" $command
	exits 0
	says
	out_matches '^Usage: hocket'
done
run "$HOCKET" --version
exits 0
says
out_matches '^hocket [0-9]+\.[0-9]+\.[0-9]+$'

# The program's own options are not ours.
run "$HOCKET" run sh -c 'echo "$1"; exit 3' sh --stats
exits 3
says
out_matches '^--stats$'
finish
