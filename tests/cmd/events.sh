#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: --events writes a file that can be read; a path that cannot be written is refused before
# the program runs; a damaged file is refused with what is wrong with it. READ_EVENTS prints one.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"
: "${READ_EVENTS:?}"

# refused CODE SENTENCE PATH: the program, which would print, has not run.
refused() {
	run "$HOCKET" run --events "$3" "$PROGRAM" wait 0
	exits "$1"
	says "$2"
	prints_nothing
}
refused 73 "hocket run: --events 'no/such': cannot be written: No such file or directory" no/such
refused 73 "hocket run: --events '$work': cannot be written: Is a directory" "$work"
refused 64 "hocket run: --events 'a:b': must be a path without ':'" a:b
refused 64 "hocket run: --events '': must be a path without ':'" ''
mkfifo pipe
refused 73 "hocket run: --events 'pipe': cannot be written: No such device or address" pipe

# No program, no file; but what was there stays.
run "$HOCKET" run --events new ./missing
exits 127
[ ! -e new ] || fail "an empty file was left"
: >old
run "$HOCKET" run --events old ./missing
exits 127
[ -e old ] || fail "a file of the user was removed"

run "$HOCKET" run --as parallel --workers 3 --events good "$PROGRAM" code 0
exits 0
run "$READ_EVENTS" good
exits 0
says
out_matches '^parallel 3$'
out_matches '^1 0 main '
out_matches '^2 1 nap .*program\.c:[0-9]+$'
out_matches '^4 1 nap .*program\.c:[0-9]+$'
out_matches '^end 4$'

# Several runs: the last one is read.
run "$HOCKET" run --as concurrent --events good "$PROGRAM" runs 2
exits 0
run "$READ_EVENTS" good
exits 0
out_matches '^concurrent 1$'
out_matches '^1 0 odd '
out_matches '^end 4$'
[ "$(grep -c ' nap ' "$work/out")" = 3 ] || fail "three tasks of the last run expected"

# The file is found again when the program changes its folder first.
mkdir below
run "$HOCKET" run --events here sh -c 'cd below && exec "$0" code 0' "$PROGRAM"
exits 0
[ -s here ] || fail "the events are not in the folder where hocket was started"

damaged() {
	run "$READ_EVENTS" "$1"
	exits 1
	says "hocket: $1 is not a valid events file: $2"
	prints_nothing
}
run "$READ_EVENTS" nothing
exits 1
says "hocket: nothing cannot be read: No such file or directory"
: >empty
damaged empty "it is empty"
head -c 20 good >short
damaged short "it is cut short"
head -c -1 good >short
damaged short "its last record is cut short"
printf '%064d' 0 >other
damaged other "it does not begin with HOCKETEV"
head -c 32 good >bare
damaged bare "it holds no run"

# patch OFFSET BYTES: a copy of good with other bytes there.
patch() {
	cp good patched
	# shellcheck disable=SC2059
	printf "$2" | dd of=patched bs=1 seek="$1" conv=notrunc status=none
}
patch 8 '\x63'
damaged patched "it was written by another version of Hocket"
patch 12 '\x21'
damaged patched "its records have another size"
# time, task, argument, thread, worker, kind, cause
record() {
	printf '\xff\xff\xff\xff\xff\xff\xff\x7e\1\0\0\0\0\0\0\0'
	# shellcheck disable=SC2059
	printf "\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0$1"
}
append() {
	cp good appended
	record "$1" >>appended
	damaged appended "$2"
}
append '\0\0\x63\0' "it holds a record of an unknown kind"
append '\x07\0\x03\0' "it names a worker that the run does not have"
append '\0\0\x04\x63' "it names an unknown reason to wait"
append '\0\0\x05\x63' "it names an unknown end of a wait"
append '\0\0\x02\x01' "the text of its last task is cut short"
append '\0\0\x01\0' "its number of workers is out of range"
cp good appended
record '\0\0\x02\x01' >>appended
printf '%032d' 0 >>appended
damaged appended "the text of a task has no end"
finish
