#!/bin/bash
# SPDX-License-Identifier: MIT
# With the lock no onion is lost and no hands meet, in every execution.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

for how in $all; do
	out=$(as "$how" "$EXAMPLES/cooks") || fail "cooks as $how: exit code $?"
	equal "3 cooks, 1 knife: 3000 onions cut, hands met 0 times" "$out" "cooks as $how"
done
refuses 1 "cooks: stdout: .*" sh -c "exec '$EXAMPLES/cooks' >/dev/full"
