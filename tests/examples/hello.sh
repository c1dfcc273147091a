#!/bin/bash
# SPDX-License-Identifier: MIT
# Three tasks print a line each; which comes first is nobody's promise, so the lines are sorted.
# shellcheck source=tests/examples/lib.sh
. "${0%/*}/lib.sh"

for how in $all; do
	out=$(as "$how" "$EXAMPLES/hello") || fail "hello as $how: exit code $?"
	equal $'fries: ready\nmeat: ready\nvegetables: ready' "$(sort <<<"$out")" "hello as $how"
done
"$EXAMPLES/hello" >/dev/full && fail "hello does not notice a full disk"
exit 0
