#!/bin/bash
# SPDX-License-Identifier: MIT
# Goal: a program is debugged as any other: a breakpoint in a task stops there, the stack shows the
# task's functions down to where it began, and the program ends right. Method: tasks that are
# interrupted, since they compute for long; the signal for that is passed on without a word.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

HOCKET_OPTIONS="workers=2:slice=1ms:stats=$tmp/stats" gdb -batch -nx \
	-ex 'set debuginfod enabled off' \
	-ex 'handle SIGURG pass nostop noprint' \
	-ex 'break half_way' -ex "run 20 >$tmp/printed" \
	-ex 'backtrace' -ex 'delete' -ex 'continue' \
	"$HOGS" >"$tmp/out" 2>&1 || fail "gdb: exit code $?: $(cat "$tmp/out")"
for line in '^#0 .*half_way \(' '^#1 .* hog \(arg=' '^#2 .* task_main \(' 'exited normally\]$'; do
	grep -qE "$line" "$tmp/out" || fail "gdb says nothing like '$line': $(cat "$tmp/out")"
done
# gdb writes of its own while the program ends
grep -qx 'result 0' "$tmp/printed" || fail "it did not say 'result 0': $(cat "$tmp/printed")"
interrupted "$tmp/stats"
