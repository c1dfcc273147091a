#!/bin/bash
# SPDX-License-Identifier: MIT
# Concurrent by design: with interleaving, or a worker for each task, all that goes in is added up;
# without, the stages wait for each other, and the program is told so (exit code 79).
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

for how in concurrent/1 parallel/8 combined/1 combined/2 combined/8; do
	out=$(as "$how" "$EXAMPLES/pipeline") || fail "pipeline as $how: exit code $?"
	equal "the primes below 100000 sum up to 454396537" "$out" "pipeline as $how"
done

for how in sequential/1 parallel/1 parallel/2; do
	code=0
	out=$(as "$how" "$EXAMPLES/pipeline" 2>"$tmp/stderr") || code=$?
	equal "79:" "$code:$out" "pipeline as $how"
	for word in '"count_up"' channel "needs interleaving"; do
		grep -q "$word" "$tmp/stderr" || fail "no '$word' in: $(cat "$tmp/stderr")"
	done
done
refuses 1 "pipeline: stdout: .*" sh -c "exec '$EXAMPLES/pipeline' >/dev/full"
