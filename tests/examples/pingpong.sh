#!/bin/bash
# SPDX-License-Identifier: MIT
# Concurrent by design: with interleaving or a worker for each player it works; one task at a time
# it cannot, and then it is told so (exit code 79) instead of hanging.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

for how in concurrent/1 parallel/2 parallel/8 combined/1 combined/2 combined/8; do
	out=$(as "$how" "$EXAMPLES/pingpong") || fail "pingpong as $how: exit code $?"
	equal "10000 rounds, 20000 hits" "$out" "pingpong as $how"
done

for how in sequential/1 parallel/1; do
	code=0
	out=$(as "$how" "$EXAMPLES/pingpong" 2>"$tmp/stderr") || code=$?
	equal "79:" "$code:$out" "pingpong as $how"
	for word in '"main"' '"ping"' semaphore "needs interleaving"; do
		grep -q "$word" "$tmp/stderr" || fail "no '$word' in: $(cat "$tmp/stderr")"
	done
done
