#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Goal: hocket run --posix makes the calls of an unchanged program park, which its counters show;
# what was preloaded anyway still is; a library that is not there is said.
# shellcheck source-path=SCRIPTDIR source=../cmd/lib.sh disable=SC2016
. "$(dirname "$0")/../cmd/lib.sh"
: "${GUEST:?}" "${LIBRARY:?}"

for execution in concurrent combined sequential parallel; do
	run "$HOCKET" run --as $execution --workers 2 --stats -- "$GUEST"
	exits 0
	err_matches '^  parks '
	if grep -qE '^  parks .*(sleep|read|poll)' "$work/err"; then
		fail "without --posix nothing parks but join"
	fi

	run "$HOCKET" run --posix --as $execution --workers 2 --stats -- "$GUEST"
	exits 0
	err_matches '^  parks .*sleep 2'
	err_matches '^  parks .*poll [12]'
done

# The variable is for the program only, and what it named comes after ours.
unset LD_PRELOAD
preloaded='echo "$LD_PRELOAD"; exit 1'
run "$HOCKET" run --posix -- sh -c "$preloaded"
exits 1
out_matches "^$LIBRARY$"
other=$(ldd "$GUEST" | sed -n 's/.*=> \(.*libc\.so[^ ]*\).*/\1/p')
LD_PRELOAD=$other run "$HOCKET" run --posix -- sh -c "$preloaded"
exits 1
out_matches "^$LIBRARY:$other$"
LD_PRELOAD=$other run "$HOCKET" run -- sh -c "$preloaded"
exits 1
out_matches "^$other$"

# A command without its library.
mkdir -p "$work/far/bin"
cp "$HOCKET" "$work/far/bin/hocket"
LD_LIBRARY_PATH=$(dirname "$(ldd "$HOCKET" | sed -n 's/.*=> \(.*libhocket\.so[^ ]*\).*/\1/p')")
export LD_LIBRARY_PATH
run "$work/far/bin/hocket" run --posix -- "$GUEST"
exits 69
prints_nothing
err_matches '^hocket run: --posix: the library libhocket-posix.so.0 is neither in .* nor in '
[ "$(wc -l <"$work/err")" = 1 ] || fail "one sentence expected"

# A place that LD_PRELOAD cannot name.
mkdir -p "$work/a b/bin" "$work/a b/adopt/posix"
cp "$HOCKET" "$work/a b/bin/hocket"
cp "$LIBRARY" "$work/a b/adopt/posix/libhocket-posix.so.0"
run "$work/a b/bin/hocket" run --posix -- "$GUEST"
exits 69
prints_nothing
err_matches "^hocket run: --posix: '.*/a b/.*' cannot be preloaded"
finish
