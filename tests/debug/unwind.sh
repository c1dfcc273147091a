#!/bin/bash
# SPDX-License-Identifier: MIT
# Goal: at each instruction of a switch between stacks, and at a task's first ones, the stack can be
# unwound: it ends where the task or the thread began, and gdb has no complaint. Method: one step at
# a time through the switches of an example (unwind.py).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

HOCKET_OPTIONS=workers=1 gdb -batch -nx -iex 'set debuginfod enabled off' \
	-x "${0%/*}/unwind.py" "$STATES" >"$tmp/out" 2>&1 ||
	fail "gdb: exit code $?: $(cat "$tmp/out")"
tail -n 1 "$tmp/out"
grep -qE '^[1-9][0-9]{2,} stacks, 0 bad$' "$tmp/out" || fail "$(grep -v '^\[' "$tmp/out")"
