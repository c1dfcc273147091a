#!/bin/bash
# SPDX-License-Identifier: MIT
# Standard input as a pipe, a slow pipe, a file, /dev/null, a terminal; and closed.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

primes="78498 primes below 1000000"
printf 'one\ntwo\nthree' >"$tmp/text"

for how in $four; do
	out=$(as "$how" "$EXAMPLES/stdin" </dev/null)
	equal "0 lines, 0 bytes read; $primes" "$out" "stdin as $how from /dev/null"
	out=$(as "$how" "$EXAMPLES/stdin" <"$tmp/text")
	equal "2 lines, 13 bytes read; $primes" "$out" "stdin as $how from a file"
	out=$( (cat "$tmp/text"; sleep 0.2; echo) | as "$how" "$EXAMPLES/stdin")
	equal "3 lines, 14 bytes read; $primes" "$out" "stdin as $how from a slow pipe"
done

# A terminal: script(1) makes one; it echoes what is typed (here up to Ctrl+D) with \r\n.
if command -v script >/dev/null; then
	for how in $four; do
		out=$( (printf 'typed\n'; sleep 0.3; printf '\004'; sleep 1) |
			HOCKET_OPTIONS="exec=${how%/*}:workers=${how#*/}" \
				timeout 60 script -qec "'$EXAMPLES/stdin'" /dev/null | tr -d '\r')
		grep -qxF "1 lines, 6 bytes read; $primes" <<<"$out" ||
			fail "stdin as $how from a terminal: $out"
	done
fi

refuses 1 "stdin: cannot read standard input: Bad file descriptor" \
	sh -c "exec '$EXAMPLES/stdin' <&-"
