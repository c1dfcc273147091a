#!/bin/bash
# SPDX-License-Identifier: MIT
# No audit finds money missing, in any execution.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

for how in $all; do
	out=$(as "$how" "$EXAMPLES/bank") || fail "bank as $how: exit code $?"
	equal "8000 transfers, 0 of 100 audits wrong" "$out" "bank as $how"
done
refuses 1 "bank: stdout: .*" sh -c "exec '$EXAMPLES/bank' >/dev/full"
