#!/bin/bash
# SPDX-License-Identifier: MIT
# Goal: a library that was built for debugging tells of a pthread mutex that is held across a wait,
# once for each place, not in a sticky task; and checks the order of locks by default. Method: build
# one, run a program that does both with it; the same program with the usual library says nothing.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

source=$(cd "${0%/*}/../.." && pwd)
"$MESON" setup "$tmp/build" "$source" --buildtype=debug -Dtests=disabled -Dcommand=disabled \
	-Dexamples=disabled -Dman=disabled -Dmodel=disabled >"$tmp/out" 2>&1 &&
	ninja -C "$tmp/build" src/libhocket.so.0.1.0 >>"$tmp/out" 2>&1 ||
	fail "the library cannot be built for debugging: $(tail -n 20 "$tmp/out")"

"$MUTEXES" 2>"$tmp/err" || fail "exit code $? with the usual library: $(cat "$tmp/err")"
[ "$(cat "$tmp/err")" = sticky ] || fail "the usual library says: $(cat "$tmp/err")"

LD_LIBRARY_PATH=$tmp/build/src "$MUTEXES" 2>"$tmp/err" || fail "exit code $?: $(cat "$tmp/err")"
here='mutexes\+0x[0-9a-f]+'
for line in '^sticky$' \
	"^hocket: task 3 \"sleep_with\" .* waits, at .*$here, while it holds 2 .* at .*$here:" \
	"^hocket: task 4 \"yield_with\" .* waits, at .*$here, while it holds 1 .* at .*$here:" \
	'^hocket: lock order: task 5 "lock_in_two_orders" '; do
	[ "$(grep -cE "$line" "$tmp/err")" = 1 ] || fail "not once '$line': $(cat "$tmp/err")"
done
# a line and two edges of the order, two for the mutexes, and that of the program
[ "$(head -n 1 "$tmp/err")" = sticky ] || fail "a sticky task is told of: $(cat "$tmp/err")"
[ "$(wc -l <"$tmp/err")" = 6 ] || fail "not 6 lines: $(cat "$tmp/err")"
