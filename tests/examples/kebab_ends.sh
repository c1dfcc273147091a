#!/bin/bash
# SPDX-License-Identifier: MIT
# The kitchen or its oven ends in the middle: no half a kebab, no process is left.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

mkdir "$tmp/in"
seq 50000 >"$tmp/in/a"
cp "$EXAMPLES/kebab" "$tmp/in/b"

# opens EXECUTION/WORKERS BAKE_MS: starts a kitchen; $kitchen and $oven are its processes.
opens()
{
	rm -rf "$tmp/out"
	HOCKET_OPTIONS="exec=${1%/*}:workers=${1#*/}" "$kebab" --orders 500 --bake "$2" \
		--output "$tmp/out" "$tmp/in" >"$tmp/stdout" 2>"$tmp/stderr" &
	kitchen=$!
	oven=
	for _ in {1..500}; do
		read -r oven _ <"/proc/$kitchen/task/$kitchen/children" # has no newline: fails
		[ -z "$oven" ] || break
		sleep 0.01
	done
	[ -n "$oven" ] || fail "as $1: no oven"
	sleep 0.3
}

# closes CODE REGEX: the kitchen ends so, at once; the oven does, too; what is served is whole.
closes()
{
	local code=0 gz
	{ wait "$kitchen"; } 2>/dev/null || code=$?
	equal "$1" "$code" "exit code ($(cat "$tmp/stderr"))"
	[ ! -s "$tmp/stdout" ] || fail "stdout: $(cat "$tmp/stdout")"
	[[ $(cat "$tmp/stderr") =~ ^$2$ ]] || fail "stderr is not '$2' but: $(cat "$tmp/stderr")"
	for _ in {1..200}; do
		[ -e "/proc/$oven/exe" ] || break # a zombie has none
		sleep 0.01
	done
	[ ! -e "/proc/$oven/exe" ] || fail "the oven outlives the kitchen"
	for gz in "$tmp/out"/*; do
		[ "$gz" = "$tmp/out/*" ] || gunzip -t "$gz" || fail "half a kebab: $gz"
	done
}

for how in $four; do
	opens "$how" 60000
	kill -KILL "$oven"
	closes 69 "kebab: the oven died while order [0-9]+ \($tmp/in/[ab]\) was baking"

	for bake in 20 60000; do
		opens "$how" "$bake"
		kill -INT "$kitchen"
		closes 130 "kebab: interrupted"
		opens "$how" "$bake"
		kill -TERM "$kitchen"
		closes 143 "kebab: interrupted"
		opens "$how" "$bake"
		kill -KILL "$kitchen"
		closes 137 ""
	done
done
