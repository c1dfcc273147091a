#!/bin/bash
# SPDX-License-Identifier: MIT
# Who takes the lower knife first eats, in every execution, and no two use a knife at a time.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

for how in $all; do
	out=$(as "$how" "$EXAMPLES/dining") || fail "dining as $how: exit code $?"
	equal "5 cooks, 5000 meals, hands met 0 times" "$out" "dining as $how"
done
refuses 1 "dining: stdout: .*" sh -c "exec '$EXAMPLES/dining' >/dev/full"
